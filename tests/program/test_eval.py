"""wengert eval: what a saved net is worth on samples whose classes are known."""

import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, run, skip_without_jansson
from test_predict import flowers


class Eval(ProgramTest):
    def setUp(self):
        super().setUp()
        self.file("flowers.csv", flowers())
        self.trained = self.good("train", "B", "--data", "flowers.csv", "--standardize", "--hold-out", "0.3", "--epochs",
                                 "50", "--save", "net", "--json").json()

    def eval(self, *arguments):
        return self.good("eval", "net", *arguments, "--json").json()

    def test_held_out_samples_are_judged_as_after_training(self):
        said, expected = self.eval("--data", "flowers.csv", "--hold-out", "0.3"), self.trained["held_out"]
        for key in ["rows", "right", "loss", "accuracy", "confusion"]:
            self.assertEqual(said[key], expected[key])

    def test_scores_are_those_of_the_confusion(self):
        said = self.eval("--data", "flowers.csv")
        for k, scores in enumerate(said["classes"]):
            right, column = said["confusion"][k][k], sum(row[k] for row in said["confusion"])
            self.assertEqual(scores["samples"], sum(said["confusion"][k]))
            self.assertAlmostEqual(scores["recall"], right / scores["samples"])
            self.assertAlmostEqual(scores["precision"], right / column)
        self.assertAlmostEqual(said["macro"]["f1"], sum(scores["f1"] for scores in said["classes"]) / 3)
        self.assertEqual([scores["class"] for scores in said["classes"]], ["rose", "tulip", "lily"])

    def test_classes_are_those_of_the_model_in_whatever_order_they_come(self):
        lines = flowers().splitlines()
        self.file("turned.csv", "\n".join([lines[0], *reversed(lines[1:])]) + "\n")
        self.file("lilies.csv", "\n".join([lines[0], *[line for line in lines if line.endswith("lily")]]) + "\n")
        self.assertEqual(self.eval("--data", "turned.csv")["confusion"], self.eval("--data", "flowers.csv")["confusion"])
        confusion = self.eval("--data", "lilies.csv")["confusion"]
        self.assertEqual([sum(row) for row in confusion], [0, 0, 20])

    def test_a_class_that_the_model_does_not_know_is_an_error(self):
        self.file("more.csv", "length,width,kind\n1,2,daisy\n")
        self.assertIn("daisy", self.fails(3, "eval", "net", "--data", "more.csv").messages)

    def test_the_text_names_classes_and_figures(self):
        text = self.good("eval", "net", "--data", "flowers.csv").out
        self.assertRegex(text, r"Right \d+ of 60: \d+\.\d\d %")
        for word in ["rose", "tulip", "lily", "precision", "recall", "F1", "weighted"]:
            self.assertIn(word, text)

    def test_too_low_an_accuracy_is_a_failed_check(self):
        said = self.eval("--data", "flowers.csv")["accuracy"]
        self.assertEqual(run("eval", "net", "--data", "flowers.csv", "--at-least", str(said), cwd=self.folder.name).code, 0)
        result = self.fails(1, "eval", "net", "--data", "flowers.csv", "--at-least", "1")
        self.assertIn("the accuracy is", result.messages)
        self.assertIn("Right", result.out)

    def test_a_language_model_is_judged_by_its_characters(self):
        self.file("text.txt", "abc" * 100)
        self.good("train", "rnn", "--data", "text.txt", "--optimizer", "adam", "--epochs", "5", "--save", "text")
        self.assertRegex(self.good("eval", "text", "--data", "text.txt").out, r"bits, perplexity \d")

    def test_what_is_missing_is_told(self):
        self.fails(2, "eval")
        self.fails(2, "eval", "net")
        self.fails(3, "eval", "none", "--data", "flowers.csv")
        self.fails(3, "eval", "net", "--data", "none.csv")


if __name__ == "__main__":
    skip_without_jansson()
    main()
