"""NPY and NPZ files written by NumPy are read here, and those written here are read by NumPy: the same types, shapes and bits.

The program array_copy (its path is in ARRAY_COPY) reads a file and writes what it has read into another. Without NumPy the
test is skipped (exit code 77). By hand, with a Python that has it:

    ARRAY_COPY=build/tests/peers/peers-array_copy python tests/peers/test_numpy.py
"""

import io
import itertools
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.dont_write_bytecode = True
try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed (pip install numpy)")
    sys.exit(77)

TYPES = ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
SHAPES = [(), (0,), (1,), (7,), (3, 4), (2, 3, 5), (2, 1, 3, 2), (0, 3), (4, 0, 2), (2,) * 8]


def numbers(kind, shape):
    """Numbers over the type's whole range, with what only bits tell apart: -0.0, NaN, infinities."""
    count = int(np.prod(shape))
    raw = np.random.default_rng(count).integers(0, 256, count * np.dtype(kind).itemsize, dtype=np.uint8)
    array = raw.view(kind).copy()
    if array.dtype.kind == "f" and count >= 4:
        array[:4] = [-0.0, np.inf, -np.inf, np.nan]
    return array.reshape(shape)


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def copy(self, source, target, *more):
        command = [os.environ["ARRAY_COPY"], self.path(source), self.path(target), *more]
        run = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def refused(self, source):
        command = [os.environ["ARRAY_COPY"], self.path(source), self.path("refused" + source[-4:])]
        run = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        return run.stderr.replace(self.folder + "/", "").strip()

    def test_every_type_shape_and_order_of_npy_keeps_its_bits(self):
        for kind, shape, order, fortran in itertools.product(TYPES, SHAPES, "<>", (False, True)):
            with self.subTest(kind=kind, shape=shape, order=order, fortran=fortran):
                expected = numbers(kind, shape)
                array = expected.astype(expected.dtype.newbyteorder(order))
                np.save(self.path("a.npy"), array.copy(order="F" if fortran else "C"))
                self.copy("a.npy", "b.npy")
                self.assertTrue(same(np.load(self.path("b.npy")), expected))

    def test_all_versions_of_the_format_are_read(self):
        expected = numbers("f8", (3, 4))
        for version in (1, 0), (2, 0), (3, 0):
            with open(self.path("a.npy"), "wb") as file:
                np.lib.format.write_array(file, expected, version=version)
            self.copy("a.npy", "b.npy")
            self.assertTrue(same(np.load(self.path("b.npy")), expected))

    def test_what_is_written_here_is_what_numpy_writes(self):
        for kind, shape in itertools.product(TYPES, SHAPES):
            np.save(self.path("a.npy"), numbers(kind, shape))
            self.copy("a.npy", "b.npy")
            with open(self.path("a.npy"), "rb") as a, open(self.path("b.npy"), "rb") as b:
                self.assertEqual(a.read(), b.read())

    def test_booleans_become_bytes(self):
        np.save(self.path("a.npy"), np.array([True, False, True]))
        self.copy("a.npy", "b.npy")
        self.assertTrue(same(np.load(self.path("b.npy")), np.array([1, 0, 1], "u1")))

    def test_other_types_are_refused_by_their_names(self):
        for array, name in [
            (np.zeros(2, "f2"), "<f2"),
            (np.zeros(2, "c16"), "<c16"),
            (np.array(["a", "b"]), "<U1"),
            (np.zeros(2, "M8[s]"), "<M8[s]"),
        ]:
            np.save(self.path("a.npy"), array)
            self.assertEqual(
                self.refused("a.npy"),
                f"a.npy: its elements are of the type '{name}'; f4, f8, i1 to i8 and u1 to u8 are read",
            )
        np.save(self.path("a.npy"), np.array([None, {}], dtype=object), allow_pickle=True)
        self.assertIn("'|O'", self.refused("a.npy"))
        np.save(self.path("a.npy"), np.zeros(2, [("x", "f4"), ("y", "i2")]))
        self.assertIn("descr is not the name of a type", self.refused("a.npy"))

    def test_npz_files_are_read_and_written_stored_and_compressed(self):
        arrays = {f"{kind}-{len(shape)}": numbers(kind, shape) for kind, shape in itertools.product(TYPES, SHAPES)}
        arrays |= {"größe": np.arange(5.0), "zeros": np.zeros((300, 300))}
        for save, more in itertools.product((np.savez, np.savez_compressed), ((), ("packed",))):
            save(self.path("a.npz"), **arrays)
            self.copy("a.npz", "b.npz", *more)
            with np.load(self.path("b.npz")) as read:
                self.assertEqual(sorted(read), sorted(arrays))
                for name, expected in arrays.items():
                    self.assertTrue(same(read[name], expected), name)
            with zipfile.ZipFile(self.path("b.npz")) as archive:
                self.assertIsNone(archive.testzip())
                packed = {entry.compress_type for entry in archive.infolist()}
                self.assertEqual(packed, {zipfile.ZIP_DEFLATED if more else zipfile.ZIP_STORED})

    def test_npz_files_written_to_a_pipe_are_read(self):
        """Then sizes and checksums stand after an entry's bytes."""

        class Pipe(io.RawIOBase):
            def __init__(self):
                self.bytes = b""

            def writable(self):
                return True

            def write(self, data):
                self.bytes += bytes(data)
                return len(data)

        for save in (np.savez, np.savez_compressed):
            pipe = Pipe()
            save(pipe, x=np.arange(6).reshape(2, 3), y=np.ones(4))
            with open(self.path("a.npz"), "wb") as file:
                file.write(pipe.bytes)
            self.copy("a.npz", "b.npz")
            with np.load(self.path("b.npz")) as read:
                self.assertTrue(same(read["x"], np.arange(6).reshape(2, 3)))
                self.assertTrue(same(read["y"], np.ones(4)))

    def test_an_empty_archive_holds_no_arrays(self):
        np.savez(self.path("a.npz"))
        self.copy("a.npz", "b.npz")
        with np.load(self.path("b.npz")) as read:
            self.assertEqual(list(read), [])

    def test_a_damaged_byte_anywhere_is_noticed_or_does_not_matter(self):
        """Every byte of an archive changed in turn: it is refused, or the arrays are the same."""
        expected = {"x": np.arange(6, dtype="f4").reshape(2, 3)}
        np.savez_compressed(self.path("good.npz"), **expected)
        with open(self.path("good.npz"), "rb") as file:
            good = file.read()
        refused = 0
        for i in range(len(good)):
            bad = bytearray(good)
            bad[i] ^= 1 << i % 8
            with open(self.path("a.npz"), "wb") as file:
                file.write(bad)
            command = [os.environ["ARRAY_COPY"], self.path("a.npz"), self.path("b.npz")]
            if subprocess.run(command, capture_output=True).returncode:
                refused += 1
                continue
            with np.load(self.path("b.npz")) as read:
                self.assertEqual(len(list(read)), 1)
                for name in read:
                    self.assertTrue(same(read[name], expected["x"]), f"byte {i}")
        self.assertGreater(refused, len(good) // 2)

    def test_a_size_beyond_the_file_is_refused(self):
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }".ljust(117) + "\n"
        with open(self.path("a.npy"), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(95))
        self.assertEqual(self.refused("a.npy"), "a.npy: the header's shape does not fit the 95 bytes of elements")


if __name__ == "__main__":
    unittest.main(verbosity=1)
