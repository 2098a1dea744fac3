"""wengert check: gradients against central differences."""

import sys

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
            failed = [line.split()[0] for line in result.lines() if line.endswith(" FAIL")]
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
