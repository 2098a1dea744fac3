"""safetensors files against the reference implementation, both ways: what wengert writes it reads, and the other way round.

The program tensors (its path is in TENSORS) writes and shows files, and wengert itself (in WENGERT) nets. Without the
packages safetensors and numpy the test is skipped (exit code 77). By hand, with a Python that has them:

    TENSORS=build/tests/peers/peers-tensors WENGERT=build/wengert python tests/peers/test_safetensors.py
"""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
try:
    import numpy
    import safetensors
    import safetensors.numpy
except ImportError:
    print("skipped: the reference implementation is not installed (pip install safetensors numpy)")
    sys.exit(77)

TENSORS, WENGERT = os.environ.get("TENSORS", "peers-tensors"), os.environ.get("WENGERT", "wengert")
TYPES = {"BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32", "I32": "int32",
         "U64": "uint64", "I64": "int64", "F16": "float16", "F32": "float32", "F64": "float64"}


def run(*command):
    return subprocess.run(command, capture_output=True, check=False, encoding="utf-8", stdin=subprocess.DEVNULL)


def shape_text(shape):
    return "(" + ",".join(map(str, shape)) + ")"


class Tensors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "file.safetensors")

    def good(self, *command):
        result = run(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def predicted(self, net, data):
        lines = self.good(WENGERT, "predict", net, "--data", data, "--probabilities", "--json").splitlines()
        return numpy.array([json.loads(line)["probabilities"] for line in lines])

    def test_what_wengert_writes_is_read(self):
        self.good(TENSORS, "write", self.path)
        tensors = safetensors.numpy.load_file(self.path)
        expected = {
            "f32": numpy.array([[0, -0.0, 1.5], [1e-45, 3.4028235e38, math.inf]], "float32"),
            "größe 🙂 \"q\"\n": numpy.array([0.1, -1e300, 5e-324]),
            "i64": numpy.array([[[-2**63, 2**63 - 1]], [[-7, 7]]]),
            "scalar": numpy.array(0.1),
            "none": numpy.zeros((0, 4), "float32"),
        }
        self.assertEqual(set(tensors), set(expected))
        for name, values in expected.items():
            self.assertEqual((tensors[name].dtype, tensors[name].shape), (values.dtype, values.shape), name)
            self.assertEqual(tensors[name].tobytes(), values.tobytes(), name)
        with safetensors.safe_open(self.path, "numpy") as file:
            self.assertEqual(file.metadata(), {"by": "wengert\t∂\\"})

    def test_what_the_reference_writes_is_read(self):
        draw = numpy.random.default_rng(1)
        tensors = {}
        for name, kind in TYPES.items():
            for shape in [(), (3,), (2, 3), (2, 0), (1, 2, 1, 2)]:
                bits = draw.integers(0, 256, int(numpy.prod(shape)) * numpy.dtype(kind).itemsize, dtype="uint8")
                values = (bits % 2).astype(bool) if kind == "bool" else bits.view(kind)
                tensors[f"{name}{shape}"] = values.reshape(shape)
        safetensors.numpy.save_file(tensors, self.path, {"by": "the \"reference\" ∂"})
        lines = self.good(TENSORS, "show", self.path).splitlines()
        self.assertEqual(lines.pop(), "by = the \"reference\" ∂")
        self.assertEqual(len(lines), len(tensors))
        for line in lines:
            name, kind, shape, elements = line.split("\t")
            values = tensors[name]
            self.assertEqual((TYPES[kind], shape), (values.dtype.name, shape_text(values.shape)), name)
            shown = elements.split()
            self.assertEqual(len(shown), values.size)
            for text, value in zip(shown, values.flatten().tolist()):
                if isinstance(value, float) or kind == "U64":
                    self.assertTrue(float(text) == float(value) or math.isnan(float(text)) and math.isnan(value), name)
                else:
                    self.assertEqual(int(text), int(value), name)

    def test_bf16_is_read(self):
        words = [0x3F80, 0xC040, 0x0001, 0x7F80, 0x3EAB]
        values = numpy.array(words, "<u2")
        if hasattr(safetensors, "TensorSpec"):
            tensor = safetensors.TensorSpec(dtype="bfloat16", shape=[5], data_ptr=values.ctypes.data, data_len=10)
        else:  # before 0.6
            tensor = {"dtype": "bfloat16", "shape": [5], "data": values.tobytes()}
        content = safetensors.serialize({"x": tensor})
        with open(self.path, "wb") as file:
            file.write(content)
        shown = self.good(TENSORS, "show", self.path).strip().split("\t")
        self.assertEqual(shown[:3], ["x", "BF16", "(5)"])
        expected = numpy.array([word << 16 for word in words], "uint32").view("float32").astype(float)
        self.assertEqual([float(text) for text in shown[3].split()], expected.tolist())

    def test_both_refuse_the_same_files(self):
        good = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
        spoiled = []
        for key, value in [("data_offsets", [0, 9]), ("data_offsets", [8, 0]), ("data_offsets", [4, 8]), ("shape", [3]),
                           ("shape", [-2]), ("dtype", "F99"), ("shape", [2**40, 2**40])]:
            spoiled.append(json.dumps({"a": {**good["a"], key: value}}))
        spoiled += ["{", "", " {}", "[]", json.dumps(good) + "x", json.dumps({"__metadata__": {"a": 1}}), "{}",
                    json.dumps({**good, "b": good["a"]})]
        for header in [json.dumps(good), *spoiled]:
            with open(self.path, "wb") as file:
                file.write(struct.pack("<Q", len(header)) + header.encode() + bytes(8))
            try:
                safetensors.numpy.load_file(self.path)
                read = True
            except Exception:  # the reference has several kinds
                read = False
            self.assertEqual(run(TENSORS, "show", self.path).returncode == 0, read, header)
            self.assertEqual(read, header not in spoiled)

    def test_a_net_is_what_its_formula_says(self):
        """The weights of a trained net, in NumPy, predict what wengert predicts."""
        net = os.path.join(os.path.dirname(self.path), "net.safetensors")
        self.good(WENGERT, "train", "E", "--hidden", "5", "--epochs", "50", "--standardize", "--dtype", "f64", "--save", net)
        tensors = safetensors.numpy.load_file(net)
        points = numpy.random.default_rng(2).normal(size=(20, 2))
        data = os.path.join(os.path.dirname(self.path), "points.csv")
        numpy.savetxt(data, points, fmt="%.17g", delimiter=",")
        shown = self.predicted(net, data)
        x = (points - tensors["scaler.mean"]) / tensors["scaler.deviation"]
        z = numpy.maximum(x @ tensors["W1"] + tensors["b1"], 0) @ tensors["W2"] + tensors["b2"]
        p = numpy.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        self.assertLess(numpy.abs(shown - p).max(), 1e-12)

    def test_a_net_of_numpy_is_used(self):
        """y = softmax(X·W + b), with weights in f16 that are exact in it."""
        weights = {"W": numpy.array([[1, -2, 0.5], [0, 3, -1]], "float16"), "b": numpy.array([[0, 0.25, -4]], "float16")}
        texts = {"net": "softmax", "dtype": "f64", "activation": "relu", "widths": "2,3"}
        safetensors.numpy.save_file(weights, self.path, texts)
        data = self.path + ".csv"
        with open(data, "w", encoding="utf-8") as file:
            file.write("1,2\n-3,0.5\n")
        shown = self.predicted(self.path, data)
        z = numpy.array([[1, 2], [-3, 0.5]]) @ weights["W"].astype(float) + weights["b"].astype(float)
        p = numpy.exp(z) / numpy.exp(z).sum(axis=1, keepdims=True)
        self.assertLess(numpy.abs(shown - p).max(), 1e-12)


if __name__ == "__main__":
    if run(TENSORS, "readable").returncode != 0:
        print("skipped: this wengert was built without jansson, and reads no safetensors files")
        sys.exit(77)
    unittest.main(verbosity=1)
