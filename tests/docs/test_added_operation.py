"""The operation that docs/contributing.md adds, from empty file to green tests: its file and its line in the table, put into
a copy of the sources, pass the test that walks the table.

Environment: WENGERT_CC (compiler), WENGERT_ROOT (source folder).
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["WENGERT_ROOT"])


class AddedOperation(unittest.TestCase):
    def test_the_worked_example_passes_the_walk_over_the_table(self):
        page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
        source = re.search(r"```c\n(/\* (\w+\.c):.*?)```", page, re.DOTALL)
        line = re.search(r"```\n(WG_OP\(.*?)```", page, re.DOTALL)
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            for floor in ("engine", "ops", "tests"):
                shutil.copytree(ROOT / floor, copy / floor, ignore=shutil.ignore_patterns("__pycache__"))
            (copy / "ops" / source[2]).write_text(source[1], encoding="utf-8")
            with open(copy / "ops" / "table.h", "a", encoding="utf-8") as table:
                table.write(line[1])
            files = [*copy.glob("engine/*.c"), *copy.glob("ops/*.c"), *copy.glob("ops/kernels/*.c"), copy / "tests/support.c", copy / "tests/gradients/test_table.c"]
            program = copy / "test_table"
            command = shlex.split(os.environ["WENGERT_CC"]) + [
                "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-DWG_LEVEL_NAME=baseline", "-O0", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror",
                *map(str, sorted(files)), "-lcmocka", "-lm", "-o", str(program)]
            compiled = subprocess.run(command, capture_output=True, encoding="utf-8")
            self.assertEqual(compiled.returncode, 0, compiled.stderr)
            ran = subprocess.run([str(program)], capture_output=True, encoding="utf-8")
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
            self.assertIn("log_cosh", ran.stdout + ran.stderr)


if __name__ == "__main__":
    unittest.main()
