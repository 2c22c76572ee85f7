"""Byte-level BPE beside tiktoken and tokenizers: the same merges from the same words, the same ids of a text."""

import functools
import json
import os
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof
from groundup.text.tokenization import BPETokenizer
from groundup.text.tokenization.bpe_files import to_published
from groundup.text.tokenization.bpe_plain import spell
from groundup.text.tokenization.pretokenize import PATTERNS, Pattern

__all__ = ["add_bpe", "corpus", "hugging_face", "hugging_face_merges", "strange", "tiktoken_encoding", "varied"]

_SCRIPTS = (
    (0x20, 0x7F), (0xA0, 0x250), (0x370, 0x400), (0x400, 0x530), (0x590, 0x700), (0x900, 0xE00), (0x1E00, 0x2070),
    (0x2000, 0x2C00), (0x3000, 0x3100), (0x4E00, 0x5000), (0xAC00, 0xAD00), (0xFB00, 0xFE00), (0x1F300, 0x1F700),
    (0x1C80, 0x1C90), (0x10D40, 0x10D90), (0x16D40, 0x16D80),
)  # fmt: skip
_TRAPS = (
    "'s", "'S", "'ſ", "'K", "'ll", "'VE", "don't", "\r\n", "\n\n  ", "\x1c", "\u0085", "\u3000", "½", "１２３",
)  # fmt: skip


def strange(size: int, seed: int = 0) -> str:
    """Random text of about `size` characters: many scripts, broken UTF-8, long runs, the traps of the patterns."""
    rng = np.random.default_rng(seed)
    parts: list[str] = []
    total = 0
    while total < size:
        low, high = _SCRIPTS[rng.integers(len(_SCRIPTS))]
        kind = rng.integers(6)
        if kind == 0:
            part = rng.bytes(int(rng.integers(1, 40))).decode("utf-8", "replace")
        elif kind == 1:
            part = " \n\t-=x0"[rng.integers(7)] * int(rng.integers(1, 200))
        elif kind == 2:
            part = "".join(rng.choice(_TRAPS, 4))
        else:
            letters = rng.integers(low, high, int(rng.integers(1, 60)))
            part = "".join(" " if gap else chr(c) for c, gap in zip(letters, rng.random(60) < 0.15, strict=False))
        parts.append(part)
        total += len(part)
    return "".join(parts)


def corpus(size: int) -> str:
    """Python's standard library, from the first file on: code and prose."""
    texts, total = [], 0
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        texts.append(file.read_text(encoding="utf-8", errors="replace"))
        total += len(texts[-1])
        if total >= size:
            break
    return "".join(texts)[:size]


def varied(size: int) -> str:
    """Half code and prose, half strange text; with GROUNDUP_DATA also the texts that lie there."""
    data = os.environ.get("GROUNDUP_DATA")
    files = sorted(f for f in Path(data).rglob("*") if f.suffix in (".txt", ".tsv", ".csv", ".json")) if data else []
    more, total = [], 0
    for file in files:
        if total >= size // 2:
            break
        more.append(file.read_bytes()[: size // 20].decode("utf-8", "replace"))
        total += len(more[-1])
    text = "".join(more) + corpus(size // 2)
    return (text + strange(max(size - len(text), size // 4)))[:size] + "\n \n  "


def tiktoken_encoding(tokenizer: BPETokenizer) -> Any:
    """tiktoken with the same ranks, pattern and special tokens."""
    import tiktoken

    return tiktoken.Encoding(
        "same",
        pat_str=PATTERNS[tokenizer.pattern] if tokenizer.pattern else r"[\s\S]+",
        mergeable_ranks=tokenizer.vocab,
        special_tokens=tokenizer.special_tokens,
    )


def hugging_face(tokenizer: BPETokenizer) -> Any:
    """tokenizers' Tokenizer of our tokenizer.json."""
    import tokenizers

    return tokenizers.Tokenizer.from_str(json.dumps(to_published(tokenizer)))


def hugging_face_merges(texts: Sequence[str], vocab_size: int, pattern: Pattern) -> list[tuple[str, str]]:
    """What tokenizers learns, as spelled pairs."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    model = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern == "gpt2")
    cut = [] if pattern in (None, "gpt2") else [pre_tokenizers.Split(Regex(PATTERNS[pattern]), "isolated")]
    model.pre_tokenizer = pre_tokenizers.Sequence([*cut, level])
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    model.train_from_iterator(texts, trainer)
    return [tuple(pair) for pair in json.loads(model.to_str())["model"]["merges"]]


def spelled_merges(tokenizer: BPETokenizer) -> list[tuple[str, str]]:
    """Ours in the same form."""
    token = tokenizer.token_bytes
    return [(spell(token(left)), spell(token(right))) for left, right in tokenizer.merges]


@functools.cache
def _trained(pattern: Pattern) -> BPETokenizer:
    return BPETokenizer.train([corpus(200_000), strange(50_000, 1)], 1500, pattern=pattern, special_tokens=["<|end|>"])


def _differing(ours: Any, theirs: Any) -> float:
    return 0.0 if list(ours) == list(theirs) else float("inf")


def add_bpe(proof: Proof) -> None:
    """Register the checks of `BPETokenizer`."""

    @proof.check("BPE: merges learned", tolerance=0, reason="whole numbers", reference="tokenizers BpeTrainer")
    def _merges() -> Iterator[Case]:
        runs = "".join("a" * n + " " for n in range(1, 40)) * 3
        corpora = {"code and prose": [corpus(300_000)], "many scripts": [strange(60_000, 2)], "runs of a": [runs]}
        patterns: tuple[Pattern, ...] = ("gpt2", "llama3", "qwen2", None)
        for name, texts in corpora.items():
            for pattern in patterns if name == "many scripts" else patterns[:2]:
                yield Case(
                    f"{name}, {pattern}",
                    lambda texts=texts, pattern=pattern: spelled_merges(
                        BPETokenizer.train(texts, 700, pattern=pattern)
                    ),
                    lambda texts=texts, pattern=pattern: hugging_face_merges(texts, 700, pattern),
                    error=_differing,
                )

    @proof.check("BPE: ids", tolerance=0, reason="whole numbers", reference="tiktoken")
    def _tiktoken() -> Iterator[Case]:
        for pattern in ("gpt2", "cl100k", "llama3", "qwen2"):
            ours = _trained(pattern)
            theirs = tiktoken_encoding(ours)
            ranks = BPETokenizer(ours.vocab, pattern=pattern, special_tokens=ours.special_tokens)
            for name, text in {"code and prose": corpus(300_000), "many scripts": strange(100_000)}.items():
                reference = functools.partial(theirs.encode_ordinary, text)
                yield Case(f"{name}, {pattern}", functools.partial(ours.encode, text), reference, error=_differing)
                ordered = functools.partial(ranks.encode, text)
                yield Case(f"{name}, {pattern}, by rank", ordered, reference, error=_differing)

    @proof.check("BPE: ids, special tokens allowed", tolerance=0, reason="whole numbers", reference="tokenizers")
    def _tokenizers() -> Iterator[Case]:
        for pattern in ("gpt2", "cl100k", "llama3", "qwen2"):
            ours = _trained(pattern)
            theirs = hugging_face(ours)
            for name, text in {"code and prose": corpus(300_000), "many scripts": strange(100_000)}.items():
                text = text[:1000] + "<|end|>" + text[1000:] + "<|end|>"
                yield Case(
                    f"{name}, {pattern}",
                    lambda ours=ours, text=text: ours.encode(text, allowed_special="all"),
                    lambda theirs=theirs, text=text: theirs.encode(text).ids,
                    error=_differing,
                )
