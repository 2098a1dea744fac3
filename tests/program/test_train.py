"""wengert train: data in, a trained net and what it is worth out."""

import json
import math
import os
import random
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, run


def flowers(rows=60):
    """Three classes that two straight lines divide."""
    draw = random.Random(7)
    lines = ["length,width,kind"]
    for i in range(rows):
        kind = i % 3
        lines.append(f"{kind * 3 + draw.random():.3f},{draw.random():.3f},{['rose', 'tulip', 'lily'][kind]}")
    return "\n".join(lines) + "\n"


class Training(ProgramTest):
    def test_loss_falls_and_accuracy_rises(self):
        document = self.good("train", "--layers", "2,16,3", "--epochs", "600", "--json").json()
        first, last = document["epochs"][0], document["epochs"][-1]
        self.assertEqual((first["epoch"], last["epoch"]), (0, 600))
        self.assertLess(last["loss"], first["loss"] / 2)
        self.assertGreater(last["accuracy"], 0.8)

    def test_small_weights_begin_at_the_logarithm_of_the_classes(self):
        document = self.good("train", "B", "--epochs", "0", "--init", "small", "--json").json()
        self.assertAlmostEqual(document["epochs"][0]["loss"], math.log(3), places=2)

    def test_every_net_has_data_of_its_own(self):
        for net, classes in [("A", 2), ("B", 3), ("C", 2), ("D", 3), ("E", 3)]:
            document = self.good("train", net, "--epochs", "3", "--json").json()
            self.assertEqual(len(document["classes"]), classes)
            self.assertEqual(document["rows"], 100 * classes)

    def test_same_seed_same_numbers(self):
        call = ["train", "D", "--epochs", "30", "--batch", "32", "--hold-out", "0.3", "--json"]
        once = self.good(*call, "--seed", "3").out
        self.assertEqual(once, self.good(*call, "--seed", "3").out)
        self.assertNotEqual(once, self.good(*call, "--seed", "4").out)

    def test_any_number_of_threads_gives_the_same_numbers(self):
        call = ["train", "E", "--hidden", "300", "--batch", "100", "--epochs", "5", "--json"]
        once = self.good(*call).out
        for threads in ["2", "3", "8"]:
            self.assertEqual(once, self.good(*call, "--threads", threads).out)

    def test_both_dtypes_begin_at_the_same_point(self):
        losses = [self.good("train", "D", "--epochs", "0", "--dtype", dtype, "--json").json()["epochs"][0]["loss"]
                  for dtype in ["f32", "f64"]]
        self.assertAlmostEqual(losses[0], losses[1], places=5)

    def test_lines_come_as_often_as_asked(self):
        epochs = self.good("train", "D", "--epochs", "100", "--every", "30", "--json").json()["epochs"]
        self.assertEqual([e["epoch"] for e in epochs], [0, 30, 60, 90, 100])

    def test_wild_rate_is_reported(self):
        path = self.file("wild.csv", "a,b,c\n1e30,1,x\n-1e30,2,y\n")
        result = self.fails(3, "train", "D", "--data", path, "--rate", "1000000", "--epochs", "50")
        self.assertRegex(result.messages, r"the loss is -?(nan|inf)")

    def test_failed_training_is_valid_json_with_the_error(self):
        path = self.file("wild.csv", "a,b,c\n1e30,1,x\n-1e30,2,y\n")
        result = run("train", "D", "--data", path, "--rate", "1000000", "--epochs", "50", "--json")
        self.assertEqual(result.code, 3)
        self.assertIn("error", result.json())


