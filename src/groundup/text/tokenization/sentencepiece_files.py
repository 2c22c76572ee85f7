"""SentencePiece's `.model` files, read and written: Protocol Buffers by hand.

A message is a row of fields. Each begins with a number, field * 8 + kind: kind 0 is a whole number of seven bits a
byte, the lowest first, every byte but the last with its highest bit set; 1 and 5 are 8 and 4 bytes; 2 is a length and
so many bytes, which may be a message again. Unknown fields are skipped. What is used of sentencepiece_model.proto:

    ModelProto       1 piece (many)   2 TrainerSpec   3 NormalizerSpec
    piece            1 text   2 score (float)   3 kind, 1 to 6: normal, unknown, control, user defined, unused, byte
    TrainerSpec      3 model type (1 unigram, 2 BPE, 3 word, 4 char)   24 space as suffix   35 byte fallback
    NormalizerSpec   2 compiled map   3 dummy prefix   4 remove extra spaces   5 escape spaces
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundup.text.tokenization.unigram import KINDS, UnigramTokenizer
from groundup.text.tokenization.unigram_text import SentenceText

__all__ = ["fields", "from_model", "read_model", "to_model", "write_model"]

MODEL_TYPES = {1: "Unigram", 2: "BPE", 3: "word", 4: "char"}


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a message's fields: int for kind 0, bytes for the others.

    Raises
    ------
    ValueError
        If the bytes end within a field, or a kind is none.
    """
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _number(data, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _number(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"no SentencePiece model: a field of kind {kind} at byte {at}")
        if at + size > len(data):
            raise ValueError(f"no SentencePiece model: the field at byte {at} is cut off")
        yield tag >> 3, data[at : at + size]
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError(f"no SentencePiece model: a number without end at byte {at}")


def from_model(data: bytes) -> UnigramTokenizer:
    """The tokenizer in the bytes of a `.model` file.

    Raises
    ------
    ValueError
        If the bytes are none, or the model is not Unigram, or sets what is not supported here.
    """
    pieces, kinds = [], []
    trainer: dict[int, Any] = {}
    normalizer: dict[int, Any] = {}
    for number, value in fields(data):
        if number in (1, 2, 3) and not isinstance(value, bytes):
            raise ValueError("no SentencePiece model: a part of it is a number")
        if number == 1:
            piece, score, kind = _piece(dict(fields(value)))
            pieces.append((piece, score))
            kinds.append(kind)
        elif number == 2:
            trainer = dict(fields(value))
        elif number == 3:
            normalizer = dict(fields(value))
    if not pieces:
        raise ValueError("no SentencePiece model: it has no piece")
    if trainer.get(3, 1) != 1:
        raise ValueError(f"the model must be Unigram; got {MODEL_TYPES.get(trainer[3], trainer[3])}")
    if trainer.get(24):
        raise ValueError("the model puts spaces behind words (treat_whitespace_as_suffix), which is not supported")
    if not normalizer.get(5, 1):
        raise ValueError("the model keeps spaces as they are (escape_whitespaces is off), which is not supported")
    text = SentenceText(
        rules=normalizer.get(2, b""),
        form="",
        collapse=bool(normalizer.get(4, 1)),
        prefix=bool(normalizer.get(3, 1)),
        kept=tuple(piece for (piece, _), kind in zip(pieces, kinds, strict=True) if kind == "user_defined"),
    )
    return UnigramTokenizer(pieces, kinds=kinds, text=text, byte_fallback=bool(trainer.get(35)))


def _piece(message: dict[int, Any]) -> tuple[str, float, str]:
    kind = message.get(3, 1)
    if not 1 <= kind <= len(KINDS):
        raise ValueError(f"no SentencePiece model: a piece of kind {kind}")
    score = struct.unpack("<f", message[2])[0] if 2 in message else 0.0
    return message.get(1, b"").decode("utf-8"), score, KINDS[kind - 1]


def read_model(path: str | Path) -> UnigramTokenizer:
    """The tokenizer of a `.model` file; errors as in `from_model`."""
    return from_model(Path(path).read_bytes())


def to_model(tokenizer: UnigramTokenizer) -> bytes:
    """The bytes of a `.model` file that `sentencepiece` reads.

    Raises
    ------
    ValueError
        If the text is normalized in a way that the format cannot say: a Unicode form without a compiled map, or lower
        case.
    """
    text = tokenizer.text
    if text.form or text.lowercase:
        raise ValueError(
            "a .model file holds a compiled map of characters; this tokenizer has "
            + (f"the form {text.form}" if text.form else "lower case")
        )
    made = b""
    for piece, score, kind in zip(tokenizer.pieces, tokenizer.scores, tokenizer.kinds, strict=True):
        entry = _field(1, piece.encode()) + _tag(2, 5) + struct.pack("<f", score)
        made += _field(1, entry + (b"" if kind == "normal" else _field(3, KINDS.index(kind) + 1)))
    trainer = _field(3, 1) + _field(4, tokenizer.vocab_size) + _field(35, int(tokenizer.byte_fallback))
    trainer += _field(40, tokenizer.unknown)
    for number, name in ((41, "<s>"), (42, "</s>"), (43, "<pad>")):  # -1 where there is none
        trainer += _field(number, tokenizer.special_tokens.get(name, -1))
    normalizer = _field(1, b"identity" if not text.rules else b"custom") + _field(2, text.rules)
    normalizer += _field(3, int(text.prefix)) + _field(4, int(text.collapse)) + _field(5, 1)
    return made + _field(2, trainer) + _field(3, normalizer)


def write_model(tokenizer: UnigramTokenizer, path: str | Path) -> None:
    """Write a `.model` file; errors as in `to_model`."""
    Path(path).write_bytes(to_model(tokenizer))


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _tag(number, 0) + _varint(value)
    return _tag(number, 2) + _varint(len(value)) + value
