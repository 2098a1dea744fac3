"""wengert train --snapshot, killed at random moments and gone on with by --resume: the same weights, bit for bit, as a
training that nobody disturbed. Ctrl-C saves, and says how to go on.

A training is killed (SIGKILL) again and again until it comes to its end. How often in all, over several kinds of
training, is 60, or WENGERT_KILLS:

    WENGERT_KILLS=1000 WENGERT=build/wengert python3 tests/program/test_resume.py
"""

import os
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from program import WENGERT, ProgramTest, environment, main, skip_without_jansson

KILLS = int(os.environ.get("WENGERT_KILLS", "60"))

# A killed process loses nothing that it has written, on whatever kind of disk; this one is in memory, and quick.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

SMALL = ["--points", "30", "--noise", "0.3"]
TRAININGS = {
    "momentum, batches": ["D", *SMALL, "--optimizer", "momentum", "--rate", "0.1", "--batch", "16", "--epochs", "40"],
    "adam, all samples": ["D", *SMALL, "--optimizer", "adam", "--rate", "0.05", "--epochs", "200"],
    "dropout, cosine, average": [
        "E", *SMALL, "--hidden", "12,12", "--dropout", "0.2", "--optimizer", "adamw", "--schedule", "cosine", "--warmup",
        "2", "--batch", "20", "--accumulate", "2", "--clip-norm", "1", "--average", "ema", "--epochs", "60"],
    "held out, plateau, patience": [
        "E", *SMALL, "--hold-out", "0.3", "--optimizer", "rmsprop", "--schedule", "plateau", "--patience", "25",
        "--standardize", "--batch", "30", "--epochs", "80", "--average", "swa", "--average-from", "10"],
    "lbfgs": ["D", *SMALL, "--optimizer", "lbfgs", "--dtype", "f64", "--epochs", "30"],
    "moved images": [
        "cnn", "--data", "corner-images-idx3-ubyte", "--hidden", "8", "--filters", "2,2", "--optimizer", "lion",
        "--shift", "1", "--flip", "--batch", "8", "--epochs", "10", "--smoothing", "0.1"],
    "windows of a text": [
        "rnn", "--data", "text.txt", "--hidden", "6", "--steps", "5", "--dropout", "0.1", "--hold-out", "0.2", "--optimizer",
        "nesterov", "--rate", "0.05", "--schedule", "one-cycle", "--batch", "10", "--epochs", "12"],
}


def images():
    """Bright corners: 24 images of 8×8 bytes in two classes, and their labels, as IDX files."""
    draw = random.Random(5)
    pixels, labels = bytearray(), bytearray()
    for i in range(24):
        bright = range(0, 3) if i % 2 else range(5, 8)
        pixels += bytes(255 if y in bright and x in bright else draw.randrange(128) for y in range(8) for x in range(8))
        labels.append(i % 2)
    return struct.pack(">4B3I", 0, 0, 8, 3, 24, 8, 8) + pixels, struct.pack(">4BI", 0, 0, 8, 1, 24) + labels


def no_leak_checker():
    """For a build with the address sanitizer: killed while it looks for leaks at the end, it would say so."""
    return os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


class ResumeTest(ProgramTest):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(self.folder.cleanup)
        pixels, labels = images()
        self.file("corner-images-idx3-ubyte", pixels)
        self.file("corner-labels-idx1-ubyte", labels)
        self.file("text.txt", "so it goes on, and on it goes; " * 12)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def bytes(self, name):
        with open(self.path(name), "rb") as stream:
            return stream.read()

    def names(self, part):
        return sorted(name for name in os.listdir(self.folder.name) if part in name)

    def remove(self, part):
        for name in self.names(part):
            os.unlink(self.path(name))

    def start(self, *arguments, stdout=subprocess.DEVNULL):
        return subprocess.Popen([WENGERT, "train", *arguments], stdin=subprocess.DEVNULL, stdout=stdout,
                                stderr=subprocess.PIPE, cwd=self.folder.name,
                                env=environment(ASAN_OPTIONS=no_leak_checker()))


