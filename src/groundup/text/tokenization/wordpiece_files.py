"""WordPiece in the published files: vocab.txt, a piece a line, and the `tokenizer.json` of the library `tokenizers`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundup.text.tokenization.wordpiece import WordPieceTokenizer
from groundup.text.tokenization.wordpiece_text import BertText

__all__ = ["from_published", "read_vocab", "to_published", "write_vocab"]


def read_vocab(path: str | Path, *, lowercase: bool = True, strip_accents: bool | None = None) -> WordPieceTokenizer:
    """A vocab.txt; the file does not say whether it is cased, so the caller does.

    Raises
    ------
    ValueError
        If a piece stands twice, or [UNK] is missing.
    """
    # not splitlines: a piece may be a separator of its own, such as U+2028
    lines = Path(path).read_bytes().decode("utf-8").replace("\r\n", "\n").split("\n")
    pieces = lines[:-1] if lines[-1] == "" else lines
    vocabulary = {piece: k for k, piece in enumerate(pieces)}
    if len(vocabulary) < len(pieces):
        double = next(piece for k, piece in enumerate(pieces) if vocabulary[piece] != k)
        raise ValueError(f"{path} has the piece {double!r} twice")
    return WordPieceTokenizer(vocabulary, text=BertText(lowercase=lowercase, strip_accents=strip_accents))


def write_vocab(tokenizer: WordPieceTokenizer, path: str | Path) -> None:
    """Write vocab.txt."""
    Path(path).write_bytes("".join(f"{piece}\n" for piece in tokenizer.pieces).encode())


def from_published(data: Mapping[str, Any]) -> WordPieceTokenizer:
    """A `tokenizer.json` with a model of type WordPiece, already parsed.

    Raises
    ------
    ValueError
        If it cuts text in a way that is not BERT's; the message names the part.
    """
    model = data["model"]
    normalizer, splitter = data.get("normalizer") or {}, data.get("pre_tokenizer") or {}
    if normalizer.get("type") != "BertNormalizer":
        raise ValueError(f"normalizer must be BertNormalizer for WordPiece; got {normalizer.get('type')!r}")
    if splitter.get("type") != "BertPreTokenizer":
        raise ValueError(f"pre_tokenizer must be BertPreTokenizer for WordPiece; got {splitter.get('type')!r}")
    vocabulary = dict(model["vocab"])
    special = []
    for token in data.get("added_tokens") or []:
        vocabulary.setdefault(token["content"], token["id"])
        if token.get("special"):
            special.append(token["content"])
    return WordPieceTokenizer(
        vocabulary,
        text=BertText(
            lowercase=normalizer.get("lowercase", True),
            strip_accents=normalizer.get("strip_accents"),
            clean_text=normalizer.get("clean_text", True),
            handle_chinese_chars=normalizer.get("handle_chinese_chars", True),
        ),
        unknown=model.get("unk_token", "[UNK]"),
        prefix=model.get("continuing_subword_prefix", "##"),
        longest_word=model.get("max_input_chars_per_word", 100),
        special_tokens=special,
    )


def to_published(tokenizer: WordPieceTokenizer) -> dict[str, Any]:
    """What a `tokenizer.json` of this tokenizer holds."""
    text = tokenizer.text
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": k, "content": token, **flags} for token, k in tokenizer.special_tokens.items()],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": text.clean_text,
            "handle_chinese_chars": text.handle_chinese_chars,
            "strip_accents": text.strip_accents,
            "lowercase": text.lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": None,
        "decoder": {"type": "WordPiece", "prefix": tokenizer.prefix, "cleanup": False},
        "model": {
            "type": "WordPiece",
            "unk_token": tokenizer.unknown,
            "continuing_subword_prefix": tokenizer.prefix,
            "max_input_chars_per_word": tokenizer.longest_word,
            "vocab": tokenizer.vocabulary,
        },
    }
