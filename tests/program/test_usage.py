"""What a user types, right or wrong: help, version, options, and the messages about mistakes."""

import sys

sys.dont_write_bytecode = True
from program import COMMANDS, ProgramTest, main, run


class Help(ProgramTest):
    def test_help_names_every_command_and_exit_code(self):
        text = self.good("--help").out
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", text)
        for code in range(5):
            self.assertIn(f"\n  {code}  ", text)
        self.assertIn("NO_COLOR", text)

    def test_help_of_a_command_comes_three_ways(self):
        for command in COMMANDS:
            text = self.good(command, "--help").out
            self.assertTrue(text.startswith(f"Usage: wengert {command}"), text)
            self.assertEqual(text, self.good("help", command).out)
            self.assertEqual(text, self.good("--help", command).out)
            self.assertIn("--json", text)
            self.assertIn("--color", text)

    def test_help_fits_80_columns(self):
        for command in [[], *[[c] for c in COMMANDS]]:
            for line in self.good(*command, "--help").lines():
                self.assertLessEqual(len(line), 80, line)

    def test_help_says_the_defaults(self):
        self.assertIn("[10000]", self.good("lecture", "--help").out)
        self.assertIn("[engine]", self.good("derive", "--help").out)
        self.assertIn("[1e-06]", self.good("check", "--help").out)

    def test_help_lists_the_nets(self):
        for name in ["A  neuron", "B  softmax", "C  columns", "D  spiral", "E  layers"]:
            self.assertIn(name, self.good("derive", "--help").out)

    def test_help_wins_over_other_arguments(self):
        self.assertIn("Usage:", self.good("derive", "D", "--form", "lecture", "--help").out)

    def test_version_is_a_number(self):
        self.assertRegex(self.good("--version").out, r"^wengert \d+\.\d+\.\d+\n$")

    def test_no_command_prints_the_help_as_a_message(self):
        result = run()
        self.assertEqual(result.code, 2)
        self.assertEqual(result.out, "")
        self.assertIn("Usage: wengert COMMAND", result.messages)


class Mistakes(ProgramTest):
    def wrong(self, *arguments):
        result = self.fails(2, *arguments)
        self.assertEqual(result.out, "")
        return result.messages

    def test_unknown_command_gets_a_suggestion(self):
        self.assertIn("unknown command 'lectrue'; did you mean 'lecture'?", self.wrong("lectrue"))
        self.assertIn("did you mean 'train'?", self.wrong("trian"))
        self.assertIn("did you mean 'graph'?", self.wrong("help", "grpah"))

    def test_command_like_no_other_gets_the_list(self):
        message = self.wrong("xylophone")
        for command in COMMANDS:
            self.assertIn(command, message)

    def test_unknown_option_gets_a_suggestion(self):
        self.assertIn("unknown option --epoch; did you mean --epochs?", self.wrong("train", "D", "--epoch", "3"))
        self.assertIn("did you mean --form?", self.wrong("derive", "D", "--from", "lecture"))
        self.assertIn("unknown option --xyzzy\n", self.wrong("derive", "D", "--xyzzy"))

    def test_messages_say_where_the_help_is(self):
        self.assertIn("Try 'wengert derive --help'.", self.wrong("derive", "D", "--xyzzy"))
        self.assertIn("Try 'wengert --help'.", self.wrong("xylophone"))

    def test_options_have_two_dashes(self):
        self.assertIn("two dashes", self.wrong("derive", "D", "-form"))

    def test_options_before_the_command_are_explained(self):
        self.assertIn("come after it", self.wrong("--json", "derive", "D"))

    def test_values_are_checked(self):
        self.assertIn("--form 'up': it must be one of engine|lecture", self.wrong("derive", "D", "--form", "up"))
        self.assertIn("--epochs 'ten': this is not a whole number", self.wrong("train", "D", "--epochs", "ten"))
        self.assertIn("--epochs '1.5': this is not a whole number", self.wrong("train", "D", "--epochs", "1.5"))
        self.assertIn("--epochs '': this is not a whole number", self.wrong("train", "D", "--epochs", ""))
        self.assertIn("--epochs -1: it must be from 0", self.wrong("train", "D", "--epochs", "-1"))
        self.assertIn("must be from 0 to 1000000000", self.wrong("train", "D", "--epochs", "99999999999999999999"))
        self.assertIn("--rate 0: it must be above 0", self.wrong("train", "D", "--rate", "0"))
        self.assertIn("--rate 'nan': this is not a number", self.wrong("train", "D", "--rate", "nan"))
        self.assertIn("--rate '1x': this is not a number", self.wrong("train", "D", "--rate", "1x"))
        self.assertIn("--hold-out 1: it must be from 0 to 0.99", self.wrong("train", "D", "--hold-out", "1"))
        self.assertIn("--color 'pink'", self.wrong("derive", "D", "--color", "pink"))

    def test_missing_value_is_named(self):
        self.assertIn("--form needs a value: --form engine|lecture", self.wrong("derive", "D", "--form"))

    def test_flag_takes_no_value(self):
        self.assertIn("--json takes no value", self.wrong("derive", "D", "--json=yes"))

    def test_one_argument_too_many(self):
        self.assertIn("one argument too many: 'E'", self.wrong("derive", "D", "E"))
        self.assertIn("one argument too many: 'D'", self.wrong("lecture", "D"))

    def test_net_is_needed_and_known(self):
        self.assertIn("which net?", self.wrong("derive"))
        self.assertIn("there is no net 'Q'", self.wrong("check", "Q"))
        self.assertIn("there is no net 'spirl'; did you mean 'spiral'?", self.wrong("graph", "spirl"))

    def test_layers_are_checked(self):
        self.assertIn("'0' is not a width", self.wrong("derive", "--layers", "4,0,3"))
        self.assertIn("'' is not a width", self.wrong("derive", "--layers", "4,,3"))
        self.assertIn("'x' is not a width", self.wrong("derive", "--layers", "x"))
        self.wrong("derive", "--layers", "4")
        self.wrong("derive", "D", "--layers", "2,3")
        self.wrong("derive", "--layers", ",".join(["9000000000000000000"] * 3))
        self.assertIn("more than 1024 widths", self.wrong("derive", "--layers", ",".join(["3"] * 1025)))

    def test_activation_is_for_net_e(self):
        self.assertIn("--activation is for net E", self.wrong("derive", "D", "--activation", "tanh"))


class Options(ProgramTest):
    def test_equals_sign_and_space_are_the_same(self):
        self.assertEqual(self.good("derive", "D", "--form=lecture").out, self.good("derive", "D", "--form", "lecture").out)

    def test_the_last_of_two_options_holds(self):
        self.assertEqual(self.good("derive", "D", "--form=engine", "--form=lecture").out,
                         self.good("derive", "D", "--form", "lecture").out)

    def test_options_may_come_first(self):
        self.assertEqual(self.good("derive", "--form=lecture", "D").out, self.good("derive", "D", "--form=lecture").out)

    def test_two_dashes_end_the_options(self):
        self.good("derive", "--", "D")
        self.assertIn("there is no net '--form'", self.fails(2, "derive", "--", "--form").messages)

    def test_nets_have_letters_and_names_in_any_case(self):
        for names in [("A", "neuron"), ("b", "SOFTMAX"), ("C", "Columns"), ("d", "spiral"), ("E", "layers")]:
            texts = {self.good("derive", name).out for name in names}
            self.assertEqual(len(texts), 1, names)


if __name__ == "__main__":
    main()
