"""Every snippet of the manual is true: programs compile and print what the page says, commands print what the page shows.

In README.md and docs/*.md,
  - a ```c block with a main() is compiled against the library and run; a ```text block right after it is its output;
  - a ```c block without main() is compiled inside a function, with the umbrella header; but one whose first line names a
    file ("/* log_cosh.c: …") is that file (see test_added_operation.py);
  - in a ```console block, each "$ wengert …" line is run, all of a page in one folder, and must print the lines below it; a line "…" stands for any
    number of lines, and within a line for any text.
Environment: WENGERT (the program), WENGERT_CC (compiler), WENGERT_LIBRARY (static library), WENGERT_LIBS (what it needs),
WENGERT_ROOT (source folder),
WENGERT_BUILD (build folder).
"""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["WENGERT_ROOT"])
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """(language, text, line number) of every fenced block."""
    text = page.read_text(encoding="utf-8")
    return [(m[1], m[2], text[: m.start()].count("\n") + 1) for m in BLOCK.finditer(text)]


def run(command, **options):
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, **options)


def pattern_of(expected):
    """The expected lines as a regular expression; "…" alone on a line stands for any lines."""
    lines = [r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", ".*") + r"[ ]*\n"
             for line in expected.splitlines()]
    return re.compile("".join(lines) + r"\s*\Z")


class Snippets(unittest.TestCase):
    def compile(self, source, folder, where):
        path = pathlib.Path(folder) / "snippet.c"
        path.write_text(source, encoding="utf-8")
        program = pathlib.Path(folder) / "snippet"
        command = shlex.split(os.environ["WENGERT_CC"]) + [
            "-std=c17", "-Wall", "-Wextra", "-Werror", "-Wno-unused", f"-I{ROOT}", f"-I{os.environ['WENGERT_BUILD']}",
            str(path), os.environ["WENGERT_LIBRARY"], *shlex.split(os.environ.get("WENGERT_LIBS", "")), "-lm", "-o", str(program)]
        compiled = run(command)
        self.assertEqual(compiled.returncode, 0, f"{where}\n{compiled.stderr}")
        return program

    def test_programs_compile_and_print_what_the_page_says(self):
        for page in PAGES:
            page_blocks = blocks(page)
            for number, (language, text, line) in enumerate(page_blocks):
                where = f"{page.relative_to(ROOT)}:{line}"
                if language != "c" or re.match(r"/\* \w+\.c:", text):
                    continue
                with self.subTest(where), tempfile.TemporaryDirectory() as folder:
                    if not re.search(r"\bmain\(", text):
                        text = "#include <wengert.h>\nvoid snippet(void);\nvoid snippet(void) {\n" + text + "}\nint main(void) { return 0; }\n"
                    program = self.compile(text, folder, where)
                    following = page_blocks[number + 1] if number + 1 < len(page_blocks) else ("", "", 0)
                    ran = run([str(program)], cwd=folder)
                    self.assertEqual(ran.returncode, 0, f"{where}\n{ran.stdout}{ran.stderr}")
                    if following[0] == "text":
                        self.assertRegex(ran.stdout, pattern_of(following[1]), where)

    def test_commands_print_what_the_page_shows(self):
        for page in PAGES:
            with tempfile.TemporaryDirectory() as folder:  # one a page: a command finds what those before it wrote
                for data in (ROOT / "models" / "data").glob("*.csv"):
                    (pathlib.Path(folder) / data.name).write_bytes(data.read_bytes())
                for language, text, line in blocks(page):
                    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else []:
                        self.command_prints(part, folder, f"{page.relative_to(ROOT)}:{line}")

    def command_prints(self, part, folder, where):
        command, _, expected = part.partition("\n")
        words = shlex.split(command)
        if words[0] not in ("wengert", "./build/wengert", "build/wengert"):
            return
        with self.subTest(f"{where}: {command}"):
            variables = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80"}
            ran = run([os.environ["WENGERT"], *words[1:]], cwd=folder, env=variables)
            self.assertRegex(ran.stdout + ran.stderr, pattern_of(expected), f"{where}: {command}")


if __name__ == "__main__":
    unittest.main()