class Killed(ResumeTest):
    def undisturbed(self, training):
        """The final weights, and how long a training takes that saves after every step."""
        self.good("train", *training, "--save", "undisturbed.safetensors")
        began = time.monotonic()
        self.good("train", *training, "--save", "saving.safetensors", "--snapshot", "whole", "--snapshot-every", "0")
        seconds = time.monotonic() - began
        self.remove("whole")
        expected = self.bytes("undisturbed.safetensors")
        self.assertEqual(self.bytes("saving.safetensors"), expected)
        return expected, seconds

    def kill_until_done(self, training, seconds, draw):
        """One training to its end. Returns how often it was killed, and how often in the middle of writing a file."""
        kills = inside = 0
        resume = []
        while True:
            every = draw.choice(["0", "0", "0.002"])
            process = self.start(*training, "--save", "killed.safetensors", "--snapshot", "killed", "--snapshot-every",
                                 every, *resume)
            try:
                messages = process.communicate(timeout=draw.uniform(0, 0.01 + seconds / 3))[1]
                self.assertEqual(process.returncode, 0, messages)
                return kills, inside
            except subprocess.TimeoutExpired:
                process.kill()
                messages = process.communicate()[1]
            if process.returncode != -signal.SIGKILL:  # it came to its end first
                self.assertEqual(process.returncode, 0, messages)
                return kills, inside
            self.assertEqual(messages.replace(b"wengert train: there is no snapshot killed yet; beginning at the start\n",
                                              b""), b"")
            kills += 1
            partial = self.names(".partial-")
            self.assertLessEqual(len(partial), 2)  # one of a snapshot, one of the net
            self.assertLessEqual(len(self.names("killed-")), 4)
            inside += len(partial) > 0
            resume = ["--resume"] if self.names("killed-") else []

    def test_a_killed_training_ends_with_the_same_bits(self):
        draw = random.Random(11)
        kills = inside = trainings = 0
        expected = {name: self.undisturbed(training) for name, training in TRAININGS.items()}
        while kills < KILLS:
            for name, training in TRAININGS.items():
                weights, seconds = expected[name]
                self.remove("killed")
                more, within = self.kill_until_done(training, seconds, draw)
                self.assertEqual(self.bytes("killed.safetensors"), weights, name)
                self.assertEqual(self.names(".partial-"), [])
                kills += more
                inside += within
                trainings += 1
        print(f"{kills} kills, {inside} of them while a file was being written, in {trainings} trainings")


class Interrupted(ResumeTest):
    LONG = ["E", *SMALL, "--optimizer", "adam", "--batch", "16", "--epochs", "4000"]

    def interrupt(self, number, *arguments):
        """Sends the signal when the first epoch has been told; returns the messages."""
        process = self.start(*self.LONG, *arguments, stdout=subprocess.PIPE)
        while not re.match(rb" +\d+ +\d", process.stdout.readline()):
            self.assertIsNone(process.poll())
        process.send_signal(number)
        messages = process.communicate(timeout=60)[1].decode()
        self.assertEqual(process.returncode, 130, messages)
        return messages

    def test_ctrl_c_saves_and_says_how_to_go_on(self):
        self.good("train", *self.LONG, "--save", "undisturbed.safetensors")
        for number in [signal.SIGINT, signal.SIGTERM]:
            self.remove("run-")
            messages = self.interrupt(number, "--snapshot", "run")
            self.assertRegex(messages, r"interrupted after step \d+ of \d+")
            saved = re.search(r"Saved as (run-\d+\.safetensors); the same command with --resume goes on", messages)
            self.assertIn(saved.group(1), self.names("run-"))
            self.interrupt(number, "--snapshot", "run", "--resume")
            self.good("train", *self.LONG, "--snapshot", "run", "--resume", "--save", "resumed.safetensors")
            self.assertEqual(self.bytes("resumed.safetensors"), self.bytes("undisturbed.safetensors"))

    def test_ctrl_c_without_snapshots_says_what_would_have_helped(self):
        self.assertIn("--snapshot NAME", self.interrupt(signal.SIGINT))