class Data(ProgramTest):
    def test_confusion_matrix_names_the_classes(self):
        path = self.file("flowers.csv", flowers())
        text = self.good("train", "B", "--data", path, "--standardize", "--hold-out", "0.25").out
        matrix = text[text.index("Confusion"):].splitlines()[1:]
        self.assertEqual(matrix[0].split(), ["rose", "tulip", "lily", "right"])
        self.assertEqual([line.split()[0] for line in matrix[1:]], ["rose", "tulip", "lily"])

    def test_confusion_matrix_counts_every_sample_once(self):
        path = self.file("flowers.csv", flowers())
        document = self.good("train", "B", "--data", path, "--standardize", "--hold-out", "0.25", "--json").json()
        for part, rows in [("training", 45), ("held_out", 15)]:
            result = document[part]
            self.assertEqual(sum(map(sum, result["confusion"])), rows)
            self.assertEqual(sum(result["confusion"][k][k] for k in range(3)), result["right"])
            self.assertAlmostEqual(result["accuracy"], result["right"] / rows)
        self.assertEqual(document["held_out"]["right"], 15)

    def test_net_takes_its_sizes_from_the_data(self):
        path = self.file("flowers.csv", flowers())
        self.assertEqual(self.good("train", "D", "--data", path, "--epochs", "1", "--json").json()["widths"], [2, 4, 3])

    def test_label_column_by_name_and_number(self):
        path = self.file("first.csv", "kind,a,b\nx,1,2\ny,2,3\nx,1,1\n")
        for label in ["kind", "1"]:
            document = self.good("train", "B", "--data", path, "--label", label, "--epochs", "1", "--json").json()
            self.assertEqual((document["features"], document["classes"]), (2, ["x", "y"]))

    def test_held_out_part_is_neither_nothing_nor_all(self):
        self.assertIn("that is none", self.fails(2, "train", "D", "--hold-out", "0.001").messages)
        self.assertIn("that is all", self.fails(2, "train", "D", "--points", "1", "--hold-out", "0.9").messages)

    def test_other_delimiters(self):
        path = self.file("semicolons.csv", "1;2;x\n2;3;y\n")
        self.good("train", "B", "--data", path, "--delimiter", ";", "--epochs", "1")
        path = self.file("tabs.tsv", "1\t2\tx\n2\t3\ty\n")
        self.good("train", "B", "--data", path, "--delimiter", "tab", "--epochs", "1")
        self.fails(2, "train", "B", "--data", path, "--delimiter", "tabs")


