"""Plain data on the wire between judge and worker: a JSON header and raw array bytes, never pickle.

What may travel is a short list of exact types. The worker's end may be in hostile hands, so `decode` trusts nothing:
it checks types, sizes and shapes, and builds values of plain types only.
"""

import functools
import json
import math
import re
import socket
import struct
from typing import Any

import numpy as np

__all__ = ["Code", "Refused", "decode", "encode", "open_frame", "receive", "send"]

MAX_BYTES = 256 * 2**20  # of arrays
MAX_HEADER = 16 * 2**20  # of all else: JSON takes twenty times its length in memory
MAX_NODES = 500_000
MAX_DEPTH = 50
FRAME = struct.Struct("<4sQQ")
MAGIC = b"gu1 "
DTYPE = re.compile(r"[<>|=]?([biufc]\d{1,2}|U\d{1,4})")


class Refused(ValueError):
    """The value cannot travel; the message is a noun phrase that says what it is."""


class Code:
    """A function given to the learner's code as its source, e.g. ``Code("lambda x: np.sin(x) * x")``.

    It is callable on both sides, with `np` and `math` at hand, and shows as its source.

    Parameters
    ----------
    source : str
        An expression whose value is callable.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._function = eval(compile(source, "<argument>", "eval"), {"np": np, "math": math})
        if not callable(self._function):
            raise TypeError(f"Code needs an expression for a function, got {source!r}")
        functools.update_wrapper(self, self._function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return self.source


class _Encoder:
    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.size = 0
        self.nodes = 0

    def tree(self, value: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise Refused(f"a value nested more than {MAX_DEPTH} deep")
        if self.nodes > MAX_NODES:
            raise Refused(f"a value of more than {MAX_NODES} parts")
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if isinstance(value, list):
            return [self.tree(v, depth + 1) for v in value]
        if isinstance(value, tuple):
            return {"t": "tuple", "v": [self.tree(v, depth + 1) for v in value]}
        if isinstance(value, dict):
            return {"t": "dict", "v": [[self.tree(k, depth + 1), self.tree(v, depth + 1)] for k, v in value.items()]}
        if kind is complex:
            return {"t": "complex", "v": [value.real, value.imag]}
        if kind is Code:
            return {"t": "code", "v": value.source}
        if kind is np.ndarray:
            return self.array("array", value)
        if isinstance(value, np.generic):
            return self.array("scalar", np.asarray(value))
        if kind.__name__ in ("Tensor", "Parameter") and kind.__module__.startswith("torch"):
            return self.array("tensor", value.detach().cpu().numpy())
        raise Refused(_called(value))

    def array(self, tag: str, value: np.ndarray) -> Any:
        if not DTYPE.fullmatch(value.dtype.str):
            raise Refused(f"an array of dtype {value.dtype}")
        blob = np.ascontiguousarray(value).tobytes()
        self.size += len(blob)
        if self.size > MAX_BYTES:
            raise Refused(f"more than {MAX_BYTES >> 20} MiB of arrays")
        self.blobs.append(blob)
        return {"t": tag, "d": value.dtype.str, "s": list(value.shape)}


def _called(value: Any) -> str:
    kind = type(value)
    if isinstance(value, np.ndarray):
        return f"a {kind.__module__}.{kind.__qualname__}, where a plain NumPy array is wanted"
    known = {"generator": "a generator", "set": "a set", "function": "a function", "map": "a map object"}
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return known.get(kind.__qualname__) or f"an object of type {name}"


def encode(value: Any) -> bytes:
    """One frame: lengths, JSON header, array bytes. Equal values give equal bytes (NaN included).

    Raises
    ------
    Refused
        For a value outside the list of types, or too large.
    """
    encoder = _Encoder()
    try:
        header = json.dumps(encoder.tree(value)).encode()
    except (RecursionError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("a value that contains itself or a number that is too long") from None
    if len(header) > MAX_HEADER:
        raise Refused(f"more than {MAX_HEADER >> 20} MiB of numbers and text outside arrays")
    return b"".join([FRAME.pack(MAGIC, len(header), encoder.size), header, *encoder.blobs])


class _Decoder:
    def __init__(self, body: memoryview, torch: bool) -> None:
        self.body, self.torch, self.at, self.nodes = body, torch, 0, 0

    def value(self, tree: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise Refused("a value that is nested too deep or has too many parts")
        if tree is None or isinstance(tree, bool | int | float | str):
            return tree
        if isinstance(tree, list):
            return [self.value(v, depth + 1) for v in tree]
        tag = tree.get("t")
        if tag == "tuple":
            return tuple(self.value(v, depth + 1) for v in tree["v"])
        if tag == "dict":
            return {self.value(k, depth + 1): self.value(v, depth + 1) for k, v in tree["v"]}
        if tag == "complex":
            return complex(*tree["v"])
        if tag == "code" and self.torch:  # only a worker is sent source; it is never run for what a worker says
            return Code(tree["v"])
        if tag in ("array", "scalar", "tensor"):
            return self.array(tag, tree)
        raise Refused("a value of an unknown kind")

    def array(self, tag: str, tree: dict) -> Any:
        dtype, shape = tree["d"], tree["s"]
        if not (isinstance(dtype, str) and DTYPE.fullmatch(dtype)):
            raise Refused("an array of an unknown dtype")
        if not (len(shape) <= 32 and all(type(n) is int and n >= 0 for n in shape)):
            raise Refused("an array of an impossible shape")
        kind = np.dtype(dtype)
        size = kind.itemsize * math.prod(shape)
        part = self.body[self.at : self.at + size]
        if len(part) != size:
            raise Refused("an array whose bytes are missing")
        self.at += size
        array = np.frombuffer(part, kind).reshape(shape).copy()
        if tag == "tensor" and self.torch:
            import torch

            return torch.from_numpy(array)
        return array[()] if tag == "scalar" else array


def decode(header: bytes, body: bytes, *, worker: bool = False) -> Any:
    """The value of a frame. In a worker, tensors become torch's and `Code` becomes callable; in the judge neither.

    Raises
    ------
    Refused
        When the frame breaks a rule.
    """
    try:
        return _Decoder(memoryview(body), worker).value(json.loads(header))
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"an answer that cannot be read ({type(error).__name__})") from None


def open_frame(frame: bytes, *, worker: bool = False) -> Any:
    """The value of a whole frame, as `encode` made it."""
    _, header, _ = FRAME.unpack(frame[: FRAME.size])
    at = FRAME.size + header
    return decode(frame[FRAME.size : at], frame[at:], worker=worker)


def send(channel: socket.socket, value: Any) -> None:
    """Encodes `value` and writes its frame."""
    channel.sendall(encode(value))


def receive(channel: socket.socket, *, worker: bool = False) -> Any:
    """Reads a frame and decodes it. EOFError at the end of the stream."""
    magic, header, body = FRAME.unpack(_exactly(channel, FRAME.size))
    if magic != MAGIC or header > MAX_HEADER or body > MAX_BYTES:
        raise Refused("an answer that cannot be read")
    return decode(_exactly(channel, header), _exactly(channel, body), worker=worker)


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 2**20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
