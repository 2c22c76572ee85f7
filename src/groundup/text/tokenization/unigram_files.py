"""Unigram in the published `tokenizer.json` of the library `tokenizers`."""

import base64
from collections.abc import Mapping
from typing import Any

from groundup.text.tokenization.unigram import UnigramTokenizer
from groundup.text.tokenization.unigram_text import SPACE, SentenceText

__all__ = ["from_published", "to_published"]

ENDS = r"\A +| +\z"  # ^ and $ would be the ends of lines
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def from_published(data: Mapping[str, Any]) -> UnigramTokenizer:
    """A `tokenizer.json` with a model of type Unigram, already parsed.

    A compiled map (type Precompiled) is applied as sentencepiece does, to the longest key; `tokenizers` applies it to
    what it takes for one written character.

    Raises
    ------
    ValueError
        If it cuts or normalizes text in a way that is not supported; the message names the part.
    """
    model = data["model"]
    if model.get("unk_id") is None:
        raise ValueError("model.unk_id must say which piece is the unknown token; got none")
    pieces = [(piece, float(score)) for piece, score in model["vocab"]]
    kinds = ["normal"] * len(pieces)
    if model.get("byte_fallback"):
        kinds = [
            "byte" if piece[:3] == "<0x" and len(piece) == 6 else kind
            for (piece, _), kind in zip(pieces, kinds, strict=True)
        ]
    for token in data.get("added_tokens") or []:
        if token["id"] == len(pieces):
            pieces.append((token["content"], 0.0))
            kinds.append("control")
        elif token["id"] > len(pieces) or pieces[token["id"]][0] != token["content"]:
            raise ValueError(
                f"added_tokens gives {token['content']!r} the id {token['id']}, which does not fit the pieces"
            )
        kinds[token["id"]] = "control"
    kinds[model["unk_id"]] = "unknown"
    prefix = _prefix(data.get("pre_tokenizer") or {})
    return UnigramTokenizer(
        pieces,
        kinds=kinds,
        text=_text(data.get("normalizer"), prefix),
        byte_fallback=bool(model.get("byte_fallback")),
        style="tokenizers",
    )


def _prefix(splitter: Mapping[str, Any]) -> bool:
    """Whether a space is put in front."""
    if splitter.get("type") != "Metaspace" or splitter.get("replacement", SPACE) != SPACE:
        raise ValueError(f"pre_tokenizer must be Metaspace with {SPACE!r} for Unigram; got {splitter.get('type')!r}")
    if not splitter.get("split", True):
        raise ValueError("pre_tokenizer.split must be true for Unigram; got false")
    scheme = splitter.get("prepend_scheme", "always" if splitter.get("add_prefix_space", True) else "never")
    if scheme not in ("always", "never"):
        raise ValueError(f"pre_tokenizer.prepend_scheme must be 'always' or 'never'; got {scheme!r}")
    return scheme == "always"


def _text(normalizer: Mapping[str, Any] | None, prefix: bool) -> SentenceText:
    """What happens to the text, from the steps that can stand in `normalizer`."""
    steps = [] if normalizer is None else [normalizer]
    if normalizer is not None and normalizer.get("type") == "Sequence":
        steps = list(normalizer["normalizers"])
    rules, form, lowercase, collapse, strip, done = b"", "", False, False, False, []
    for step in steps:
        kind = step.get("type")
        if kind in FORMS and not done:
            form = kind
        elif kind == "Precompiled" and not rules and not lowercase and not collapse:
            rules = base64.b64decode(step["precompiled_charsmap"] or "")
        elif kind == "Lowercase" and not rules and not collapse:
            lowercase = True
        elif (
            kind == "Replace" and step.get("pattern") == {"Regex": ENDS} and step.get("content") == "" and not collapse
        ):
            strip = True
        elif kind == "Strip" and step.get("strip_right") and rules and prefix and not collapse:
            strip = True  # the map has made spaces of all white space; one that is left in front is the prefix
        elif kind == "Replace" and step.get("pattern") == {"Regex": " {2,}"} and step.get("content") in (" ", SPACE):
            collapse = True
        else:
            raise ValueError(f"normalizer has the step {kind!r} after {done or 'nothing'}, which is not supported")
        done.append(kind)
    if strip and not collapse:
        raise ValueError("normalizer takes spaces from the ends and leaves several in a row, which is not supported")
    return SentenceText(
        rules=rules, form=form, lowercase=lowercase, collapse=collapse, strip=strip, prefix=prefix, always=False
    )


def to_published(tokenizer: UnigramTokenizer) -> dict[str, Any]:
    """What a `tokenizer.json` of this tokenizer holds.

    Raises
    ------
    ValueError
        If it has what the format does not: user-defined or unused pieces, spaces taken from both ends.
    """
    text = tokenizer.text
    strange = next((kind for kind in tokenizer.kinds if kind in ("user_defined", "unused")), None)
    if strange or text.kept:
        raise ValueError(f"a tokenizer.json has no pieces of the kind {strange or 'user_defined'!r}")
    steps: list[dict[str, Any]] = [{"type": text.form}] if text.form else []
    steps += [{"type": "Lowercase"}] if text.lowercase else []
    if text.rules:
        steps.append({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(text.rules).decode()})
    if text.collapse:
        if text.strip:
            steps.append({"type": "Replace", "pattern": {"Regex": ENDS}, "content": ""})
        steps.append({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    scheme = "always" if text.prefix else "never"
    space = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": k, "content": token, **flags} for token, k in tokenizer.special_tokens.items()],
        "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
        "pre_tokenizer": space,
        "post_processor": None,
        "decoder": {k: v for k, v in space.items() if k != "split"} | {"split": True},
        "model": {
            "type": "Unigram",
            "unk_id": tokenizer.unknown,
            "vocab": [[p, float(s)] for p, s in zip(tokenizer.pieces, tokenizer.scores, strict=True)],
            "byte_fallback": tokenizer.byte_fallback,
        },
    }
