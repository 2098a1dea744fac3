"""wengert predict: what a net that was saved says of new data."""

import csv
import io
import json
import math
import struct
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, skip_without_jansson

ROWS = [(0.1, 0.3), (3.2, 0.8), (6.5, 0.1), (0.7, 0.9), (6.1, 0.5)]  # of rose, tulip, lily, rose, lily
KINDS = ["rose", "tulip", "lily", "rose", "lily"]


def flowers(rows=60):
    """Three classes that two straight lines divide: the length is near 0.5, 3.5, 6.5."""
    lines = ["length,width,kind"]
    for i in range(rows):
        kind = i % 3
        lines.append(f"{kind * 3 + (i * 37 % 60) / 60:.3f},{(i * 23 % 60) / 60:.3f},{['rose', 'tulip', 'lily'][kind]}")
    return "\n".join(lines) + "\n"


class PredictTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.file("flowers.csv", flowers())
        self.good("train", "B", "--data", "flowers.csv", "--standardize", "--epochs", "400", "--rate", "0.5", "--save",
                  "net")

    def predict(self, *arguments):
        return self.good("predict", "net", *arguments).out

    def lines(self, *arguments):
        return [json.loads(line) for line in self.predict(*arguments, "--json").splitlines()]

    def kinds(self, content, *arguments):
        self.file("new.csv", content)
        return [line["class"] for line in self.lines("--data", "new.csv", *arguments)]


