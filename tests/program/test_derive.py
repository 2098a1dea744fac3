"""wengert derive: the lecture's lines come out of the recorded gradient."""

import re
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, run_on_terminal

# The lecture's derivation of net D, as it stands in the notes.
SEVEN_LINES = [
    ("∂Z2", "A2 − Y", "(300,3)"),
    ("∂W2", "A1ᵀ·∂Z2 / m", "(4,300)(300,3) → (4,3)"),
    ("∂b2", "Σ_rows ∂Z2 / m", "(1,3)"),
    ("∂A1", "∂Z2·W2ᵀ", "(300,3)(3,4) → (300,4)"),
    ("∂Z1", "∂A1 ⊙ [Z1 > 0]", "(300,4)"),
    ("∂W1", "Xᵀ·∂Z1 / m", "(2,300)(300,4) → (2,4)"),
    ("∂b1", "Σ_rows ∂Z1 / m", "(1,4)"),
]


class LectureForm(ProgramTest):
    def test_net_d_gives_the_seven_lines_of_the_lecture(self):
        text = self.good("derive", "D", "--form", "lecture").out
        numbered = [line.split(None, 1) for line in text.splitlines() if re.match(r" *\d", line)]
        self.assertEqual([number for number, _ in numbered], [str(i) for i in range(1, 8)])
        for (_, line), (left, right, shapes) in zip(numbered, SEVEN_LINES):
            self.assertRegex(line, "^" + re.escape(left) + " +" + re.escape(f"= {right}") + " +" + re.escape(shapes) + "$")

    def test_json_has_the_same_lines(self):
        lines = self.good("derive", "D", "--form", "lecture", "--json").json()["lines"]
        self.assertEqual([(l["left"], l["right"], l["shapes"]) for l in lines], SEVEN_LINES)

    def test_m_is_stated(self):
        self.assertIn("m = 300", self.good("derive", "D", "--form", "lecture").out)
        document = self.good("derive", "D", "--json", "--samples", "7").json()
        self.assertEqual(document["m"], 7)
        self.assertEqual(document["samples"], 7)
        self.assertIn("(4,7)(7,3) → (4,3)", [line["shapes"] for line in document["lines"]])

    def test_columns_line_up(self):
        lines = [l for l in self.good("derive", "D", "--form", "lecture").lines() if re.match(r" *\d", l)]
        self.assertEqual(len({line.index("=") for line in lines}), 1)
        self.assertEqual(len({line.index(" (") for line in lines}), 1)

    def test_lines_fit_80_columns(self):
        for line in self.good("derive", "D", "--form", "lecture").lines():
            self.assertLessEqual(len(line), 80)


class Forms(ProgramTest):
    def right_sides(self, *arguments):
        return {l["left"]: l["right"] for l in self.good("derive", *arguments, "--json").json()["lines"]}

    def test_engine_form_has_the_mean_at_the_loss(self):
        lines = self.right_sides("D", "--form", "engine")
        self.assertEqual(lines["∂Z2"], "(A2 − Y) / m")
        self.assertEqual(lines["∂W2"], "A1ᵀ·∂Z2")
        self.assertEqual(lines["∂W1"], "Xᵀ·∂Z1")

    def test_engine_form_is_the_default(self):
        self.assertEqual(self.right_sides("D"), self.right_sides("D", "--form", "engine"))

    def test_softmax_classifier_is_the_lectures(self):
        lines = self.right_sides("B", "--form", "lecture")
        self.assertEqual(lines["∂W"], "Xᵀ·∂Z / m")
        self.assertEqual(lines["∂b"], "Σ_rows ∂Z / m")

    def test_columns_net_sums_over_columns(self):
        lines = self.right_sides("C", "--form", "lecture")
        self.assertEqual(lines["∂Z2"], "ŷ − Y")
        self.assertEqual(lines["∂W2"], "∂Z2·A1ᵀ / m")
        self.assertEqual(lines["∂b2"], "Σ_cols ∂Z2 / m")
        self.assertEqual(lines["∂W1"], "∂Z1·Xᵀ / m")

    def test_every_parameter_of_a_deep_net_has_a_line(self):
        for activation in ["relu", "sigmoid", "tanh"]:
            lines = self.right_sides("--layers", "4,5,6,7,3", "--activation", activation)
            for k in range(1, 5):
                self.assertIn(f"∂W{k}", lines)
                self.assertIn(f"∂b{k}", lines)


class Scripts(ProgramTest):
    def test_ascii_is_ascii(self):
        for net in "ABCDE":
            self.good("derive", net, "--script", "ascii").out.encode("ascii")

    def test_latex_is_one_align_environment(self):
        text = self.good("derive", "D", "--form", "lecture", "--script", "latex").out
        lines = text.splitlines()
        self.assertEqual((lines[0], lines[-1]), (r"\begin{align}", r"\end{align}"))
        self.assertEqual(len(lines), 9)
        text.encode("ascii")
        for line in lines[1:-1]:
            self.assertEqual(line.count("&="), 1)
            self.assertEqual(line.count("{"), line.count("}"))
        for line in lines[1:-2]:
            self.assertTrue(line.endswith(r"\\"), line)
        self.assertFalse(lines[-2].endswith(r"\\"))


class Terminal(ProgramTest):
    def test_lines_do_not_leave_a_narrow_terminal(self):
        result = run_on_terminal("derive", "D", "--form", "lecture", columns=60, NO_COLOR="1")
        self.assertEqual(result.code, 0)
        for line in result.lines():
            self.assertLessEqual(len(line), 60, line)


if __name__ == "__main__":
    main()
