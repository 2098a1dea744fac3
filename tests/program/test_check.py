"""wengert check: gradients against central differences."""

import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from program import ProgramTest, main, run


class Check(ProgramTest):
    def test_every_net_passes(self):
        for net in "ABCDE":
            self.assertIn("\nPASS: ", self.good("check", net).out)

    def test_every_element_is_tried_unless_told_otherwise(self):
        document = self.good("check", "D", "--json").json()
        self.assertEqual(document["tried"], 27)
        self.assertEqual({r["parameter"]: r["tried"] for r in document["results"]}, {"W1": 8, "b1": 4, "W2": 12, "b2": 3})
        document = self.good("check", "D", "--elements", "2", "--json").json()
        self.assertEqual([r["tried"] for r in document["results"]], [2, 2, 2, 2])

    def test_worst_elements_are_named_by_parameter_and_index(self):
        text = self.good("check", "D", "--worst", "27").out
        self.assertIn("W1[1,3]", text)
        self.assertIn("b2[0,2]", text)

    def test_worst_comes_first(self):
        errors = [e["error"] for e in self.good("check", "D", "--worst", "27", "--json").json()["worst"]]
        self.assertEqual(errors, sorted(errors, reverse=True))
        self.assertEqual(len(errors), 27)

    def test_wrong_gradient_fails_and_is_named(self):
        for parameter in ["W1", "b1", "W2", "b2"]:
            result = self.check_fails("D", "--spoil", parameter, "--worst", "27")
            failed = [line.split()[0] for line in result.lines() if line.endswith(" FAIL") and "[" in line]
            self.assertTrue(failed)
            for element in failed:
                self.assertTrue(element.startswith(parameter + "["), element)
            self.assertIn("\nFAIL: ", result.out)

    def test_failure_is_in_the_json_too(self):
        document = self.check_fails("C", "--spoil", "W2", "--json").json()
        self.assertEqual(document["verdict"], "FAIL")
        self.assertEqual({r["parameter"] for r in document["results"] if r["fail"]}, {"W2"})

    def test_tolerance_decides(self):
        self.good("check", "D", "--spoil", "W1", "--tolerance", "0.01")

    def test_check_that_judges_nothing_does_not_pass(self):
        self.assertIn("none of 3 elements can be judged", self.check_fails("A", "--tolerance", "1e-15").out)

    def test_witnesses_are_heard(self):
        for net in "ABCDE":
            witnesses = self.good("check", net, "--json").json()["witnesses"]
            self.assertLess(witnesses["forward"]["error"], 1e-12)
            self.assertAlmostEqual(witnesses["taylor"]["first_slope"], 1, delta=0.05)
            self.assertAlmostEqual(witnesses["taylor"]["second_slope"], 2, delta=0.1)
            for rule in witnesses["rules"]:
                self.assertEqual(rule["verdict"], "PASS", rule)
        operations = {rule["op"] for rule in self.good("check", "D", "--json").json()["witnesses"]["rules"]}
        self.assertTrue({"matmul", "relu", "add_bias", "cross_entropy_terms"} <= operations, operations)

    def test_wrong_gradient_is_seen_by_the_witnesses_that_judge_gradients(self):
        witnesses = self.check_fails("D", "--spoil", "W2", "--json").json()["witnesses"]
        self.assertEqual(witnesses["forward"]["verdict"], "FAIL")
        self.assertEqual(witnesses["taylor"]["verdict"], "FAIL")
        self.assertAlmostEqual(witnesses["taylor"]["second_slope"], 1, delta=0.05)
        self.assertEqual({rule["verdict"] for rule in witnesses["rules"]}, {"PASS"})

    def test_mistakes_are_diagnosed(self):
        texts = {
            "thousandth": "∂W1 is 1.001 times what it should be, in every element",
            "sign": "∂W1 has the wrong sign: it is −1 times what it should be",
            "double": "∂W1 is 2 times what it should be: a contribution is counted twice",
            "zero": "∂W1 is zero: the sweep is cut off before it",
            "rows": "∂W1 is right in row 0 and zero in all others",
            "transpose": "∂W1 is transposed",
            "missing-m": "∂W1 is 300 times what it should be: a factor 1/m is missing, m = 300",
        }
        for mistake, text in texts.items():
            for options in [[], ["--dtype", "f32"], ["--order", "2"]]:
                result = self.check_fails("D", "--spoil", "W1", "--mistake", mistake, *options)
                self.assertIn(f"Diagnosis:\n  {text}.\n", result.out)
        result = self.check_fails("D", "--spoil", "b1", "--mistake", "rows", "--json")
        self.assertEqual(result.json()["diagnosis"],
                         [{"parameter": "b1", "text": "∂b1 is what sample 0 alone sends: a broadcast is not summed"}])

    def test_mistake_that_cannot_be_made_is_a_usage_error(self):
        self.assertIn("goes with --spoil", self.fails(2, "check", "D", "--mistake", "sign").messages)
        self.assertIn("b1 (1,4) is too small",
                      self.fails(2, "check", "D", "--spoil", "b1", "--mistake", "transpose").messages)

    def test_second_order_passes(self):
        for net in "ABCDE":
            result = self.good("check", net, "--order", "2")
            self.assertIn("\nPASS: ", result.out)
            self.assertIn("the gradient of ⟨∇J, v⟩", result.out)
        first, second = [self.good("check", "D", "--json", "--order", o).json() for o in "12"]
        self.assertNotEqual(first["worst"][0]["reverse"], second["worst"][0]["reverse"])

    def test_gradients_in_f32_agree_with_those_in_f64(self):
        for net in "ABCDE":
            document = self.good("check", net, "--dtype", "f32", "--json").json()
            self.assertEqual(document["tolerance"], 1e-4)
            self.assertGreater(document["error_max"], 1e-9)  # they are not the same numbers
            self.assertLess(document["error_max"], 1e-4)
            self.assertNotIn("witnesses", document)
        self.assertIn("(839 units of its rounding, 1.19e-07)", self.good("check", "D", "--dtype", "f32").out)
        self.check_fails("D", "--dtype", "f32", "--tolerance", "1e-9")
        self.assertIn("all of them", self.fails(2, "check", "D", "--dtype", "f32", "--elements", "3").messages)

    def test_command_that_repeats_it_repeats_it(self):
        for arguments in [["D"], ["--layers", "3,5,2", "--seed", "4", "--activation=tanh"]]:
            once = self.good("check", *arguments)
            again = once.lines()[-1]
            self.assertTrue(again.startswith("Again: wengert check "), again)
            self.assertIn("--seed", again)
            repeated = self.good(*again.split()[2:]).out
            self.assertEqual(repeated.splitlines()[:-1], once.lines()[:-1])
            self.assertEqual(self.good("check", *arguments, "--json").json()["command"].split()[-2:],
                             ["--seed", "1"] if "--seed" not in arguments else ["--activation=tanh", "--json"])

    def test_ten_worst_are_listed(self):
        self.assertEqual(len(self.good("check", "D", "--json").json()["worst"]), 10)

    def test_map_has_a_block_for_each_element(self):
        def blocks(*options):
            lines = self.check_fails("D", "--spoil", "W2", *options).lines()
            start = lines.index("The relative difference of every element:")
            return [line[12:] for line in lines[start + 1 : start + 9]]
        rows = blocks()
        self.assertEqual([len(row) for row in rows], [4, 4, 4, 3, 3, 3, 3, 3])
        self.assertEqual(rows[3:7], ["███"] * 4)
        self.assertNotIn("█", "".join(rows[:3] + rows[7:]))

    def test_map_is_drawn_as_svg(self):
        path = self.file("map.svg", "")
        self.check_fails("D", "--spoil", "W2", "--svg", path)
        root = xml.etree.ElementTree.parse(path).getroot()
        cells = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if "cell" in e.get("class", "")]
        self.assertEqual(len(cells), 27 + 7)  # elements, and the legend
        self.assertEqual(sum("e6" in cell.get("class") for cell in cells), 12 + 1)
        self.assertIn("FAIL: of 27 elements 12 fail", root.find("{http://www.w3.org/2000/svg}desc").text)
        self.fails(3, "check", "D", "--svg", "no/such/folder/map.svg")

    def test_large_parameters_are_drawn_in_fewer_blocks(self):
        text = self.good("check", "--layers", "40,200,2", "--samples", "3", "--elements", "4").out
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)

    def test_unknown_parameter_is_a_mistake(self):
        self.assertIn("--spoil 'W3': net D has no such parameter; it has W1 to b2",
                      self.fails(2, "check", "D", "--spoil", "W3").messages)

    def check_fails(self, *arguments):
        result = run("check", *arguments)
        self.assertEqual(result.code, 1, result.out + result.messages)
        return result

    def test_same_seed_same_text(self):
        once = self.good("check", "E", "--elements", "3", "--seed", "5").out
        self.assertEqual(once, self.good("check", "E", "--elements", "3", "--seed", "5").out)
        self.assertNotEqual(once, self.good("check", "E", "--elements", "3", "--seed", "6").out)

    def test_nets_of_any_layers_pass(self):
        for activation in ["relu", "sigmoid", "tanh"]:
            self.good("check", "--layers", "3,5,4,2", "--activation", activation, "--samples", "7")

    def test_one_sample_is_enough(self):
        for net in "ABCDE":
            self.good("check", net, "--samples", "1", "--elements", "5")


if __name__ == "__main__":
    main()
