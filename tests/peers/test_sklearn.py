"""Metrics against scikit-learn's, on random predictions, good and bad ones, with classes that never come up.

The program metric_values (its path is in METRIC_VALUES) prints what wengert computes. Without scikit-learn the test is
skipped (exit code 77). By hand, with a Python that has it:

    METRIC_VALUES=build/tests/peers/peers-metric_values python tests/peers/test_sklearn.py
"""

import json
import os
import subprocess
import sys
import unittest
import warnings

try:
    import numpy
    import sklearn
    from sklearn import metrics
except ImportError:
    print("skipped: scikit-learn is not installed (pip install scikit-learn)")
    sys.exit(77)
if tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 5):
    print(f"skipped: scikit-learn {sklearn.__version__} divides by zero in another way")
    sys.exit(77)
warnings.simplefilter("ignore")


def wengert(labels, predicted, probabilities, zero):
    classes = probabilities.shape[1]
    lines = [f"{len(labels)} {classes} {zero}"]
    for label, guess, row in zip(labels, predicted, probabilities):
        lines.append(f"{label} {guess} " + " ".join(repr(float(p)) for p in row))
    done = subprocess.run([os.environ["METRIC_VALUES"]], input="\n".join(lines), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def scene(seed, classes, rows, skill, missing=()):
    """Labels, predictions and probabilities; classes that are missing never come up, nor are they predicted."""
    random = numpy.random.default_rng(seed)
    present = [k for k in range(classes) if k not in missing]
    labels = random.choice(present, rows)
    logits = random.normal(size=(rows, classes))
    logits[numpy.arange(rows), labels] += skill
    for k in missing:
        logits[:, k] = -30
    probabilities = numpy.exp(logits) / numpy.exp(logits).sum(axis=1, keepdims=True)
    return labels, probabilities.argmax(axis=1), probabilities


SCENES = {
    "good": scene(1, 4, 200, 3.0),
    "chance": scene(2, 3, 300, 0.0),
    "two classes": scene(3, 2, 150, 1.0),
    "classes missing": scene(4, 6, 80, 1.0, missing=(1, 4)),
    "few samples": scene(5, 10, 7, 0.5),
}
ZERO = {0: 0.0, 1: 1.0, 2: numpy.nan}


class Metrics(unittest.TestCase):
    def close(self, what, found, expected):
        found = numpy.nan if found is None else found
        numpy.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14, err_msg=what)

    def each(self):
        for name, (labels, predicted, probabilities) in SCENES.items():
            for zero, value in ZERO.items():
                with self.subTest(name, zero=zero):
                    classes = list(range(probabilities.shape[1]))
                    found = wengert(labels, predicted, probabilities, zero)
                    yield labels, predicted, probabilities, classes, value, found

    def test_scores(self):
        for labels, predicted, _, classes, zero, found in self.each():
            of_class = metrics.precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=zero)
            for k in classes:
                for name, values in zip(("precision", "recall", "f1"), of_class):
                    self.close(f"{name} of {k}", found[f"class {k}"][name], values[k])
            for average in ("micro", "macro", "weighted"):
                scores = metrics.precision_recall_fscore_support(
                    labels, predicted, labels=classes, average=average, zero_division=zero
                )
                for name, value in zip(("precision", "recall", "f1"), scores):
                    self.close(f"{average} {name}", found[average][name], value)

    def test_agreement(self):
        for labels, predicted, _, classes, _, found in self.each():
            confusion = metrics.confusion_matrix(labels, predicted, labels=classes)
            self.assertEqual(found["confusion"], confusion.flatten().tolist())
            self.close("accuracy", found["accuracy"], metrics.accuracy_score(labels, predicted))
            self.close("balanced", found["balanced"], metrics.balanced_accuracy_score(labels, predicted))
            self.close("kappa", found["kappa"], metrics.cohen_kappa_score(labels, predicted, labels=classes))
            self.close("mcc", found["mcc"], metrics.matthews_corrcoef(labels, predicted))

    def test_probabilities(self):
        for labels, predicted, probabilities, classes, _, found in self.each():
            self.close("log loss", found["log loss"], metrics.log_loss(labels, probabilities, labels=classes))
            one_hot = numpy.eye(len(classes))[labels]
            self.close("brier", found["brier"], ((probabilities - one_hot) ** 2).sum(axis=1).mean())
            for k in (1, 2, 3):
                if len(classes) <= 2 or k >= len(classes):
                    continue  # scikit-learn wants the scores of one class for two, and k below the classes
                value = metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=classes)
                self.close(f"top {k}", found[f"top {k}"], value)

    def test_calibration(self):
        """By the definition of Guo et al., in NumPy."""
        for labels, predicted, probabilities, _, _, found in self.each():
            confidence, right = probabilities.max(axis=1), predicted == labels
            ece, mce = 0.0, 0.0
            for b in range(10):
                inside = (confidence > b / 10) & (confidence <= (b + 1) / 10)
                self.assertEqual(found["bins"][b][0], inside.sum())
                if inside.any():
                    gap = abs(right[inside].mean() - confidence[inside].mean())
                    ece, mce = ece + inside.mean() * gap, max(mce, gap)
            self.close("ece", found["ece"], ece)
            self.close("mce", found["mce"], mce)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
