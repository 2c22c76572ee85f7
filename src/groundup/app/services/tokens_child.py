"""The process that cuts texts for the page of tokens: a line of JSON in, a line of JSON out.

It holds the compiled kernels, which the app process must not load. The tokenizers are trained once, on the course's
own text and some sources of the standard library, and kept in the cache; files that the learner has put into the
folder ``tokenizers`` of the data folder come after them.
"""

import hashlib
import json
import os
import sys
import sysconfig
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundup import paths
from groundup.text.tokenization import BPETokenizer, UnigramTokenizer, WordPieceTokenizer, load, save
from groundup.text.tokenization.base import Tokenizer

SHOWN = 4000  # tokens of one tokenizer that a page shows
SIZE = 4096
OWN_FILES, OWN_BYTES = 4, 100_000_000
MODULES = ("argparse", "ast", "collections/__init__", "datetime", "inspect", "json/decoder", "random", "statistics")

KINDS: dict[str, tuple[str, str, Callable[[list[str]], Tokenizer]]] = {
    "bytes": ("Bytes", "no merges: every byte of UTF-8 is a token", lambda texts: BPETokenizer.train(texts, 256)),
    "bpe": ("BPE", "byte-level, as GPT's", lambda texts: BPETokenizer.train(texts, SIZE)),
    "wordpiece": (
        "WordPiece",
        "BERT's: lower case, no accents; ## goes on within a word",
        lambda texts: WordPieceTokenizer.train(texts, SIZE),
    ),
    "unigram": (
        "Unigram",
        "SentencePiece's: the most probable pieces, bytes for what is unknown",
        lambda texts: UnigramTokenizer.train(texts, SIZE, byte_fallback=True, seed_size=40_000, longest_piece=12),
    ),
}


def corpus() -> list[str]:
    """The course's lessons and some sources of the standard library."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [*sorted(paths.lessons_dir().glob("*/*/lesson.md")), *(library / f"{name}.py" for name in MODULES)]
    texts = [file.read_text(encoding="utf-8", errors="replace")[:25_000] for file in files if file.is_file()]
    return texts or [__doc__ or ""]


class Tokenizers:
    """Those of the course, trained or read from the cache, and the learner's own."""

    def __init__(self) -> None:
        texts = corpus()
        code = Path(sys.modules["groundup.text.tokenization"].__file__ or "").parent
        stamp = hashlib.sha256("\0".join(texts).encode())
        for file in sorted(code.glob("*.py")):
            stamp.update(file.read_bytes())
        self.folder = paths.cache_dir() / "tokenizers" / stamp.hexdigest()[:16]
        self.ours = {name: self._one(name, texts) for name in KINDS}

    def _one(self, name: str, texts: list[str]) -> Tokenizer:
        file = self.folder / f"{name}.json"
        try:
            return load(file)
        except (OSError, ValueError):
            made = KINDS[name][2](texts)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save(made, file)
        except OSError:  # it is trained again next time
            pass
        return made

    def cut(self, text: str) -> dict[str, Any]:
        """What the page shows of a text."""
        shown = [row(KINDS[name][0], KINDS[name][1], one, text) for name, one in self.ours.items()]
        faults = []
        for file in own_files():
            try:
                shown.append(row(file.name, "your file", read(file), text))
            except Exception as fault:  # a file of the learner's, with whatever is in it
                faults.append(f"{file.name}: {fault}")
        return {"tokenizers": shown, "faults": faults}


def own_files() -> list[Path]:
    """Files in the learner's folder of tokenizers."""
    folder = paths.user_dir() / "tokenizers"
    found = sorted(f for f in folder.glob("*") if f.suffix in (".json", ".model")) if folder.is_dir() else []
    return found[:OWN_FILES]


def read(file: Path) -> Tokenizer:
    """The tokenizer in a file of the learner's."""
    if file.stat().st_size > OWN_BYTES:
        raise ValueError(f"it is larger than {OWN_BYTES // 1_000_000} MB")
    if file.suffix == ".model":
        from groundup.text.tokenization.sentencepiece_files import read_model

        return read_model(file)
    return load(file)


def row(title: str, about: str, tokenizer: Tokenizer, text: str) -> dict[str, Any]:
    """A tokenizer's answer: how many tokens, how many of them unknown, and the first of them."""
    ids = tokenizer.encode(text)
    unknown = unknown_id(tokenizer)
    pieces = getattr(tokenizer, "pieces", None) if isinstance(tokenizer, WordPieceTokenizer) else None
    tokens = []
    for token in ids[:SHOWN]:
        data = tokenizer.token_bytes(token)
        shown = label(data, pieces[token] if pieces else None)
        tokens.append({"id": token, "bytes": data.hex(" ").upper(), **shown, "unknown": token == unknown})
    return {
        "title": title,
        "about": about,
        "size": tokenizer.vocab_size,
        "count": len(ids),
        "unknown": ids.count(unknown) if unknown is not None else 0,
        "tokens": tokens,
    }


def unknown_id(tokenizer: Any) -> int | None:
    """The id of what a tokenizer does not know; None where there is no such thing."""
    if isinstance(tokenizer, WordPieceTokenizer):
        return tokenizer.vocabulary[tokenizer.unknown]
    return tokenizer.unknown if isinstance(tokenizer, UnigramTokenizer) else None


def label(data: bytes, piece: str | None) -> dict[str, Any]:
    """How a token is written: visible spaces, and bytes that are no whole character as bytes."""
    try:
        text = piece if piece is not None else data.decode("utf-8")
    except UnicodeDecodeError:
        return {"text": data.hex(" ").upper(), "kind": "part", "breaks": 0}
    shown = "".join(VISIBLE.get(c, c if c.isprintable() else f"⟨{ord(c):X}⟩") for c in text)
    if unicodedata.category(shown[:1] or "a")[0] == "M":  # an accent that the token before has the letter of
        shown = "◌" + shown
    return {"text": shown or "∅", "kind": "text" if shown else "part", "breaks": text.count("\n")}


VISIBLE = {" ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u200d": "⟨ZWJ⟩", "\u200b": "⟨ZWSP⟩"}


def main() -> None:
    """Answer until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    tokenizers: Tokenizers | None = None
    for line in sys.stdin.buffer:
        try:
            tokenizers = tokenizers or Tokenizers()
            answer = tokenizers.cut(json.loads(line)["text"])
        except Exception as fault:  # the page says it
            answer = {"error": f"{type(fault).__name__}: {fault}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
