"""Byte-level BPE on 5 MB of code and prose: training beside tokenizers, encoding beside tiktoken, both beside minbpe.

minbpe's checkout lies in the folder that GROUNDUP_PEERS names; without it, it is left out. It trains on a part of the
text for a part of the merges, and its time is scaled to the whole: it looks at every id for each merge, so that its
time is proportional to both.
"""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundup.bench import Benchmark

SIZE, VOCAB = 5_000_000, 8192
PEER_SIZE, PEER_MERGES = 200_000, 4
os.environ.setdefault("RAYON_NUM_THREADS", "1")  # tokenizers and tiktoken; read when they start their threads


@functools.cache
def _text() -> str:
    """Python's standard library with its packages, in a fixed order."""
    import sysconfig

    parts, total = [], 0
    for file in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" in file.parts or total >= SIZE:
            continue
        parts.append(file.read_text(encoding="utf-8", errors="replace"))
        total += len(parts[-1])
    return "".join(parts)[:SIZE]


@functools.cache
def _ours() -> Any:
    from groundup.text.tokenization import BPETokenizer

    return BPETokenizer.train(_text(), VOCAB)


def _minbpe() -> Any:
    """minbpe's class with GPT-2's pattern, None where there is no checkout."""
    folder = Path(os.environ.get("GROUNDUP_PEERS", "/nowhere")) / "minbpe"
    if not (folder / "minbpe" / "regex.py").is_file():
        return None
    sys.path.insert(0, str(folder))
    try:
        from minbpe import RegexTokenizer  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(str(folder))
    pattern = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
    return functools.partial(RegexTokenizer, pattern)


def _train() -> dict[str, Callable[[], Any]]:
    from groundup.proofs.text._tokenization_bpe import hugging_face_merges
    from groundup.text.tokenization import BPETokenizer

    text = _text()
    contestants: dict[str, Callable[[], Any]] = {
        "ours": lambda: len(BPETokenizer.train(text, VOCAB).merges),
        "tokenizers": lambda: len(hugging_face_merges([text], VOCAB, "gpt2")),
    }
    if peer := _minbpe():
        contestants["minbpe"] = lambda: _minbpe_merges(peer)
    return contestants


def _minbpe_merges(peer: Any) -> float:
    tokenizer = peer()
    tokenizer.train(_text()[:PEER_SIZE], 256 + PEER_MERGES)
    return len(tokenizer.merges)


def _encode(pattern: str, as_list: bool) -> dict[str, Callable[[], Any]]:
    from groundup.proofs.text._tokenization_bpe import tiktoken_encoding
    from groundup.text.tokenization import BPETokenizer

    text, vocab = _text(), _ours().vocab

    def ours() -> Any:
        # a new one each time: its memory of words is empty, and the time to build its tables counts
        tokenizer = BPETokenizer(vocab, _ours().merges, pattern=pattern)  # pyright: ignore[reportArgumentType]
        return len(tokenizer.encode(text) if as_list else tokenizer.encode_array(text))

    theirs = tiktoken_encoding(BPETokenizer(vocab, pattern=pattern))  # pyright: ignore[reportArgumentType]
    warm = BPETokenizer(vocab, _ours().merges, pattern=pattern)  # pyright: ignore[reportArgumentType]
    return {
        "ours": ours,
        "ours, words known": lambda: len(warm.encode(text) if as_list else warm.encode_array(text)),
        "tiktoken": lambda: len(theirs.encode_ordinary(text)),
    }


def _short() -> dict[str, Callable[[], Any]]:
    from groundup.proofs.text._tokenization_bpe import tiktoken_encoding

    lines = [line for line in _text()[:200_000].splitlines() if line]
    ours, theirs = _ours(), tiktoken_encoding(_ours())
    return {
        "ours": lambda: sum(len(ours.encode(line)) for line in lines),
        "tiktoken": lambda: sum(len(theirs.encode_ordinary(line)) for line in lines),
    }


def _decode() -> dict[str, Callable[[], Any]]:
    from groundup.proofs.text._tokenization_bpe import tiktoken_encoding

    ours, theirs, ids = _ours(), tiktoken_encoding(_ours()), _ours().encode(_text())
    return {"ours": lambda: len(ours.decode(ids)), "tiktoken": lambda: len(theirs.decode(ids))}


BENCHMARKS = [
    Benchmark(
        "text.tokenization/bpe-train",
        "learn 7936 merges from 5 MB of Python's library (minbpe: 4 merges from 0.2 MB, scaled)",
        _train,
        reference="tokenizers",
        reach=0.1,
        score=float,
        score_name="merges",
        per={"minbpe": SIZE / PEER_SIZE * (VOCAB - 256) / PEER_MERGES},
        rounds=3,
    ),
    Benchmark(
        "text.tokenization/bpe-encode-array",
        "encode 5 MB with 8192 tokens, pattern of GPT-2, into an array (tiktoken: its fastest, a list)",
        functools.partial(_encode, "gpt2", False),
        reference="tiktoken",
        reach=1 / 3,
        score=float,
        score_name="tokens",
    ),
    Benchmark(
        "text.tokenization/bpe-encode-list",
        "encode 5 MB with 8192 tokens, pattern of GPT-2, into a list",
        functools.partial(_encode, "gpt2", True),
        reference="tiktoken",
        reach=1 / 3,
        score=float,
        score_name="tokens",
    ),
    Benchmark(
        "text.tokenization/bpe-encode-cl100k",
        "encode 5 MB with 8192 tokens, pattern of cl100k, into an array",
        functools.partial(_encode, "cl100k", False),
        reference="tiktoken",
        reach=1 / 3,
        score=float,
        score_name="tokens",
    ),
    Benchmark(
        "text.tokenization/bpe-encode-lines",
        "encode 0.2 MB line by line",
        _short,
        reference="tiktoken",
        reach=1.0,
        score=float,
        score_name="tokens",
    ),
    Benchmark(
        "text.tokenization/bpe-decode",
        "decode the ids of 5 MB, a list",
        _decode,
        reference="tiktoken",
        reach=1.0,
        score=float,
        score_name="characters",
    ),
]
