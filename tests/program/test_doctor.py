"""wengert doctor: what is wrong with a net and its data, what that means, and what helps."""

import random
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, run


def table(rows, scale=1.0, labels=("rose", "tulip")):
    """Two clouds of samples; the second feature is multiplied by `scale`."""
    draw = random.Random(5)
    lines = ["length,width,kind"]
    for i in range(rows):
        at = 1 if i % 2 else -1
        lines.append(f"{draw.gauss(at, 0.5):.4f},{scale * draw.gauss(at, 0.5):.4f},{labels[i % 2]}")
    return "\n".join(lines) + "\n"


HEALTHY = ["doctor", "E", "--hidden", "16,16", "--optimizer", "adam", "--rate", "0.01", "--init", "xavier",
           "--activation", "tanh"]


class Doctor(ProgramTest):
    def findings(self, result):
        return {f["symptom"]: f for f in result.json()["findings"]}

    def test_a_healthy_net_is_well(self):
        path = self.file("flowers.csv", table(200))
        document = self.good(*HEALTHY, "--data", path, "--hold-out", "0.2", "--json").json()
        self.assertEqual({f["severity"] for f in document["findings"]}, {"good"})
        self.assertEqual(document["worst"], "good")
        self.assertEqual([w["name"] for w in document["weights"]], ["W1", "b1", "W2", "b2", "W3", "b3"])
        self.assertEqual([layer["name"] for layer in document["layers"]], ["A1", "A2"])
        text = self.good(*HEALTHY, "--data", path, "--hold-out", "0.2").out
        self.assertRegex(text, r"\nWELL: 0 problems, 0 notes, \d+ good\n$")

    def test_a_problem_is_explained_and_is_the_exit_code(self):
        path = self.file("flowers.csv", table(200, scale=1000))
        result = run(*HEALTHY, "--data", path)
        self.assertEqual(result.code, 1)
        self.assertRegex(result.out, r"problem  features-unscaled +deviations from")
        self.assertIn("What to try: --standardize", result.out)
        self.assertIn("(width)", result.out.replace("'", ""))
        self.assertRegex(result.out, r"\nNOT WELL: \d problems?, ")

    def test_the_cure_helps(self):
        path = self.file("flowers.csv", table(200, scale=1000))
        sick = self.findings(run(*HEALTHY, "--data", path, "--json"))
        cured = self.findings(self.good(*HEALTHY, "--data", path, "--standardize", "--json"))
        for symptom in ["features-unscaled", "units-saturated"]:
            self.assertEqual((sick[symptom]["severity"], cured[symptom]["severity"]), ("problem", "good"))
            self.assertTrue(sick[symptom]["means"] and sick[symptom]["try"])
            self.assertIsNone(cured[symptom]["means"])

    def test_a_wild_rate_is_found(self):
        path = self.file("flowers.csv", table(200))
        findings = self.findings(run("doctor", "E", "--activation", "tanh", "--data", path, "--rate", "300", "--json"))
        self.assertEqual(findings["step-size"]["severity"], "problem")

    def test_a_held_out_file_that_repeats_the_training_samples_is_found(self):
        path = self.file("flowers.csv", table(100))
        findings = self.findings(run(*HEALTHY, "--data", path, "--test", path, "--json"))
        self.assertEqual(findings["samples-leaked"]["severity"], "problem")
        self.assertIn("100 of 100 held-out samples", findings["samples-leaked"]["seen"])

    def test_the_trial_takes_the_steps_asked_for(self):
        findings = self.findings(run("doctor", "E", "--trial", "7", "--json"))
        self.assertIn("in 7 steps", findings["loss-falls"]["seen"])

    def test_same_seed_same_findings(self):
        call = ["doctor", "E", "--batch", "16", "--json", "--seed"]
        self.assertEqual(run(*call, "2").out, run(*call, "2").out)
        self.assertNotEqual(run(*call, "2").out, run(*call, "3").out)

    def test_a_text_is_examined_too(self):
        path = self.file("words.txt", "the cat sat on the mat and the dog sat on the cat. " * 8)
        for net in ["rnn", "lstm", "transformer"]:
            document = run("doctor", net, "--data", path, "--optimizer", "adam", "--json").json()
            self.assertIn("twenty-samples", {f["symptom"] for f in document["findings"]})

    def test_lines_fit_a_terminal(self):
        path = self.file("flowers.csv", table(200, scale=1000))
        for line in run("doctor", "E", "--hidden", "64,64", "--data", path).lines():
            self.assertLessEqual(len(line), 80, line)

    def test_options_that_do_not_go_together_are_refused(self):
        self.assertIn("adam has no momentum",
                      self.fails(2, "doctor", "E", "--optimizer", "adam", "--momentum", "0.5").messages)
        self.fails(3, "doctor", "E", "--data", "nothing.csv")


if __name__ == "__main__":
    main()