class Data(PredictTest):
    def test_a_table_without_labels(self):
        content = "".join(f"{a},{b}\n" for a, b in ROWS)
        self.assertEqual(self.kinds(content), KINDS)

    def test_a_table_with_labels_that_are_not_looked_at(self):
        content = "".join(f"{a},{b},something\n" for a, b in ROWS)
        self.assertEqual(self.kinds(content), KINDS)
        content = "kind,length,width\n" + "".join(f"x,{a},{b}\n" for a, b in ROWS)
        self.assertEqual(self.kinds(content, "--label", "kind"), KINDS)

    def test_columns_are_found_by_their_names(self):
        content = "width,weight,length\n" + "".join(f"{b},7,{a}\n" for a, b in ROWS)
        self.assertEqual(self.kinds(content), KINDS)

    def test_columns_without_names_are_taken_in_order(self):
        self.file("swapped.csv", "".join(f"{b},{a}\n" for a, b in ROWS))
        for line, (a, b) in zip(self.lines("--data", "swapped.csv"), ROWS, strict=True):
            one = self.lines("--features", f"{b},{a}")[0]
            self.assertAlmostEqual(line["probability"], one["probability"], places=6)
            self.assertNotAlmostEqual(line["probability"], self.lines("--features", f"{a},{b}")[0]["probability"], places=6)

    def test_a_missing_column_is_named(self):
        self.file("new.csv", "length,height\n1,2\n")
        self.assertIn("no column 'width'", self.fails(3, "predict", "net", "--data", "new.csv").messages)
        for text in ["length\n1\n", "length,height,kind\n1,2,rose\n"]:
            self.file("new.csv", text)
            self.assertIn("no column 'width'", self.fails(3, "predict", "net", "--data", "new.csv").messages)

    def test_a_wrong_number_of_columns_is_told(self):
        self.file("new.csv", "1,2,3,4\n")
        message = self.fails(3, "predict", "net", "--data", "new.csv").messages
        self.assertIn("the net takes 2 features, and here are 4", message)

    def test_a_field_that_is_no_number_is_told(self):
        self.file("new.csv", "1,2\n3,oops\n")
        self.assertIn("row 2, column 2: 'oops'", self.fails(3, "predict", "net", "--data", "new.csv").messages)

    def test_one_sample_on_the_command_line(self):
        for (a, b), kind in zip(ROWS, KINDS):
            self.assertEqual(self.lines("--features", f"{a},{b}")[0]["class"], kind)
        self.assertIn("the net takes 2, and these are 3", self.fails(2, "predict", "net", "--features", "1,2,3").messages)
        self.assertIn("'x' is not a number", self.fails(2, "predict", "net", "--features", "1,x").messages)

    def test_files_of_other_kinds(self):
        numbers = struct.pack("<4d", *ROWS[0], *ROWS[1])
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }"
        header += b" " * (-(len(header) + 11) % 64) + b"\n"
        self.file("new.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + numbers)
        self.assertEqual([line["class"] for line in self.lines("--data", "new.npy")], KINDS[:2])

    def test_more_samples_than_are_predicted_at_once(self):
        content = "".join(f"{a},{b}\n" for a, b in ROWS) * 300
        self.assertEqual(self.kinds(content), KINDS * 300)


class Output(PredictTest):
    def setUp(self):
        super().setUp()
        self.file("new.csv", "".join(f"{a},{b}\n" for a, b in ROWS))

    def test_a_table_has_a_line_for_each_sample(self):
        lines = self.predict("--data", "new.csv").splitlines()
        self.assertEqual(lines[0].split(), ["sample", "class", "probability"])
        self.assertEqual([line.split()[:2] for line in lines[1:]], [[str(i + 1), kind] for i, kind in enumerate(KINDS)])

    def test_probabilities_of_all_classes_sum_to_1(self):
        for line in self.lines("--data", "new.csv", "--probabilities"):
            self.assertAlmostEqual(sum(line["probabilities"]), 1, places=6)
            self.assertEqual(line["probability"], max(line["probabilities"]))
            self.assertEqual(line["label"], line["probabilities"].index(line["probability"]))
        titles = self.predict("--data", "new.csv", "--probabilities").splitlines()[0].split()
        self.assertEqual(titles, ["sample", "class", "probability", "rose", "tulip", "lily"])

    def test_csv_says_the_same(self):
        rows = list(csv.DictReader(io.StringIO(self.predict("--data", "new.csv", "--csv", "--probabilities"))))
        for row, line in zip(rows, self.lines("--data", "new.csv", "--probabilities"), strict=True):
            self.assertEqual((row["sample"], row["class"]), (str(line["sample"]), line["class"]))
            for name, p in zip(["rose", "tulip", "lily"], line["probabilities"]):
                self.assertAlmostEqual(float(row["p " + name]), p, places=9)

    def test_class_names_survive_csv(self):
        content = "1,\"a, \"\"b\"\"\"\n2,\"c;d\"\n" * 5
        self.file("odd.csv", content)
        self.good("train", "B", "--data", "odd.csv", "--save", "odd")
        out = self.good("predict", "odd", "--data", "odd.csv", "--csv", "--probabilities").out
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual({row["class"] for row in rows}, {'a, "b"', "c;d"})
        self.assertIn('p a, "b"', rows[0])

    def test_what_is_not_a_number_is_no_class(self):
        self.good("train", "B", "--data", "flowers.csv", "--save", "raw")
        self.file("large.csv", "1e38,1e38\n-1e38,1e38\n")
        lines = self.good("predict", "raw", "--data", "large.csv", "--json").out.splitlines()
        for line in map(json.loads, lines):
            self.assertTrue(line["label"] is None or math.isfinite(line["probability"]))

    def test_csv_and_json_are_one_or_the_other(self):
        self.fails(2, "predict", "net", "--data", "new.csv", "--csv", "--json")


class Models(PredictTest):
    def test_a_model_and_something_to_predict_must_be_named(self):
        self.assertIn("which model?", self.fails(2, "predict").messages)
        self.assertIn("what shall be predicted?", self.fails(2, "predict", "net").messages)
        self.fails(2, "predict", "net", "--data", "flowers.csv", "--features", "1,2")
        self.fails(2, "predict", "net", "--text", "a")

    def test_a_file_that_is_no_model_is_told(self):
        self.assertIn("cannot be opened", self.fails(3, "predict", "none", "--features", "1,2").messages)
        self.assertIn("no safetensors file", self.fails(3, "predict", "flowers.csv", "--features", "1,2").messages)

    def test_a_snapshot_predicts_too(self):
        self.good("train", "B", "--data", "flowers.csv", "--standardize", "--epochs", "3", "--snapshot", "run",
                  "--snapshot-every", "0", "--save", "end")
        line = ["predict", "--features", "3,0.5", "--json", "--probabilities"]
        self.assertEqual(self.good(*line, "run-000003.safetensors").out, self.good(*line, "end").out)

    def test_every_kind_of_net_for_tables_predicts(self):
        for net in ["A", "B", "C", "D", "E"]:
            self.good("train", net, "--epochs", "2", "--save", "any")
            lines = self.good("predict", "any", "--features", "0.5,-0.5", "--json").out.splitlines()
            self.assertEqual(len(lines), 1)

    def test_a_language_model_says_what_comes_next(self):
        self.file("text.txt", "abc" * 200)
        self.good("train", "rnn", "--data", "text.txt", "--hidden", "12", "--optimizer", "adam", "--rate", "0.02",
                  "--epochs", "30", "--batch", "10", "--save", "text")
        for text, after in [("a", "b"), ("ab", "c"), ("abcabcabcabc", "a")]:
            line = json.loads(self.good("predict", "text", "--text", text, "--json").out)
            self.assertEqual(line["class"], after)
            self.assertGreater(line["probability"], 0.9)
        self.file("end.txt", "abcab")
        self.assertEqual(json.loads(self.good("predict", "text", "--data", "end.txt", "--json").out)["class"], "c")
        self.fails(3, "predict", "text", "--text", "xyz")
        self.fails(3, "predict", "text", "--text", "")
        self.fails(2, "predict", "text", "--features", "1,2")


if __name__ == "__main__":
    skip_without_jansson()
    main()
