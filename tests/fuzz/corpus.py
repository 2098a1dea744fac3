"""Small files of every format for the fuzz targets to begin with: corpus.py FOLDER writes FOLDER/csv/…, FOLDER/npy/… and so on."""

import gzip
import io
import json
import math
import os
import struct
import sys
import zipfile

sys.dont_write_bytecode = True


def csv():
    yield b"5.1,3.5,0\n4.9,3.0,1\n"
    yield b"length,width,kind\r\n1,2,cat\r\n3,4,dog\r\n"
    yield b'\xef\xbb\xbf"a ""b""","c,d",e\n1,2,"x, y"\n3,4,z\n\n'
    yield b"2,2,ant,bee\n1,2,1\n3,4,0\n"
    yield b"1;nan;a\n-inf;1e999;b\n"
    yield b"1\t-.5e-3\tx\n+2.\t0x1p3\ty"
    yield "größe,kind\n1,日本\n2,ü\n".encode()
    yield b'1,"never closed\n2,3\n'
    yield b"1," * 40 + b"0\n"
    yield b"1,70000\n2,-1\n3,9007199254740993\n"


def idx_file(code, sizes, data):
    return bytes([0, 0, code, len(sizes)]) + b"".join(struct.pack(">I", size) for size in sizes) + data


def idx():
    yield idx_file(8, [2, 2, 3], bytes(range(12)))
    yield idx_file(8, [3], b"\x00\x09\x05")
    yield idx_file(9, [2, 1], b"\x80\x7f")
    yield idx_file(0x0B, [2], b"\x00\x01\xff\xfe")
    yield idx_file(0x0C, [1], b"\x80\x00\x00\x00")
    yield idx_file(0x0D, [2, 2], struct.pack(">4f", 1, -2, 3e38, float("nan")))
    yield idx_file(0x0E, [1, 2], struct.pack(">2d", 1.5, float("inf")))
    yield idx_file(8, [0xFFFFFFFF] * 3, b"")
    yield idx_file(8, [0, 5], b"")
    yield idx_file(8, [2, 3, 2, 2], bytes(24))


def npy_file(descr, shape, data, fortran=False, version=1):
    header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    start = 10 if version == 1 else 12
    header += " " * ((-start - len(header) - 1) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


def npy():
    yield npy_file("<f8", (2, 3), struct.pack("<6d", 1, 2, 0, 4, 5, 1))
    yield npy_file(">f4", (2, 2), struct.pack(">4f", 1, 2, 3, 0), fortran=True)
    yield npy_file("|u1", (2, 2, 2), bytes(range(8)), version=2)
    yield npy_file("<i8", (3,), struct.pack("<3q", -(2**63), 0, 2**63 - 1), version=3)
    yield npy_file("<u8", (1, 2), b"\xff" * 16)
    yield npy_file("|b1", (), b"\x01")
    yield npy_file(">i2", (2, 1, 3, 1), bytes(12), fortran=True)
    yield npy_file("<f8", (0, 3), b"")
    yield npy_file("<f8", (2**40, 2**40), b"")
    yield npy_file("<f8", (2,), struct.pack("<2d", float("nan"), float("inf")))
    yield npy_file("<c16", (1,), bytes(16))


def npz_file(method, names, arrays, stream=False):
    class Stream(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError

    file = Stream() if stream else io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, array in zip(names, arrays):
            about = zipfile.ZipInfo(name)
            about.compress_type = method
            with archive.open(about, "w", force_zip64=not stream) as entry:
                entry.write(array)
    return file.getvalue()


def npz():
    small = npy_file("|u1", (3,), b"\x01\x02\x03")
    large = npy_file("<f8", (1000,), bytes(8000))
    yield npz_file(zipfile.ZIP_STORED, ["x.npy", "y.npy"], [small, small])
    yield npz_file(zipfile.ZIP_DEFLATED, ["x.npy", "größe.npy"], [small, large])
    yield npz_file(zipfile.ZIP_DEFLATED, ["x.npy"], [small], stream=True)
    empty = npz_file(zipfile.ZIP_STORED, [], [])
    yield empty
    yield empty[:8] + b"\xfd\xff" * 2 + empty[12:]  # 65533 entries
    yield npz_file(zipfile.ZIP_STORED, ["x.txt"], [b"text"])
    bomb = npz_file(zipfile.ZIP_DEFLATED, ["x.npy"], [npy_file("|u1", (3000000,), bytes(3000000))])
    yield bomb


def packed():
    for data in list(idx()) + [b"", b"1,2,0\n" * 50, bytes(2000000)]:
        yield gzip.compress(data, mtime=0)
    yield gzip.compress(b"1,2,0\n", mtime=0) * 3
    yield gzip.compress(b"1,2,0\n", mtime=0)[:-5]


def safetensors_file(tensors, texts=None, padding=0):
    """Tensors as (name, type, shape, bytes)."""
    header, at = {}, 0
    if texts is not None:
        header["__metadata__"] = texts
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, ensure_ascii=False).encode() + b" " * padding
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, _, _, data in tensors)


