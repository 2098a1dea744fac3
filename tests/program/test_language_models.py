"""Character models that learn from this project's own documentation predict what comes next better than counting does.

The text is the prose of docs/*.md, one page after another, at most 80,000 characters, of which the last tenth is held out:
without code, tables and operations.md, which say the same over and over. A net is measured by its mean loss in nats per
character there, over several seeds of which the median counts; bigrams and trigrams are counted in the other nine tenths
and smoothed by add-k with the k that suits the held-out text best. The nets here learn for seconds; five seeds and three
times as many epochs, in some minutes:

    WENGERT=build/wengert WENGERT_ROOT=. WENGERT_SEEDS=5 WENGERT_EPOCHS=3 python tests/program/test_language_models.py
"""

import os
import pathlib
import re
import statistics
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main, skip_without_jansson

SEEDS = int(os.environ.get("WENGERT_SEEDS", "3"))
TIMES = int(os.environ.get("WENGERT_EPOCHS", "1"))
LONGEST = 80_000  # characters

# What is learned in a few seconds: the net's options, and epochs.
MODELS = {
    "rnn": (["--hidden", "96", "--batch", "8", "--rate", "0.004"], 3),
    "lstm": (["--hidden", "96", "--batch", "4", "--rate", "0.007"], 2),
    "transformer": (["--hidden", "64", "--heads", "4", "--batch", "4", "--rate", "0.002"], 6),
}
LEARNING = ["--steps", "16", "--init", "xavier", "--optimizer", "adam", "--schedule", "one-cycle", "--clip-norm", "1"]


def prose(page):
    """A page without fenced blocks and tables, which say the same over and over."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^\|.*\n", "", text, flags=re.MULTILINE)


class LanguageModels(ProgramTest):
    def losses(self, net, options, epochs):
        """The held-out loss for each seed, and the losses of bigrams and trigrams."""
        data = ["--data", "text.txt", "--hold-out", "0.1"]
        losses = []
        for seed in range(1, SEEDS + 1):
            self.good("train", net, *data, *options, *LEARNING, "--epochs", str(epochs * TIMES), "--seed", str(seed),
                      "--save", "net.safetensors", timeout=6000)
            found = self.good("analyze", "net.safetensors", *data, "--json").json()
            losses.append(found["loss"])
        counted = {line["n"]: line["loss"] for line in found["ngrams"]}
        return losses, counted[2], counted[3]

    def test_they_beat_bigrams_and_trigrams(self):
        root = pathlib.Path(os.environ["WENGERT_ROOT"])
        text = "".join(prose(page) for page in sorted((root / "docs").glob("*.md"))
                       if page.name != "operations.md")
        self.file("text.txt", text[:LONGEST])
        for net, (options, epochs) in MODELS.items():
            with self.subTest(net):
                losses, bigrams, trigrams = self.losses(net, options, epochs)
                median = statistics.median(losses)
                print(f"{net}: median {median:.3f} nats of {[round(loss, 3) for loss in losses]}, "
                      f"bigrams {bigrams:.3f}, trigrams {trigrams:.3f}", flush=True)
                self.assertLess(median, bigrams)
                self.assertLess(median, trigrams)


if __name__ == "__main__":
    skip_without_jansson()
    main()