class Snapshots(ResumeTest):
    SHORT = ["D", *SMALL, "--batch", "16", "--epochs", "5"]

    def save(self, *arguments):
        return self.good("train", *self.SHORT, "--snapshot", "run", "--snapshot-every", "0", *arguments)

    def test_the_newest_are_kept(self):
        self.save("--keep", "2")
        self.assertEqual(self.names("run"), ["run-000029.safetensors", "run-000030.safetensors"])

    def test_another_training_does_not_begin_over_snapshots(self):
        self.save()
        result = self.fails(2, "train", *self.SHORT, "--snapshot", "run")
        self.assertIn("--resume", result.messages)

    def test_another_training_does_not_go_on(self):
        self.save()
        for arguments in [["--batch", "17"], ["--seed", "2"], ["--optimizer", "adam"], ["--rate", "0.5"],
                          ["--noise", "0.1"], ["--hold-out", "0.2"], ["--layers", "2,5,3"], ["--dtype", "f64"]]:
            result = self.fails(3, "train", *self.SHORT, *arguments, "--snapshot", "run", "--resume")
            self.assertRegex(result.messages, r"run-000030\.safetensors: ")

    def test_a_longer_training_goes_on(self):
        self.save()
        longer = [*self.SHORT[:-1], "9"]
        self.good("train", *longer, "--snapshot", "run", "--resume", "--save", "on.safetensors")
        self.good("train", *longer, "--save", "at-once.safetensors")
        self.assertEqual(self.bytes("on.safetensors"), self.bytes("at-once.safetensors"))

    def test_a_damaged_snapshot_is_passed_over_with_a_message(self):
        self.save("--save", "undisturbed.safetensors")
        with open(self.path("run-000030.safetensors"), "r+b") as stream:
            stream.truncate(1000)
        result = self.good("train", *self.SHORT, "--snapshot", "run", "--resume", "--save", "resumed.safetensors")
        self.assertRegex(result.messages, r"skipped a snapshot: run-000030\.safetensors: ")
        self.assertEqual(self.bytes("resumed.safetensors"), self.bytes("undisturbed.safetensors"))

    def limited(self, limit, *arguments):
        """Runs where no file may have more bytes than this: as with a disk that becomes full there."""
        process = subprocess.run(
            [WENGERT, "train", *self.SHORT, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=self.folder.name, env=environment(), timeout=60,
            preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        self.assertEqual(process.returncode, 3, process.stderr)
        self.assertEqual(self.names(".partial-"), [])
        return process.stderr.decode()

    def test_a_full_disk_is_reported_and_leaves_the_snapshots_before_it(self):
        self.good("train", *self.SHORT, "--save", "undisturbed.safetensors")
        self.good("train", *self.SHORT[:-1], "2", "--snapshot", "run", "--snapshot-every", "0")
        before = {name: self.bytes(name) for name in self.names("run-")}
        size = len(before["run-000012.safetensors"])
        for limit in [0, 1, 100, size - 1]:
            messages = self.limited(limit, "--snapshot", "run", "--resume", "--snapshot-every", "0")
            self.assertRegex(messages, r"run-000013\.safetensors: cannot be written: File too large")
            self.assertEqual({name: self.bytes(name) for name in self.names("run-")}, before)
        self.good("train", *self.SHORT, "--snapshot", "run", "--resume", "--save", "resumed.safetensors")
        self.assertEqual(self.bytes("resumed.safetensors"), self.bytes("undisturbed.safetensors"))

    def test_a_full_disk_is_reported_and_leaves_the_net_that_was_there(self):
        self.good("train", *self.SHORT, "--save", "net")
        before = self.bytes("net")
        for limit in [0, 100, len(before) - 1]:
            self.assertIn("net: cannot be written: File too large", self.limited(limit, "--seed", "2", "--save", "net"))
            self.assertEqual(self.bytes("net"), before)

    def test_a_name_in_no_folder_is_an_error_at_once(self):
        self.fails(3, "train", *self.SHORT, "--snapshot", "none/run")
        self.fails(3, "train", *self.SHORT, "--snapshot", "none/run", "--resume")


if __name__ == "__main__":
    skip_without_jansson()
    main()
