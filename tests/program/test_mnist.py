"""MNIST, if it is there (../shared/data/mnist beside the source, or the folder in WENGERT_MNIST): the nets of
docs/error-analysis.md, with fewer epochs than there, must be better than a floor that a broken trainer does not reach.

With WENGERT_MNIST_FULL=1 the documented commands themselves are run, for the seeds 1 to 3, and the median must be 98.0 % for
the net of layers and 99.0 % for the convolutional net; that takes some minutes."""

import os
import pathlib
import statistics
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main

MNIST = os.environ.get("WENGERT_MNIST") or str(pathlib.Path(os.environ.get("WENGERT_ROOT", ".")) / "../shared/data/mnist")

LAYERS = ["E", "--hidden", "256,128", "--dropout", "0.2", "--rate", "0.002", "--batch", "128"]
IMAGES = ["cnn", "--filters", "8,16", "--kernel", "5", "--hidden", "128", "--shift", "1", "--rate", "0.003", "--batch", "64"]
FULL = os.environ.get("WENGERT_MNIST_FULL") == "1"


class Mnist(ProgramTest):
    def accuracy(self, net, epochs, seed):
        found = self.good("train", *net, "--data", MNIST, "--test", MNIST, "--optimizer", "adam", "--schedule",
                          "one-cycle", "--epochs", str(epochs), "--seed", str(seed), "--json", timeout=3600).json()
        self.assertEqual((found["training"]["rows"], found["held_out"]["rows"]), (60000, 10000))
        return found["held_out"]["accuracy"]

    def test_a_net_of_layers_learns_digits(self):
        self.assertGreater(self.accuracy(LAYERS, 1, seed=1), 0.95)

    def test_a_convolutional_net_learns_digits(self):
        self.assertGreater(self.accuracy(IMAGES, 1, seed=1), 0.965)

    def test_the_documented_commands_reach_what_they_say(self):
        if not FULL:
            self.skipTest("WENGERT_MNIST_FULL=1 runs it")
        for net, epochs, least in [(LAYERS, 8, 0.98), (IMAGES, 6, 0.99)]:
            accuracies = [self.accuracy(net, epochs, seed) for seed in (1, 2, 3)]
            print(net[0], accuracies, flush=True)
            self.assertGreaterEqual(statistics.median(accuracies), least)


if __name__ == "__main__":
    if not os.path.isdir(MNIST):
        print(f"skipped: {MNIST} is not there; WENGERT_MNIST names the folder with MNIST's four files")
        sys.exit(77)
    main()
