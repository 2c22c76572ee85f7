"""Tokenizers as files: one JSON text that says which kind it is. Published ``tokenizer.json`` files are welcome.

Nothing is unpickled, so a damaged or hostile file can only be refused; and a file is written whole or not at all
(`groundup.files`).
"""

import importlib
import json
import os
from pathlib import Path
from typing import Any

from groundup.files import write_whole
from groundup.text.tokenization.base import Tokenizer

__all__ = ["load", "save"]

FORMAT = "groundup.tokenizer"
_HERE = "groundup.text.tokenization."
# type: module and class of the tokenizer, which has to_json and from_json(data)
_KINDS = {
    "bpe": ("bpe", "BPETokenizer"),
    "characters": ("characters", "CharTokenizer"),
    "unigram": ("unigram", "UnigramTokenizer"),
    "wordpiece": ("wordpiece", "WordPieceTokenizer"),
}
# type of the model in a tokenizer.json: our type, and the module with from_published(data), to_published(tokenizer)
_PUBLISHED = {
    "BPE": ("bpe", "bpe_files"),
    "Unigram": ("unigram", "unigram_files"),
    "WordPiece": ("wordpiece", "wordpiece_files"),
}


def save(tokenizer: Any, path: str | os.PathLike[str], *, published: bool = False) -> None:
    """Write a tokenizer of any kind to a file, which is replaced if it exists.

    Parameters
    ----------
    tokenizer : Tokenizer
        With `to_json`.
    path : path
        In a folder that exists.
    published : bool
        Write the ``tokenizer.json`` that Hugging Face's library reads, instead of ours.
    """
    data = tokenizer.to_json()
    if data.get("type") not in _KINDS:
        raise ValueError(f"tokenizer must be of a kind that can be read, {sorted(_KINDS)}; got {data.get('type')!r}")
    if published:
        module = next((module for kind, module in _PUBLISHED.values() if kind == data["type"]), None)
        if module is None:
            raise ValueError(f"no tokenizer.json can say what a tokenizer of the kind {data['type']!r} does")
        written = importlib.import_module(_HERE + module).to_published(tokenizer)
    else:
        written = {"format": FORMAT, **data}
    # a lone surrogate, in the alphabet of characters, has no UTF-8: then everything beyond ASCII is written as \uXXXX
    text = json.dumps(written, ensure_ascii=False, indent=0)
    write_whole(path, (text if _is_utf8(text) else json.dumps(written, indent=0)) + "\n")


def load(path: str | os.PathLike[str]) -> Tokenizer:
    """Read a tokenizer: a file of `save`, or a published ``tokenizer.json``.

    Raises
    ------
    ValueError
        If the file is no JSON, or describes something that we do not have or would not follow exactly: the message
        names the file and the field.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict):
            raise ValueError(f"a tokenizer is a JSON object; got {type(data).__name__}")
        if "model" in data:
            return _published(data)
        kind = data.get("type")
        if not isinstance(kind, str) or kind not in _KINDS:
            raise ValueError(f"type must be one of {', '.join(sorted(_KINDS))}; got {kind!r}")
        module, name = _KINDS[kind]
        return getattr(importlib.import_module(_HERE + module), name).from_json(data)
    except (ValueError, RecursionError) as fault:  # what json raises are ValueErrors
        raise ValueError(f"{path}: {fault}") from fault


def _published(data: dict[str, Any]) -> Tokenizer:
    model = data["model"]
    if not isinstance(model, dict):
        raise ValueError(f"model must be a JSON object; got {type(model).__name__}")
    kind = model.get("type", "BPE" if "merges" in model else None)  # early files have no type
    if not isinstance(kind, str) or kind not in _PUBLISHED:
        raise ValueError(f"model.type must be one of {', '.join(sorted(_PUBLISHED))}; got {kind!r}")
    return importlib.import_module(_HERE + _PUBLISHED[kind][1]).from_published(data)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