def safetensors_model(spec, weights, **texts):
    return safetensors_file([(name, "F64", shape, bytes(8 * math.prod(shape))) for name, shape in weights],
                            {"model": "1", "activation": "tanh", "dtype": "f64", **spec, **texts})


def safetensors():
    types = {"BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4, "U64": 8, "I64": 8, "F16": 2, "BF16": 2,
             "F32": 4, "F64": 8}
    yield safetensors_file([])
    yield safetensors_file([(name, name, [3], bytes(range(3 * size))) for name, size in types.items()], padding=5)
    yield safetensors_file([("x", "F32", [], b"\0\0\xc0\x7f"), ("none", "F64", [0, 5], b"")], {"k\n\"": "größe 🙂"})
    yield safetensors_file([("x", "F64", [2**40, 2**40], bytes(8))])
    yield safetensors_file([("x", "U64", [1] * 8, b"\xff" * 8)], {})
    yield struct.pack("<Q", 2**63) + b"{}"
    yield struct.pack("<Q", 40) + b'{"a":' * 8
    yield safetensors_model({"net": "softmax", "widths": "2,3"}, [("W", [2, 3]), ("b", [1, 3])])
    scaled = [("W1", "F32", [2, 4], bytes(32)), ("b1", "F16", [1, 4], bytes(8)), ("W2", "F32", [4, 3], bytes(48)),
              ("b2", "F32", [1, 3], bytes(12)), ("scaler.mean", "F64", [2], bytes(16)),
              ("scaler.deviation", "F64", [2], struct.pack("<2d", 1, 2))]
    yield safetensors_file(scaled, {
        "model": "1", "net": "layers", "dtype": "f32", "activation": "relu", "widths": "2,4,3", "dropout": "0.1",
        "data.columns": "2", "data.classes": "3", "data.column.0": "a", "data.column.1": "b", "data.class.0": "x",
        "data.class.1": "y", "data.class.2": "z", "data.label": "kind", "data.image": "1,1,2"})
    yield safetensors_model(
        {"net": "rnn", "widths": "2,3,2", "steps": "6"},
        [("E", [2, 3]), ("Wx1", [3, 3]), ("Wh1", [3, 3]), ("bx1", [3]), ("bh1", [3]), ("Wy", [3, 2]), ("by", [1, 2])],
        vocabulary="é\n")
    yield safetensors_model({"net": "transformer", "widths": "2,4,2", "steps": "3", "blocks": "1", "heads": "2"},
                            [("E", [2, 4])], vocabulary="ab")
    yield safetensors_model({"net": "cnn", "widths": "64,16,10", "image": "1,8,8", "filters": "4,8", "kernel": "3"}, [])


def main(folder):
    for name, files in {"csv": csv, "idx": idx, "npy": npy, "npz": npz, "gzip": packed,
                        "safetensors": safetensors}.items():
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for number, content in enumerate(files()):
            with open(os.path.join(folder, name, f"seed-{number:02}"), "wb") as file:
                file.write(content)


if __name__ == "__main__":
    main(sys.argv[1])
