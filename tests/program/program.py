"""Runs the program wengert for the tests; its path is in the environment variable WENGERT."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import unittest

WENGERT = os.environ.get("WENGERT", "wengert")
COMMANDS = ["lecture", "derive", "check", "graph", "doctor", "train", "bench", "tune", "predict", "eval", "analyze", "sample", "study", "explore", "ops"]
ESCAPE = "\x1b"


def environment(**changes):
    """The environment without what changes the program's output, and with these changes."""
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "TERM")}
    variables["TERM"] = "xterm"
    variables.update(changes)
    return variables


class Result:
    def __init__(self, code, out, messages):
        self.code, self.out, self.messages = code, out, messages

    def json(self):
        return json.loads(self.out, parse_constant=refuse_constant)

    def lines(self):
        return self.out.splitlines()


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


# an allocation that fails, as a sanitizer says it before the program does
REFUSED = re.compile(r"^==\d+==WARNING: \w+Sanitizer failed to allocate .*\n", re.MULTILINE)


def run(*arguments, cwd=None, timeout=100, stdout=subprocess.PIPE, **changes):
    done = subprocess.run([WENGERT, *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                          cwd=cwd, timeout=timeout, env=environment(**changes))
    return Result(done.returncode, (done.stdout or b"").decode(), REFUSED.sub("", done.stderr.decode()))


def run_on_terminal(*arguments, columns=80, cwd=None, **changes):
    """Runs the program with standard output and error on a terminal; out has both, as the screen gets them."""
    import fcntl
    import struct
    import termios

    screen, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([WENGERT, *arguments], stdin=subprocess.DEVNULL, stdout=end, stderr=end, cwd=cwd,
                               env=environment(**changes))
    os.close(end)
    pieces = []
    while True:
        ready, _, _ = select.select([screen], [], [], 100)
        try:
            piece = os.read(screen, 65536) if ready else b""
        except OSError:  # Linux's way of saying that nobody has the other end open any more
            piece = b""
        if not piece:
            break
        pieces.append(piece)
    os.close(screen)
    return Result(process.wait(), b"".join(pieces).decode().replace("\r\n", "\n"), "")


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return path

    def good(self, *arguments, **options):
        result = run(*arguments, cwd=self.folder.name, **options)
        self.assertEqual(result.code, 0, result.messages)
        return result

    def fails(self, code, *arguments, **options):
        """The program ends with this code, after a message that begins with its name."""
        result = run(*arguments, cwd=self.folder.name, **options)
        self.assertEqual(result.code, code, result.out + result.messages)
        self.assertTrue(result.messages.startswith("wengert"), result.messages)
        return result


def skip_without_jansson():
    """Ends a test program as skipped where wengert cannot read the files that it has saved."""
    if "was built without jansson" in run("predict", "none", "--features", "1").messages:
        print("skipped: this wengert was built without jansson, and does not read safetensors files")
        sys.exit(77)


def main():
    unittest.main(verbosity=1)
