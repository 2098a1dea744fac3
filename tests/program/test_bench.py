"""wengert bench: what is counted, how parts add up to the whole, and that the report can be read. Times are the machine's,
and no test looks at them."""

import os
import re
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from program import ProgramTest, main

IRIS = os.path.join(os.environ["WENGERT_ROOT"], "models", "data", "iris.csv")
SHORT = ["--seconds", "0.01"]


class Bench(ProgramTest):
    def bench(self, *arguments):
        return self.good("bench", *arguments, *SHORT, "--json").json()

    def of_phase(self, document, phase, what):
        return sum(line[what] for line in document["lines"] if line["phase"] == phase)

    def text(self, *arguments):
        lines = self.good("bench", *arguments, *SHORT).lines()
        for line in lines:
            self.assertLessEqual(len(line), 80, line)
        return "\n".join(lines)


class Numbers(Bench):
    def test_multiply_adds_are_those_of_the_formulas(self):
        document = self.bench("D", "--batch", "300")  # X·W1, A1·W2; A1ᵀ·∂Z2, ∂Z2·W2ᵀ, Xᵀ·∂Z1
        self.assertEqual(self.of_phase(document, "forward", "multiply_adds"), 300 * (2 * 4 + 4 * 3))
        self.assertEqual(self.of_phase(document, "reverse", "multiply_adds"), 300 * (2 * 4 + 2 * 4 * 3))
        self.assertEqual(self.of_phase(document, "update", "operations"), 2 * (2 * 4 + 4 + 4 * 3 + 3))
        self.assertEqual(document["parameters"], 27)

    def test_layers_have_the_products_of_their_own_weights(self):
        document = self.bench("--layers", "5,7,11,3", "--batch", "10")
        widths = [5, 7, 11, 3]
        for phase in document["phases"]:
            adds = {layer["layer"]: layer["multiply_adds"] for layer in phase["layers"]}
            for k in range(1, 4):
                product = 10 * widths[k - 1] * widths[k]
                # the rule of layer k forms ∂W and, unless it is the first, ∂A of the layer before
                expected = {"forward": product, "reverse": product * (2 if k > 1 else 1), "update": 0}
                self.assertEqual(adds[k], expected[phase["phase"]], (phase["phase"], k))

    def test_convolutions_are_counted(self):
        document = self.bench("cnn", "--image", "1x12x12", "--filters", "3,5", "--batch", "4")
        adds = {layer["layer"]: layer["multiply_adds"] for layer in document["phases"][0]["layers"]}
        self.assertEqual(adds[1], 4 * 12 * 12 * 3 * 9)
        self.assertEqual(adds[2], 4 * 6 * 6 * 5 * 3 * 9)

    def test_a_flop_is_a_multiplication_or_an_addition(self):
        for line in self.bench("D")["lines"]:
            self.assertEqual(line["flops"], line["operations"] + line["multiply_adds"])

    def test_the_loss_is_that_of_the_first_epoch_of_train(self):
        bench = self.bench("E", "--data", IRIS, "--hidden", "8", "--dtype", "f64", "--seed", "4")
        train = self.good("train", "E", "--data", IRIS, "--hidden", "8", "--dtype", "f64", "--seed", "4", "--epochs",
                          "0", "--json").json()
        self.assertEqual(bench["loss"], train["epochs"][0]["loss"])
        self.assertEqual(bench["samples"], 150)

    def test_every_parameter_is_updated_once(self):
        document = self.bench("lstm", "--steps", "3", "--batch", "2")
        updated = [step["updates"] for line in document["lines"] for step in line["steps"] if "updates" in step]
        self.assertEqual(sorted(updated), ["E", "Wh1", "Wx1", "Wy", "bh1", "bx1", "by"])

    def test_threads_change_no_count(self):
        one, two = (self.bench("--layers", "64,64,10", "--threads", n) for n in "12")
        self.assertEqual([line["flops"] for line in one["lines"]], [line["flops"] for line in two["lines"]])
        self.assertEqual((one["loss"], one["machine"]["threads"], two["machine"]["threads"]), (two["loss"], 1, 2))


