"""wengert explore: a page whose numbers are those of the other commands, and that nothing can be loaded into."""

import base64
import hashlib
import json
import os
import re
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, run

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
IRIS = os.path.join(os.environ["WENGERT_ROOT"], "models", "data", "iris.csv")


class Explore(ProgramTest):
    def path(self, name="net.html"):
        return os.path.join(self.folder.name, name)

    def text(self, *arguments):
        self.good("explore", *arguments, "-o", self.path())
        with open(self.path(), encoding="utf-8") as stream:
            return stream.read()

    def data(self, *arguments):
        found = DATA.findall(self.text(*arguments))
        self.assertEqual(len(found), 1)
        return json.loads(found[0], parse_constant=lambda name: self.fail(f"{name} is no JSON"))


class SameNumbers(Explore):
    def test_nodes_are_those_of_the_tape(self):
        for net in "ABCDE":
            data = self.data(net, "--epochs", "0", "--no-check")
            tape = self.good("graph", net, "--grad", "--json", "--samples",
                             str(data["nodes"][0]["shape"][1 if net in "AC" else 0])).json()
            widths = {"A": "2,1", "B": "2,3", "C": "2,4,1", "D": "2,4,3", "E": None}[net]
            if widths and tape["widths"] != [int(w) for w in widths.split(",")]:
                continue  # another number of features than the spiral has
            self.assertEqual(len(data["nodes"]), len(tape["nodes"]))
            for ours, theirs in zip(data["nodes"], tape["nodes"]):
                for key in ["op", "kind", "inputs", "shape", "dtype"]:
                    self.assertEqual(ours[key], theirs[key], (net, theirs["id"]))
                if "∂J" not in theirs["formula"]:  # there a name of the number 1
                    self.assertEqual(ours["formula"], theirs["formula"])
                self.assertEqual(ours.get("adjoint_of"), theirs.get("adjoint_of"))
                if theirs["name"]:
                    self.assertEqual(ours["name"], theirs["name"])

    def test_derivation_is_the_one_that_derive_prints(self):
        data = self.data("D", "--epochs", "0")
        for form in ["engine", "lecture"]:
            lines = self.good("derive", "D", "--form", form, "--json").json()["lines"]
            self.assertEqual([(line["left"], line["right"], line["shapes"], line["adjoint"]) for line in lines],
                             [(line["left"], line["right"], line["shapes"], line["adjoint"])
                              for line in data["derivation"][form]["lines"]])

    def test_check_is_the_one_of_check(self):
        choice = ["--layers", "4,5,3", "--samples", "7", "--seed", "3"]
        data = self.data(*choice)
        check = self.good("check", *choice, "--json", "--worst", "1000").json()
        self.assertEqual(data["check"]["verdict"], check["verdict"])
        self.assertEqual(data["check"]["tried"], check["tried"])
        self.assertEqual(data["check"]["error_max"], check["error_max"])
        ours = {(data["nodes"][result["node"]]["name"], entry[0]): entry[1:4]
                for result in data["check"]["results"] for entry in result["entries"]}
        for entry in check["worst"]:
            self.assertEqual(ours[entry["parameter"], entry["index"]],
                             [entry["reverse"], entry["difference"], entry["error"]])

    def test_memory_is_that_of_the_study(self):
        data = self.data("D", "--epochs", "0")
        plans = {(plan["policy"], plan.get("slots")): plan for plan in data["memory"]["plans"]}
        slots = sorted(number for policy, number in plans if policy == "binomial")
        runs = self.good("study", "checkpoint", "D", "--slots", ",".join(map(str, slots)), "--json").json()["runs"]
        self.assertGreater(len(slots), 4)
        for row in runs:
            plan = plans[row["policy"], row.get("slots")]
            for key in ["stages", "advances", "recomputed", "bytes", "same_bits"]:
                self.assertEqual(plan[key], row[key], row)
            self.assertLessEqual(max(step[5] for step in plan["steps"]), plan["bytes"])

    def test_revolve_advances_as_its_formula_says(self):
        for plan in self.data("--layers", "2," + "3," * 20 + "3", "--epochs", "0", "--no-check")["memory"]["plans"]:
            if plan["policy"] == "binomial":
                self.assertEqual(plan["advances"], plan["formula"])

    def test_a_plan_keeps_no_two_values_in_one_place(self):
        for plan in self.data("D", "--epochs", "0", "--no-check")["memory"]["plans"]:
            taken = []
            for i, (node, offset, size, last, in_place, alive) in enumerate(plan["steps"]):
                until = len(plan["steps"]) if last < 0 else last
                if in_place:
                    self.assertTrue(any(begin < i <= end and at == offset for begin, end, at, room in taken), (plan["policy"], i))
                    continue
                for begin, end, at, room in taken:
                    self.assertTrue(end < i or offset + size <= at or at + room <= offset, (plan["policy"], i))
                taken.append((i, until, offset, size))

    def test_training_begins_where_the_tape_stands(self):
        data = self.data("D", "--epochs", "20")
        epochs, root = data["training"]["epochs"], data["values"][data["root"]]
        self.assertEqual(epochs[0][0], 0)
        self.assertAlmostEqual(epochs[0][1], root["corner"][0], delta=1e-12)
        self.assertEqual(epochs[-1][0], 20)
        self.assertLess(epochs[-1][1], epochs[0][1])

    def test_lecture_counts_come_out(self):
        data = self.data("D", "--epochs", "0")
        events = data["sweep"]["events"]
        kinds = [event[0] for event in events]
        visited, rules, sums, lookups, hits = data["sweep"]["counts"]
        self.assertEqual([kinds.count(kind) for kind in ["done", "rule", "sum", "hit"]], [visited, rules, sums, hits])
        self.assertEqual(kinds.count("hit") + kinds.count("miss"), lookups)
        self.assertEqual(events[-1][6:], data["sweep"]["counts"])
        # W1: 8 edges to J, b1: 7, W2: 5, b2: 4; with memo every edge once, of which W1's path has 8
        self.assertEqual(data["expansion"]["rules"], str(8 + 7 + 5 + 4))
        self.assertEqual(rules, 8 + 3)
        self.assertEqual(data["expansion"]["events"][-1][7], 8 + 7 + 5 + 4)

    def test_frames_cover_the_plane(self):
        training = self.data("D", "--epochs", "30")["training"]
        for frame in training["frames"]:
            self.assertEqual(len(frame["cells"]), training["height"])
            for label, count in enumerate(frame["counts"]):
                self.assertEqual(count, sum(sum(n for of, n in zip(row[::2], row[1::2]) if of == label)
                                            for row in frame["cells"]))
            for row in frame["cells"]:
                self.assertEqual(sum(row[1::2]), training["width"])
                self.assertLessEqual(set(row[::2]), {0, 1, 2})
        self.assertEqual(training["frames"][0]["epoch"], 0)
        self.assertEqual(training["frames"][-1]["epoch"], 30)