class Learning(ProgramTest):
    def path(self, name):
        return os.path.join(self.folder.name, name)

    def epochs(self, *arguments):
        return self.good("train", *arguments, "--json").json()["epochs"]

    def test_every_optimizer_learns(self):
        for name in ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion", "lbfgs"]:
            rate = ["--rate", {"momentum": "0.1", "nesterov": "0.1", "lion": "0.01", "lbfgs": "1"}.get(name, "0.3")]
            epochs = self.epochs("E", "--data", "blobs", "--epochs", "100", "--optimizer", name,
                                 "--standardize", *rate)
            self.assertLess(epochs[-1]["loss"], epochs[0]["loss"] / 2, name)

    def test_options_of_other_optimizers_are_refused(self):
        self.assertIn("momentum", self.fails(2, "train", "D", "--optimizer", "adam", "--momentum", "0.5").messages)

    def test_held_out_samples_are_judged_beside_the_others(self):
        text = self.good("train", "D", "--epochs", "10", "--hold-out", "0.2").out
        self.assertRegex(text, r"epoch +loss +accuracy +held out +accuracy")
        last = self.epochs("D", "--epochs", "10", "--hold-out", "0.2")[-1]
        document = self.good("train", "D", "--epochs", "10", "--hold-out", "0.2", "--json").json()
        self.assertEqual(last["held_accuracy"], document["held_out"]["accuracy"])

    def test_made_sets_have_other_points_to_test(self):
        document = self.good("train", "D", "--data", "moons", "--test", "moons", "--epochs", "200", "--json").json()
        self.assertEqual(document["held_out"]["rows"], 200)
        self.assertNotEqual(document["held_out"]["loss"], document["training"]["loss"])
        self.assertGreater(document["held_out"]["accuracy"], 0.85)

    def test_patience_ends_early_with_the_best_weights(self):
        call = ["E", "--hidden", "64", "--data", "moons", "--points", "20", "--noise", "0.4", "--test", "moons",
                "--rate", "1", "--epochs", "5000", "--patience", "50"]
        document = self.good("train", *call, "--json", "--every", "1").json()
        losses = [epoch["held_loss"] for epoch in document["epochs"]]
        self.assertLess(len(losses), 5000)
        self.assertEqual(document["held_out"]["loss"], min(losses))
        self.assertEqual(len(losses) - 1 - losses.index(min(losses)), 50)
        self.assertIn("Stopped early", self.good("train", *call).out)

    def test_decay_keeps_weights_small(self):
        loss = [self.epochs("E", "--epochs", "300", "--decay", decay)[-1]["loss"] for decay in ["0", "0.01", "0.1"]]
        self.assertEqual(loss, sorted(loss))

    def test_log_has_a_line_of_json_for_each_epoch_shown(self):
        self.good("train", "D", "--epochs", "20", "--every", "5", "--hold-out", "0.2", "--log", self.path("log"))
        with open(self.path("log")) as stream:
            lines = [json.loads(line) for line in stream]
        self.assertEqual([line["epoch"] for line in lines], [0, 5, 10, 15, 20])
        for key in ["steps", "seconds", "rate", "loss", "accuracy", "held_loss", "held_accuracy"]:
            self.assertIn(key, lines[-1])

    def test_json_lines_come_as_it_goes(self):
        call = ["train", "D", "--epochs", "20", "--every", "5", "--hold-out", "0.2"]
        lines = [json.loads(line) for line in self.good(*call, "--json-lines").lines()]
        self.assertEqual([line.get("epoch") for line in lines], [0, 5, 10, 15, 20, None])
        document = self.good(*call, "--json").json()
        self.assertEqual(lines[-1], {"training": document["training"], "held_out": document["held_out"]})

    def test_profile_says_where_the_time_went(self):
        arguments = ["train", "D", "--batch", "70", "--epochs", "6", "--every", "2"]
        plain, document = (self.good(*arguments, *more, "--json").json() for more in ([], ["--profile"]))
        profile = document.pop("profile")
        self.assertEqual(plain, document)  # the training is the same, bit for bit
        self.assertEqual((profile["steps"], profile["batches"], profile["judgements"]), (30, 30, 4))
        self.assertEqual(list(profile["parts"]),
                         ["data", "forward", "reverse", "update", "evaluation", "snapshots", "reports"])
        self.assertAlmostEqual(sum(profile["parts"].values()), profile["seconds"])
        runs = [operation["runs"] for operation in profile["operations"] if "matmul" in operation["label"]]
        self.assertEqual(runs, [30] * 5)  # 24 whole batches and 6 of what is left, of the same operations
        self.assertEqual({operation["phase"] for operation in profile["operations"]} - {"update"}, {"forward", "reverse"})
        self.assertIn("matmul ∂W1", [operation["label"] for operation in profile["operations"]])

    def test_profile_is_in_the_last_line_of_json(self):
        lines = self.good("train", "D", "--epochs", "2", "--profile", "--json-lines").lines()
        self.assertNotIn("profile", json.loads(lines[0]))
        self.assertEqual(json.loads(lines[-1])["profile"]["steps"], 2)

    def test_profile_fits_80_columns(self):
        text = self.good("train", "transformer", "--data", self.file("text.txt", "to be or not to be " * 40), "--epochs",
                         "1", "--profile").out
        self.assertIn("Where the time went", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_log_on_a_full_disk_is_an_error(self):
        self.assertIn("/dev/full", self.fails(3, "train", "D", "--epochs", "2", "--log", "/dev/full").messages)

    def test_schedule_shows_in_the_log(self):
        def rates(*options):
            self.good("train", "D", "--epochs", "6", "--every", "1", "--log", self.path("log"), *options)
            with open(self.path("log")) as stream:
                return [json.loads(line)["rate"] for line in stream][1:]

        self.assertEqual(rates("--rate", "2"), [2] * 6)
        self.assertEqual(rates("--rate", "2", "--schedule", "step", "--factor", "0.5"), [2, 2, 1, 1, 0.5, 0.5])
        cosine = rates("--rate", "2", "--schedule", "cosine")
        for epoch in range(6):
            self.assertAlmostEqual(cosine[epoch], 1 + math.cos(math.pi * epoch / 6))
        warm = rates("--rate", "2", "--schedule", "exponential", "--factor", "0.5", "--warmup", "2")
        self.assertEqual(warm[2:], [2, 1, 0.5, 0.25])
        self.assertLess(warm[0], warm[1])

    def test_warmup_longer_than_the_training_is_refused(self):
        self.assertIn("--warmup", self.fails(2, "train", "D", "--epochs", "5", "--warmup", "6").messages)

    def test_options_that_would_change_nothing_are_refused(self):
        table = self.file("flowers.csv", flowers())
        for owner, options in [("--patience", ["--min-delta", "0.1"]), ("--patience", ["--watch", "accuracy"]),
                               ("--average", ["--average-from", "2"]),
                               ("--average ema", ["--average", "swa", "--average-decay", "0.9"]),
                               ("--schedule step", ["--factor", "0.5"]),
                               ("--schedule step, cosine", ["--schedule", "exponential", "--period", "3"]),
                               ("--snapshot NAME", ["--keep", "5"]), ("--snapshot NAME", ["--snapshot-every", "5"]),
                               ("made sets", ["--data", table, "--noise", "1"]),
                               ("made sets", ["--data", table, "--points", "9"])]:
            self.assertIn(owner, self.fails(2, "train", "E", "--epochs", "1", *options).messages)

    def test_a_place_to_save_is_tried_before_the_first_step(self):
        for path in ["nowhere/net.safetensors", "."]:
            self.assertEqual(self.fails(3, "train", "E", "--epochs", "1", "--save", path).out, "")

    def test_anomaly_names_where_the_numbers_went_wrong(self):
        path = self.file("wild.csv", "a,b,c\n1e30,1,x\n-1e30,2,y\n")
        call = ["train", "D", "--data", path, "--rate", "1000000", "--epochs", "50"]
        self.assertIn("With --anomaly", self.fails(3, *call).messages)
        self.assertRegex(self.fails(3, *call, "--anomaly").messages, r"(forward|backward): \w+ ")

    def test_images_only_are_shifted(self):
        self.assertIn("images", self.fails(2, "train", "D", "--shift", "1").messages)


class Texts(ProgramTest):
    def test_language_models_learn_from_a_text(self):
        path = self.file("song.txt", "row, row, row your boat, gently down the stream. " * 20)
        for net in ["rnn", "lstm", "transformer"]:
            document = self.good("train", net, "--data", path, "--hold-out", "0.2", "--optimizer", "adam", "--rate",
                                 "0.01", "--epochs", "20", "--batch", "16", "--json").json()
            first, last = document["epochs"][0], document["epochs"][-1]
            self.assertLess(last["held_loss"], first["held_loss"] - 0.5, net)

    def test_they_say_what_they_need(self):
        self.assertIn("--data FILE.txt", self.fails(2, "train", "rnn").messages)
        path = self.file("short.txt", "abc")
        self.assertIn("no sample", self.fails(3, "train", "rnn", "--data", path, "--steps", "10").messages)
        self.fails(2, "train", "rnn", "--data", path, "--standardize")


class Snapshots(ProgramTest):
    CALL = ["train", "E", "--dropout", "0.2", "--optimizer", "adam", "--batch", "64", "--hold-out", "0.2", "--json"]

    def snapshots(self, *arguments):
        name = os.path.join(self.folder.name, "run")
        return [*self.CALL, *arguments, "--snapshot", name, "--snapshot-every", "0"]

    def test_more_epochs_continue_where_the_first_ended(self):
        whole = self.good(*self.CALL, "--epochs", "40").json()
        self.good(*self.snapshots("--epochs", "25"))
        rest = self.good(*self.snapshots("--epochs", "40", "--resume")).json()
        self.assertEqual(rest["resumed_at_step"], 25 * 4)
        self.assertEqual(rest["epochs"][-1], whole["epochs"][-1])
        self.assertEqual((rest["training"], rest["held_out"]), (whole["training"], whole["held_out"]))

    def test_quick_trainings_leave_a_snapshot_too(self):
        call = [*self.CALL, "--snapshot", os.path.join(self.folder.name, "run")]
        self.good(*call, "--epochs", "3")
        self.assertEqual(self.good(*call, "--epochs", "5", "--resume").json()["resumed_at_step"], 12)

    def test_other_options_do_not_continue_a_training(self):
        self.good(*self.snapshots("--epochs", "2"))
        for option in [["--rate", "0.5"], ["--seed", "2"], ["--batch", "32"], ["--decay", "0.1"], ["--dropout", "0.3"],
                       ["--optimizer", "adamw"], ["--hidden", "5"], ["--data", "moons"], ["--hold-out", "0.3"], ["--patience", "3"]]:
            self.fails(3, *self.snapshots("--epochs", "4", "--resume", *option))

    def test_snapshots_of_another_training_are_not_overwritten(self):
        self.good(*self.snapshots("--epochs", "2"))
        self.assertIn("--resume", self.fails(2, *self.snapshots("--epochs", "2")).messages)

    def test_resume_needs_a_name(self):
        self.assertIn("--snapshot", self.fails(2, *self.CALL, "--resume").messages)

    def test_resume_without_snapshots_begins_at_the_start(self):
        result = self.good(*self.snapshots("--epochs", "2", "--resume"))
        self.assertIn("no snapshot", result.messages)


class BadData(ProgramTest):
    def bad(self, content, *arguments):
        path = self.file("bad.csv", content)
        result = self.fails(3, "train", "B", "--data", path, "--epochs", "1", *arguments)
        self.assertEqual(result.out, "")
        self.assertIn("bad.csv", result.messages)
        return result.messages

    def test_missing_file_is_named(self):
        result = self.fails(3, "train", "B", "--data", "nowhere.csv")
        self.assertIn("nowhere.csv", result.messages)
        self.assertIn("No such file or directory", result.messages)

    def test_folder_is_no_file(self):
        self.assertIn(self.folder.name, self.fails(3, "train", "B", "--data", self.folder.name).messages)

    def test_text_where_a_number_belongs_is_named_by_row_and_column(self):
        message = self.bad("a,b,c\n1,2,x\n3,four,y\n")
        self.assertIn("row 3", message)
        self.assertIn("column 2", message)
        self.assertIn("four", message)

    def test_ragged_row_is_named(self):
        self.assertIn("row 3", self.bad("a,b,c\n1,2,x\n3,y\n"))

    def test_empty_field_is_named(self):
        message = self.bad("a,b,c\n1,2,x\n,4,y\n")
        self.assertIn("row 3", message)
        self.assertIn("column 1", message)

    def test_nan_is_refused(self):
        self.assertIn("row 2", self.bad("a,b,c\n1,nan,x\n3,4,y\n"))

    def test_empty_files_are_refused(self):
        self.bad("")
        self.bad("\n\n")
        self.bad("a,b,c\n")

    def test_binary_file_is_refused(self):
        self.bad(bytes(range(256)) * 4)

    def test_unknown_label_is_named(self):
        path = self.file("bad.csv", "a,b,c\n1,2,x\n")
        result = run("train", "B", "--data", path, "--label", "kind")
        self.assertIn(result.code, (2, 3))
        self.assertIn("kind", result.messages)

    def test_wrong_number_of_features_is_explained(self):
        path = self.file("flowers.csv", flowers())
        message = self.fails(3, "train", "--layers", "4,16,3", "--data", path).messages
        self.assertIn("flowers.csv", message)
        self.assertIn("2", message)
        self.assertIn("4", message)

    def test_wrong_number_of_classes_is_explained(self):
        path = self.file("flowers.csv", flowers())
        self.assertIn("flowers.csv", self.fails(3, "train", "A", "--data", path).messages)
        self.assertIn("flowers.csv", self.fails(3, "train", "--layers", "2,16,2", "--data", path).messages)

    def test_layers_that_do_not_fit_the_spiral_are_explained(self):
        self.assertIn("--data FILE", self.fails(3, "train", "--layers", "4,16,3").messages)

    def test_control_characters_do_not_reach_the_terminal(self):
        self.assertIn("row 2, column 2", self.bad('a,b\n1,"red\x1b[31m"\n2,y\n'))
        path = self.file("\x1b[31mred.csv", flowers())
        for options in [[], ["--json"]]:
            result = self.good("train", "B", "--data", path, "--epochs", "1", *options)
            self.assertNotIn("\x1b", result.out)
        self.assertNotIn("\x1b", self.fails(3, "train", "B", "--data", "\x1b[31mnowhere.csv").messages)

    def test_columns_of_wide_characters_line_up(self):
        path = self.file("names.csv", "1,r\u00e9d \u65e5\u672c\n2,y\n3,y\n4,r\u00e9d \u65e5\u672c\n")
        matrix = self.good("train", "B", "--data", path, "--epochs", "1").lines()[-2:]
        # the first name has two characters that take two columns each
        self.assertEqual(len(matrix[0]) + 2, len(matrix[1]))


if __name__ == "__main__":
    main()