class Sums(Bench):
    def check(self, document):
        lines, phases = document["lines"], document["phases"]
        self.assertAlmostEqual(sum(line["share"] for line in lines), 1)
        self.assertAlmostEqual(sum(phase["share"] for phase in phases), 1)
        self.assertAlmostEqual(sum(line["seconds"] for line in lines), document["step"]["seconds_one_by_one"])
        for phase in phases:
            for what in ["share", "seconds", "multiply_adds", "operations", "bytes"]:
                self.assertAlmostEqual(sum(layer[what] for layer in phase["layers"]), phase[what], msg=what)
                self.assertAlmostEqual(self.of_phase(document, phase["phase"], what), phase[what], msg=what)
        self.assertEqual(sum(len(line["steps"]) for line in lines), document["plan"]["steps"])
        self.assertEqual(len(lines), document["plan"]["lines"])
        self.assertEqual(len({line["runs"] for line in lines}), 1)
        self.assertGreaterEqual(lines[0]["runs"], 3)
        for line in lines:
            self.assertIn(line["bound"], ["compute", "memory", "cache", "overhead", "none"])
            self.assertTrue(0 <= line["bound_share"] <= 1)
            self.assertEqual(line["bound"] == "none", line["bound_share"] < 0.25)
        for what in ["flops_per_second", "bytes_per_second", "step_seconds"]:
            self.assertGreater(document["machine"][what], 0)

    def test_parts_add_up_to_the_whole(self):
        for net in [["A"], ["B"], ["C"], ["D"], ["E"], ["cnn"], ["rnn"], ["lstm"], ["transformer"]]:
            with self.subTest(net[0]):
                self.check(self.bench(*net))

    def test_dropout_is_part_of_the_step(self):
        document = self.bench("E", "--dropout", "0.5")
        self.assertTrue(any("dropout" in step["op"] or "mask" in step["op"]
                            for line in document["lines"] for step in line["steps"]))


class Reports(Bench):
    def test_the_text_fits_and_has_every_phase_and_layer(self):
        text = self.text("--layers", "20,30,30,5", "--batch", "16", "--least", "0")
        for word in ["forward", "reverse", "update", "layer 1", "layer 3", "loss", "matmul ∂W1", "by operation", "GFLOP/s"]:
            self.assertIn(word, text)
        self.assertNotIn("small one", text)
        self.assertRegex(text, r"update +[▏▎▍▌▋▊▉█]* +\d")

    def test_shares_of_the_phases_are_printed_in_percent(self):
        text = self.text("D")
        shares = [float(re.search(rf"^{phase} +[▏▎▍▌▋▊▉█]* +([\d.]+)", text, re.MULTILINE)[1])
                  for phase in ["forward", "reverse", "update"]]
        self.assertAlmostEqual(sum(shares), 100, delta=0.2)

    def test_small_lines_are_added_up(self):
        self.assertRegex(self.text("A", "--least", "100"), r"\n    \d+ small ones")  # a net without layers
        self.assertNotIn("matmul ", self.text("D", "--least", "100").split("by operation")[0])

    def test_every_net_has_a_text_that_fits(self):
        for net in ["A", "cnn", "lstm", "transformer"]:
            self.text(net)

    def test_the_drawing_is_well_formed_and_says_what_it_shows(self):
        for option in ["-o", "--output"]:
            self.good("bench", "D", *SHORT, option, "step.svg")
            with open(f"{self.folder.name}/step.svg", encoding="utf-8") as stream:
                text = stream.read()
            svg = xml.etree.ElementTree.fromstring(text)
            self.assertEqual(svg.get("role"), "img")
            self.assertIn("reverse", svg.find("{http://www.w3.org/2000/svg}desc").text)
            self.assertIn("prefers-color-scheme:dark", text)
            self.assertIn("matmul ∂W1", text)
            self.assertNotRegex(text, r"\b(nan|inf)\b")


class Mistakes(Bench):
    def test_more_samples_than_the_data_has(self):
        message = self.fails(2, "bench", "E", "--data", IRIS, "--batch", "151").messages
        self.assertIn("--batch 151", message)
        self.assertIn("150 samples", message)

    def test_a_net_that_there_is_not(self):
        self.assertIn("which net?", self.fails(2, "bench").messages)

    def test_data_that_does_not_fit(self):
        self.assertIn("iris.csv", self.fails(3, "bench", "--layers", "7,3", "--data", IRIS).messages)

    def test_a_file_that_is_not_there(self):
        self.assertIn("none.csv", self.fails(3, "bench", "E", "--data", "none.csv").messages)

    def test_a_drawing_that_cannot_be_written(self):
        self.assertIn("cannot be opened", self.fails(3, "bench", "D", *SHORT, "-o", "no/such/folder.svg").messages)

    def test_more_than_memory_holds(self):
        self.fails(4, "bench", "--layers", "1000000,1000000,2", *SHORT)


if __name__ == "__main__":
    main()
