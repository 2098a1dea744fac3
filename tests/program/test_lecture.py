"""wengert lecture: the main job from start to finish."""

import os
import re
import sys
import xml.dom.minidom

sys.dont_write_bytecode = True
from program import ProgramTest, main, run_on_terminal
from test_derive import SEVEN_LINES


class Lecture(ProgramTest):
    def test_tells_all_parts_in_order(self):
        text = self.good("lecture", "--epochs", "200").out
        places = [text.index(part) for part in ["The tape", "The derivation", "The gradients", "What the memo did",
                                                "Training", "The decision boundary"]]
        self.assertEqual(places, sorted(places))
        self.assertIn("They agree.", text)

    def test_fits_80_columns(self):
        for line in self.good("lecture", "--epochs", "200").lines():
            self.assertLessEqual(len(line), 80, line)

    def test_fits_80_columns_of_a_terminal(self):
        out = run_on_terminal("lecture", "--epochs", "200", cwd=self.folder.name).out
        plain = re.sub(r"\r?\x1b\[[0-9;]*[mK]", "\n", out)
        for line in plain.splitlines():
            if not line.startswith("training ["):
                self.assertLessEqual(len(line), 80, line)

    def test_gradients_agree_in_three_ways(self):
        document = self.good("lecture", "--epochs", "1", "--no-svg", "--json").json()
        self.assertEqual([row["gradient"] for row in document["gradients"]],
                         ["∂Z2", "∂W2", "∂b2", "∂A1", "∂Z1", "∂W1", "∂b1"])
        for row in document["gradients"]:
            self.assertLessEqual(row["sweep_hand"], 1e-12)
            if row["parameter"]:
                self.assertLessEqual(row["sweep_differences"], 1e-6)
                self.assertLessEqual(row["hand_differences"], 1e-6)
                self.assertGreater(row["hand_differences"], 0)
        self.assertTrue(document["agrees"])

    def test_gradients_agree_for_other_seeds_and_sizes(self):
        for options in [["--seed", "2"], ["--seed", "3", "--hidden", "1"], ["--hidden", "16", "--points", "10"],
                        ["--points", "2"]]:
            document = self.good("lecture", "--epochs", "1", "--no-svg", "--json", *options).json()
            self.assertTrue(document["agrees"], options)

    def test_derivation_is_the_lectures(self):
        document = self.good("lecture", "--epochs", "1", "--no-svg", "--json").json()
        lines = document["derivation_lecture"]
        self.assertEqual([(l["left"], l["right"], l["shapes"]) for l in lines], SEVEN_LINES)
        self.assertEqual(document["derivation_engine"][0]["right"], "(A2 − Y) / m")

    def test_memo_counts_are_those_of_the_theory(self):
        memo = self.good("lecture", "--epochs", "1", "--no-svg", "--json").json()["memo"]
        # one rule for each edge between the loss and the parameters: J ← Σ ← terms ← Z2, then Z2's sum and bias, …
        self.assertGreater(memo["without"]["rules"], memo["with"]["rules"])
        self.assertGreater(memo["with"]["hits"], 0)
        self.assertEqual(memo["without"]["hits"], 0)
        layers = {row["layers"]: row for row in memo["layers"]}
        self.assertEqual(layers[2]["rules"], memo["with"]["rules"])
        self.assertEqual(layers[2]["rules_without_memo"], memo["without"]["rules"])
        self.assertEqual([layers[2][k] for k in ("factors_without_reuse", "products_without_reuse", "factors", "products")],
                         [16, 12, 8, 7])
        self.assertEqual([layers[100][k] for k in ("factors_without_reuse", "products_without_reuse", "factors", "products")],
                         [20400, 20200, 400, 399])
        # with memo the rules grow by the same number a layer, without by ever more
        self.assertEqual(layers[100]["rules"] - layers[50]["rules"], 10 * (layers[10]["rules"] - layers[5]["rules"]))

    def test_picture_is_well_formed(self):
        self.good("lecture", "--epochs", "20")
        path = os.path.join(self.folder.name, "wengert-lecture.svg")
        self.assertEqual(xml.dom.minidom.parse(path).documentElement.tagName, "svg")

    def test_picture_goes_where_it_is_wanted(self):
        self.good("lecture", "--epochs", "2", "--svg", "mine.svg")
        self.assertEqual(os.listdir(self.folder.name), ["mine.svg"])

    def test_no_picture_no_file(self):
        self.good("lecture", "--epochs", "2", "--no-svg")
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_picture_into_a_missing_folder_is_an_error(self):
        result = self.fails(3, "lecture", "--epochs", "2", "--svg", "nowhere/mine.svg")
        self.assertIn("nowhere/mine.svg", result.messages)

    def test_same_seed_same_text(self):
        once = self.good("lecture", "--epochs", "300", "--seed", "5").out
        self.assertEqual(once, self.good("lecture", "--epochs", "300", "--seed", "5").out)
        self.assertNotEqual(once, self.good("lecture", "--epochs", "300", "--seed", "6").out)


if __name__ == "__main__":
    main()
