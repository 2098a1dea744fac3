"""wengert tune: grids, random draws, halving, folds, parallel processes, and going on after it was killed."""

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
from program import WENGERT, ProgramTest, environment, main, run

WITHOUT_JANSSON = "was built without jansson" in run("predict", "none", "--features", "1").messages

# Small and quick: a spiral of 60 points, two classes that 8 neurons tell apart.
NET = ["tune", "E", "--layers", "2,8,2", "--points", "30", "--epochs", "40", "--optimizer", "adam"]
SEARCH = [*NET, "--random", "rate=1e-4..1", "--trials", "6", "--folds", "3"]


def without_time(lines):
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def children_of(process, count):
    """The processes that this one has started, as soon as there are so many."""
    children = []
    until = time.monotonic() + 60
    while len(children) < count and time.monotonic() < until:
        time.sleep(0.02)
        children = [name for name in os.listdir("/proc") if name.isdigit() and parent_of(name) == process.pid]
    return children


def parent_of(name):
    try:
        with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return None


class TuneTest(ProgramTest):
    def tune(self, *arguments, code=0):
        result = run(*arguments, cwd=self.folder.name)
        self.assertEqual(result.code, code, result.messages)
        return result

    # ---- What is searched ----

    def test_a_grid_tries_every_combination(self):
        result = self.tune(*NET, "--folds", "2", "--grid", "activation=relu,tanh", "--grid", "rate=0.001,0.01,0.1", "--json")
        report = result.json()
        tried = {(t["options"]["activation"], t["options"]["rate"]) for t in report["trials"]}
        self.assertEqual(tried, {(a, r) for a in ("relu", "tanh") for r in ("0.001", "0.01", "0.1")})
        self.assertEqual(len(report["trials"]), 6)
        accuracies = [t["accuracy"] for t in report["trials"]]
        self.assertEqual(accuracies, sorted(accuracies, reverse=True))

    def test_the_figures_are_those_of_train_over_the_same_folds(self):
        report = self.tune(*NET, "--folds", "3", "--grid", "rate=0.01,0.1", "--json").json()
        for trial in report["trials"]:
            held = []
            for fold in ("1/3", "2/3", "3/3"):
                arguments = ["train", *NET[1:], "--rate", trial["options"]["rate"], "--fold", fold, "--json"]
                held.append(self.tune(*arguments).json()["held_out"])
            for figure in ("accuracy", "loss"):
                values = [h[figure] for h in held]
                mean = sum(values) / 3
                deviation = (sum((v - mean) ** 2 for v in values) / 2) ** 0.5
                self.assertAlmostEqual(trial[figure], mean, 12)
                self.assertAlmostEqual(trial[figure + "_deviation"], deviation, 12)

    def test_random_values_lie_in_their_ranges(self):
        report = self.tune(*NET, "--random", "rate=1e-3..0.1", "--random", "hidden=4..12", "--random",
                           "activation=relu,tanh", "--uniform", "dropout=0..0.4", "--trials", "8", "--folds", "2", "--json",
                           code=2)
        self.assertIn("--hidden gives the widths between, which are in --layers already", report.messages)
        arguments = [a for a in NET if a not in ("--layers", "2,8,2")]
        report = self.tune(*arguments, "--random", "rate=1e-3..0.1", "--random", "hidden=4..12", "--random",
                           "activation=relu,tanh", "--uniform", "dropout=0..0.4", "--trials", "8", "--folds", "2",
                           "--json").json()
        self.assertEqual(len(report["trials"]), 8)
        for trial in report["trials"]:
            options = trial["options"]
            self.assertTrue(1e-3 <= float(options["rate"]) <= 0.1)
            self.assertIn(int(options["hidden"]), range(4, 13))
            self.assertIn(options["activation"], ("relu", "tanh"))
            self.assertTrue(0 <= float(options["dropout"]) <= 0.4)

    def test_halving_gives_the_better_half_twice_the_epochs(self):
        report = self.tune(*SEARCH, "--halving", "--json").json()
        self.assertEqual(report["rungs"], [{"epochs": 5, "trials": 6}, {"epochs": 10, "trials": 3},
                                           {"epochs": 20, "trials": 2}, {"epochs": 40, "trials": 1}])
        self.assertEqual([t["rung"] for t in report["trials"]], [4, 3, 2, 1, 1, 1])

    def test_seeds_and_the_number_of_processes(self):
        one = self.tune(*SEARCH, "--json", "--processes", "1").out
        self.assertEqual(self.tune(*SEARCH, "--json", "--processes", "5").out, one)
        self.assertNotEqual(self.tune(*SEARCH, "--json", "--seed", "2").out, one)

    def test_held_out_samples_instead_of_folds(self):
        report = self.tune(*NET, "--hold-out", "0.3", "--grid", "rate=0.01,0.1", "--json").json()
        self.assertEqual(report["folds"], 1)
        train = self.tune("train", *NET[1:], "--rate", "0.01", "--hold-out", "0.3", "--json").json()
        trial = next(t for t in report["trials"] if t["options"]["rate"] == "0.01")
        self.assertEqual(trial["accuracy"], train["held_out"]["accuracy"])
        self.assertEqual(trial["accuracy_deviation"], 0)

    def test_flags_are_on_or_off(self):
        report = self.tune(*NET, "--grid", "standardize=on,off", "--folds", "2", "--json").json()
        self.assertEqual({t["options"]["standardize"] for t in report["trials"]}, {"on", "off"})
        self.assertEqual("--standardize" in report["best"], report["trials"][0]["options"]["standardize"] == "on")

    def test_words_with_commas_are_separated_by_semicolons(self):
        arguments = [a for a in NET if a not in ("--layers", "2,8,2")]
        report = self.tune(*arguments, "--grid", "hidden=4;4,4", "--folds", "2", "--json").json()
        self.assertEqual({t["options"]["hidden"] for t in report["trials"]}, {"4", "4,4"})

    # ---- What is reported ----

    def test_the_best_command_trains_the_best_net(self):
        report = self.tune(*SEARCH, "--json").json()
        words = shlex.split(report["best"])
        self.assertEqual(words[:2], ["wengert", "train"])
        trained = self.tune(*words[1:], "--json").json()
        self.assertEqual(trained["rate"], float(report["trials"][0]["options"]["rate"]))
        self.assertEqual(trained["widths"], [2, 8, 2])

    def test_the_table_shows_the_best_first_in_80_columns(self):
        result = self.tune(*SEARCH, "--top", "3")
        lines = result.lines()
        self.assertTrue(all(len(line) <= 80 for line in lines if not line.startswith("  wengert train")), result.out)
        self.assertIn("Trials 6, each over 3 folds; epochs 40", result.out)
        self.assertIn("… and 3 more; --top 6 shows all", result.out)
        self.assertIn("The best, to be trained on all data:", result.out)

    def test_the_drawing_is_svg_that_says_what_it_shows(self):
        self.tune(*SEARCH, "--grid", "activation=relu,tanh", "--halving", "--svg", "t.svg")
        tree = ET.parse(os.path.join(self.folder.name, "t.svg"))
        text = "".join(tree.getroot().itertext())
        for word in ("12 trials.", "The best has activation", "held-out accuracy", "rate", "relu", "tanh", "40 epochs"):
            self.assertIn(word, text)

    def test_trials_that_diverge_fail_and_the_others_count(self):
        arguments = [a for a in NET if a not in ("--optimizer", "adam")]
        result = self.tune(*arguments, "--decay", "1", "--grid", "rate=0.1,1e6", "--folds", "2", "--svg", "t.svg")
        self.assertIn("1 failed, the first for this reason: epoch ", result.out)
        result = self.tune(*arguments, "--decay", "1", "--grid", "rate=1e5,1e6", "--folds", "2", code=3)
        self.assertIn("wengert tune: all trials failed; the first: epoch ", result.messages)

    # ---- What is refused ----

    def test_searches_that_cannot_be_are_usage_errors(self):
        for arguments, message in [
            ([], "say what to search over"),
            (["--grid", "rate"], "it must be an option and its values"),
            (["--grid", "rates=1"], "unknown option --rates; did you mean --rate?"),
            (["--grid", "rate=x"], "--rate 'x': this is not a number"),
            (["--grid", "rate=0.1,-1"], "--rate -1: it must be above 0"),
            (["--random", "rate=0..1"], "has no logarithms to be drawn from; see --uniform"),
            (["--random", "rate=1..0.1"], "rate: from 1 to 0.1 is no range"),
            (["--random", "rate=-1..1"], "--uniform"),
            (["--random", "activation=1..3"], "this option takes no numbers of a range"),
            (["--uniform", "rate=0.1,0.3"], "a range is two numbers with two dots between"),
            (["--grid", "rate=0.1", "--random", "rate=0.1..1"], "rate is searched over twice"),
            (["--grid", "points=10,20"], "that option has a value already"),
            (["--grid", "seed=1,2"], "that option is the same in all trials"),
            (["--grid", "rate=0.1", "--trials", "3"], "--trials is how often --random and --uniform draw"),
            (["--grid", "rate=0.1", "--fold", "1/2"], "--fold is for train"),
            (["--grid", "rate=0.1", "--hold-out", "0.2", "--folds", "3"], "then there are no --folds"),
            (["--grid", "rate=0.1", "--folds", "1"], "--folds: there must be 2 or more"),
            (["--grid", "rate=0.1", "--folds", "61"], "61 folds of 60 samples"),
            (["--grid", "rate=0.1", "--resume"], "say which, --results FILE"),
        ]:
            with self.subTest(arguments=arguments):
                result = self.tune(*NET, *arguments, code=2)
                self.assertIn(message, " ".join(result.messages.split()))
                self.assertEqual(result.out, "")
        result = self.tune("tune", "E", "--grid", "epochs=1,2", "--halving", code=2)
        self.assertIn("--halving chooses the epochs itself", result.messages)
        result = self.tune("tune", "E", "--grid", "rate=0.1", "--data", "nothing.csv", code=3)
        self.assertIn("nothing.csv: cannot be opened", result.messages)

    # ---- Results ----

    def results(self):
        with open(os.path.join(self.folder.name, "r.jsonl"), encoding="utf-8") as file:
            return file.read().splitlines()

    def test_every_training_is_a_line_of_json(self):
        self.tune(*SEARCH, "--results", "r.jsonl")
        lines = self.results()
        self.assertEqual(len(lines), 1 + 6 * 3)
        self.assertEqual(json.loads(lines[0])["tune"], SEARCH[1:])
        for line in map(json.loads, lines[1:]):
            self.assertEqual(set(line), {"rung", "trial", "fold", "epochs", "options", "seconds", "loss", "accuracy"})

    def test_results_that_are_there_are_not_lost(self):
        self.tune(*SEARCH, "--results", "r.jsonl")
        result = self.tune(*SEARCH, "--results", "r.jsonl", code=3)
        self.assertIn("r.jsonl: is there already; --resume goes on with it", result.messages)

    @unittest.skipIf(WITHOUT_JANSSON, "results are read with jansson")
    def test_a_finished_search_is_not_run_again(self):
        first = self.tune(*SEARCH, "--results", "r.jsonl", "--json").json()
        again = self.tune(*SEARCH, "--results", "r.jsonl", "--resume", "--json").json()
        self.assertEqual(again.pop("resumed"), 18)
        self.assertEqual(first.pop("resumed"), 0)
        self.assertEqual(again, first)

    @unittest.skipIf(WITHOUT_JANSSON, "results are read with jansson")
    def test_results_of_another_search_are_refused(self):
        self.tune(*SEARCH, "--results", "r.jsonl")
        for change in (["--seed", "2"], ["--decay", "0.1"]):
            result = self.tune(*SEARCH, *change, "--results", "r.jsonl", "--resume", code=3)
            self.assertIn("these are the results of another search", result.messages)
        lines = self.results()
        for wrong, message in [
            (lines + [lines[3]], "line 20: trial "),
            (lines[:5] + ["{}"] + lines[6:], "line 6: this is no outcome of a training"),
            (lines[:5] + ["[" * 100000] + lines[6:], "line 6: this is no outcome of a training"),
        ]:
            self.file("r.jsonl", "\n".join(wrong) + "\n")
            result = self.tune(*SEARCH, "--results", "r.jsonl", "--resume", code=3)
            self.assertIn("r.jsonl: " + message, result.messages)

    @unittest.skipIf(WITHOUT_JANSSON, "results are read with jansson")
    def test_a_search_that_was_killed_at_any_moment_goes_on_to_the_same_end(self):
        arguments = [*SEARCH, "--halving", "--processes", "2", "--json"]
        begun = time.monotonic()
        whole = self.tune(*arguments).json()
        took = time.monotonic() - begun
        draw = random.Random(1)
        kills = 0
        for limit in (took / 8, took / 4, took):  # seconds; they grow where that is never long enough
            path = os.path.join(self.folder.name, "r.jsonl")
            if os.path.exists(path):
                os.remove(path)
            for attempt in range(200):
                limit = max(limit, 0.002 * attempt)
                process = subprocess.Popen([WENGERT, *arguments, "--results", "r.jsonl", "--resume"], cwd=self.folder.name,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
                try:
                    out, messages = process.communicate(timeout=draw.uniform(0.1 * limit, limit))
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    kills += 1
            self.assertEqual(process.returncode, 0, messages)
            resumed = json.loads(out)
            resumed["resumed"] = 0
            self.assertEqual(resumed, whole)
            self.assertEqual(len(self.results()), 1 + 3 * (6 + 3 + 2 + 1))
        self.assertGreater(kills, 3)

    @unittest.skipIf(WITHOUT_JANSSON, "results are read with jansson")
    def test_a_file_that_was_cut_anywhere_goes_on_to_the_same_lines(self):
        self.tune(*SEARCH, "--results", "r.jsonl", "--processes", "1")
        lines = self.results()
        content = "\n".join(lines) + "\n"
        draw = random.Random(2)
        for size in [0, 1, len(lines[0]), len(content) - 1] + [draw.randrange(len(content)) for _ in range(6)]:
            self.file("r.jsonl", content[:size])
            self.tune(*SEARCH, "--results", "r.jsonl", "--processes", "1", "--resume")
            self.assertEqual(without_time(self.results()), without_time(lines))

    def test_ctrl_c_ends_all_processes_and_says_how_to_go_on(self):
        slow = [a if a != "40" else "1000000" for a in SEARCH]
        process = subprocess.Popen([WENGERT, *slow, "--results", "r.jsonl", "--processes", "2"], cwd=self.folder.name,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), start_new_session=True)
        children = children_of(process, 2)
        self.assertEqual(len(children), 2)
        process.send_signal(signal.SIGINT)  # to it alone; a terminal would send it to all
        out, messages = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertIn("interrupted after 0 of 18 trainings", messages.decode())
        self.assertIn("They stand in r.jsonl; the same command with --resume goes on.", messages.decode())
        for child in children:
            self.assertFalse(os.path.exists(f"/proc/{child}"))

    def test_trainings_end_when_the_search_was_killed(self):
        slow = [a if a != "40" else "1000000" for a in SEARCH]
        process = subprocess.Popen([WENGERT, *slow, "--processes", "2"], cwd=self.folder.name, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=environment())
        children = children_of(process, 2)
        process.kill()
        process.wait()
        until = time.monotonic() + 30
        while any(os.path.exists(f"/proc/{child}") for child in children) and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual([child for child in children if os.path.exists(f"/proc/{child}")], [])

    @unittest.skipUnless(os.path.exists("/dev/full"), "skipped: there is no /dev/full")
    def test_a_full_disk_is_an_error(self):
        result = self.tune(*SEARCH, "--results", "/dev/full", code=3)
        self.assertIn("/dev/full: cannot be written: No space left on device", result.messages)

    def test_only_one_search_writes_into_a_file(self):
        slow = [a if a != "40" else "1000000" for a in SEARCH]
        process = subprocess.Popen([WENGERT, *slow, "--results", "r.jsonl"], cwd=self.folder.name,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        until = time.monotonic() + 30
        while not os.path.exists(os.path.join(self.folder.name, "r.jsonl")) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.1)
        result = self.tune(*slow, "--results", "r.jsonl", "--resume", code=3)
        self.assertIn("r.jsonl: another search is writing into it", result.messages)
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
