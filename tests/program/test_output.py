"""Where output goes: colors, terminals, pipes, full disks."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from program import ESCAPE, WENGERT, ProgramTest, environment, main, run, run_on_terminal

CALLS = [["derive", "D"], ["graph", "D", "--grad"], ["check", "A"], ["train", "D", "--epochs", "20"],
         ["lecture", "--epochs", "20", "--no-svg"]]


class Color(ProgramTest):
    def test_terminal_gets_colors(self):
        for call in CALLS:
            self.assertIn(ESCAPE, run_on_terminal(*call, cwd=self.folder.name).out)

    def test_pipe_gets_none(self):
        for call in CALLS:
            result = self.good(*call)
            self.assertNotIn(ESCAPE, result.out + result.messages)

    def test_no_color_turns_them_off(self):
        for call in CALLS[:3]:
            self.assertNotIn(ESCAPE, run_on_terminal(*call, cwd=self.folder.name, NO_COLOR="1").out)

    def test_empty_no_color_does_not_count(self):
        self.assertIn(ESCAPE, run_on_terminal("derive", "D", NO_COLOR="").out)

    def test_dumb_terminal_gets_none(self):
        self.assertNotIn(ESCAPE, run_on_terminal("train", "D", "--epochs", "20", TERM="dumb").out)

    def test_color_option_decides(self):
        self.assertIn(ESCAPE, self.good("derive", "D", "--color", "always", NO_COLOR="1").out)
        self.assertNotIn(ESCAPE, run_on_terminal("derive", "D", "--color", "never").out)

    def test_colors_change_no_text(self):
        plain = self.good("derive", "D").out
        colored = self.good("derive", "D", "--color", "always").out
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", colored), plain)


class Progress(ProgramTest):
    def test_bar_is_drawn_on_a_terminal_and_wiped(self):
        out = run_on_terminal("train", "D", "--epochs", "200", "--every", "100").out
        self.assertIn("training [", out)
        after = out[out.rindex("training ["):]
        self.assertIn("\r\x1b[K", after)

    def test_no_bar_elsewhere(self):
        result = self.good("train", "D", "--epochs", "200")
        self.assertEqual(result.messages, "")


class Lost(ProgramTest):
    """Output that does not arrive is reported: a shell script must not go on as if it had."""

    def setUp(self):
        super().setUp()
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")

    def test_full_disk_is_reported_by_every_command(self):
        for call in [["--help"], ["--version"], ["derive", "--help"], *CALLS]:
            with open("/dev/full", "w") as full:
                result = run(*call, stdout=full, cwd=self.folder.name)
            self.assertEqual(result.code, 3, call)
            self.assertIn("wengert: standard output: No space left on device", result.messages)

    def test_full_disk_is_reported_for_the_picture(self):
        result = self.fails(3, "lecture", "--epochs", "2", "--svg", "/dev/full")
        self.assertIn("/dev/full", result.messages)

    def test_closed_pipe_is_reported(self):
        reader, writer = os.pipe()
        os.close(reader)
        result = run("graph", "E", stdout=writer)
        os.close(writer)
        self.assertEqual(result.code, 3)
        self.assertIn("Broken pipe", result.messages)

    def test_closed_pipe_stops_training(self):
        reader, writer = os.pipe()
        os.close(reader)
        result = run("train", "D", "--epochs", "100000000", "--every", "1", stdout=writer,
                     timeout=50)
        os.close(writer)
        self.assertEqual(result.code, 3)

    def test_closed_standard_output_is_reported(self):
        done = subprocess.run(["sh", "-c", 'exec "$0" derive D >&-', WENGERT], stderr=subprocess.PIPE, env=environment())
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output: Bad file descriptor", done.stderr)


class Json(ProgramTest):
    def test_every_command_has_json(self):
        for call in CALLS:
            document = self.good(*call, "--json").json()
            self.assertIn("net", document)

    def test_json_has_no_colors(self):
        self.assertNotIn(ESCAPE, self.good("check", "A", "--json", "--color", "always").out)

    def test_json_is_one_document(self):
        for call in CALLS:
            json.loads(self.good(*call, "--json").out)


if __name__ == "__main__":
    main()