class SelfContained(Explore):
    def test_policy_allows_the_page_alone(self):
        text = self.text("D", "--epochs", "5")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
        self.assertTrue(policy.startswith("default-src 'none'; "))
        self.assertNotIn("unsafe", policy)
        for name, tag in [("script", "script"), ("style", "style")]:
            content = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            self.assertEqual(len(content), 1)
            digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
            self.assertIn(f"{name}-src 'sha256-{digest}'", policy)

    def test_page_asks_for_nothing(self):
        page = DATA.sub("", self.text("D", "--epochs", "5"))
        page = page.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
        for word in ["http:", "https:", "//www", "@import", "url(http", "fetch(", "XMLHttpRequest", "WebSocket", "import(",
                     " src=", "<link", "<iframe", "eval("]:
            self.assertNotIn(word, page)

    def test_same_command_writes_the_same_page(self):
        self.assertEqual(self.text("D", "--epochs", "20"), self.text("D", "--epochs", "20"))
        self.assertNotEqual(self.text("D", "--epochs", "20"), self.text("D", "--epochs", "20", "--seed", "2"))

    def test_placeholders_are_all_filled(self):
        self.assertNotIn("{{", DATA.sub("", self.text("A", "--epochs", "0")))


class Options(Explore):
    def test_output_has_three_spellings_and_a_default(self):
        for option in [["-o", "a.html"], ["--output", "b.html"], ["--output=c.html"], []]:
            name = option[-1].split("=")[-1] if option else "wengert-explore.html"
            self.assertIn(f"Written: {name}, ", self.good("explore", "A", "--epochs", "0", *option).out)
            self.assertTrue(os.path.exists(self.path(name)))

    def test_json_says_what_was_written(self):
        document = self.good("explore", "D", "--epochs", "0", "-o", "net.html", "--json").json()
        self.assertEqual(document["file"], "net.html")
        self.assertEqual(document["bytes"], os.path.getsize(self.path()))
        self.assertEqual(document["parameters"], 27)

    def test_parts_can_be_left_out(self):
        data = self.data("D", "--epochs", "0", "--no-check")
        self.assertIn("missing", data["check"])
        self.assertIn("missing", data["training"])

    def test_elements_of_the_check_can_be_fewer(self):
        data = self.data("D", "--epochs", "0", "--elements", "8")
        self.assertEqual(data["check"]["tried"], 8)
        self.assertTrue(data["check"]["sampled"])

    def test_own_data_is_shown_and_learned(self):
        data = self.data("E", "--hidden", "5", "--data", IRIS, "--standardize", "--epochs", "50")
        self.assertEqual(data["nodes"][0]["shape"], [150, 4])
        self.assertEqual(data["training"]["samples"], 150)
        self.assertNotIn("frames", data["training"])  # four features are no plane
        self.assertIn("Iris-setosa" if "Iris-setosa" in data["training"]["classes"] else "setosa", data["training"]["classes"])

    def test_nets_without_data_are_shown_at_random_samples(self):
        for choice in [["--layers", "4,5,3"], ["cnn"], ["transformer"]]:
            data = self.data(*choice, "--no-check")
            self.assertIn("random samples", data["subtitle"])
            self.assertIn("missing", data["training"])

    def test_training_that_diverges_is_told_and_the_page_written(self):
        result = run("explore", "D", "--rate", "1e6", "--epochs", "50", "-o", self.path(), cwd=self.folder.name)
        self.assertEqual(result.code, 0)
        if result.messages:
            self.assertIn("ended early: epoch ", result.messages)
        self.assertTrue(os.path.exists(self.path()))

    def test_large_net_stays_a_page(self):
        data = self.data("--layers", "2," + "2," * 200 + "3", "--samples", "10", "--epochs", "0")
        self.assertGreater(len(data["nodes"]), 2000)
        self.assertLess(os.path.getsize(self.path()), 4_000_000)


class Mistakes(Explore):
    def test_file_that_cannot_be_written_is_exit_code_3(self):
        for path, reason in [("no/such/folder/net.html", "No such file or directory"), (".", "Is a directory")]:
            self.assertIn(f"{path}: cannot be opened: {reason}",
                          self.fails(3, "explore", "A", "--epochs", "0", "-o", path).messages)

    def test_full_disk_is_exit_code_3(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        self.assertIn("/dev/full: cannot be written: No space left on device",
                      self.fails(3, "explore", "A", "--epochs", "0", "-o", "/dev/full").messages)

    def test_usage_is_exit_code_2(self):
        for arguments in [[], ["Z"], ["D", "--elements", "-1"], ["D", "-o"], ["D", "--epochs", "many"], ["D", "two"],
                          ["D", "--rate", "0"]]:
            self.fails(2, "explore", *arguments)

    def test_missing_data_is_exit_code_3(self):
        self.assertIn("nowhere.csv", self.fails(3, "explore", "E", "--data", "nowhere.csv").messages)


if __name__ == "__main__":
    main()
