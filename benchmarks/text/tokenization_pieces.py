"""WordPiece and Unigram: encoding and training beside tokenizers and sentencepiece, one thread each."""

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from groundup.bench import Benchmark

ENCODED, TRAINED = 1_000_000, 1_000_000  # characters


def _wordpiece() -> dict[str, Callable[[], Any]]:
    import tokenizers

    from groundup.proofs.text._tokenization_bpe import corpus
    from groundup.text.tokenization import WordPieceTokenizer
    from groundup.text.tokenization.wordpiece_files import to_published

    text = corpus(ENCODED)
    ours = WordPieceTokenizer.train(text, 4000)
    theirs = tokenizers.Tokenizer.from_str(json.dumps(to_published(ours)))
    lines = text.split("\n")

    def ours_cold() -> list[list[int]]:
        ours._known.clear()  # every round as the first: the words are remembered within it
        return ours.encode_batch(lines)

    return {"ours": ours_cold, "tokenizers": lambda: [found.ids for found in theirs.encode_batch(lines)]}


def _train_wordpiece() -> dict[str, Callable[[], Any]]:
    import tokenizers

    from groundup.proofs.text._tokenization_bpe import corpus
    from groundup.text.tokenization import WordPieceTokenizer
    from groundup.text.tokenization.wordpiece import SPECIAL

    text = corpus(TRAINED)

    def theirs() -> list[str]:
        made = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
        made.normalizer = tokenizers.normalizers.BertNormalizer()
        made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        trainer = tokenizers.trainers.WordPieceTrainer(
            vocab_size=4000, min_frequency=2, special_tokens=list(SPECIAL), show_progress=False
        )
        made.train_from_iterator([text], trainer)
        return list(made.get_vocab())

    return {"ours": lambda: WordPieceTokenizer.train(text, 4000).pieces, "tokenizers": theirs}


def _unigram(style: str) -> dict[str, Callable[[], Any]]:
    import sentencepiece
    import tokenizers

    from groundup.proofs.text._tokenization_bpe import corpus
    from groundup.text.tokenization import sentencepiece_files, unigram_files

    text, model = corpus(ENCODED), io.BytesIO()
    lines = text.split("\n")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line[:1000] for line in lines[:20_000]),
        model_writer=model,
        vocab_size=4000,
        model_type="unigram",
        normalization_rule_name="identity",
        minloglevel=2,
        num_threads=1,
    )
    ours = sentencepiece_files.from_model(model.getvalue())
    if style == "sentencepiece":
        theirs = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        return {"ours": lambda: ours.encode_batch(lines), "sentencepiece": lambda: theirs.encode(lines, num_threads=1)}
    same = tokenizers.Tokenizer.from_str(json.dumps(unigram_files.to_published(ours)))
    again = unigram_files.from_published(json.loads(same.to_str()))
    return {
        "ours": lambda: again.encode_batch(lines),
        "tokenizers": lambda: [found.ids for found in same.encode_batch(lines)],
    }


def _train_unigram() -> dict[str, Callable[[], Any]]:
    import tokenizers

    from groundup.proofs.text._tokenization_bpe import corpus
    from groundup.text.tokenization.unigram_text import SentenceText
    from groundup.text.tokenization.unigram_training import count_words, train_unigram

    text = corpus(TRAINED)

    def theirs() -> list[Any]:
        made = tokenizers.Tokenizer(tokenizers.models.Unigram())
        made.normalizer = tokenizers.normalizers.NFKC()
        made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
        trainer = tokenizers.trainers.UnigramTrainer(
            vocab_size=4000, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
        )
        made.train_from_iterator(text.split("\n"), trainer)
        return json.loads(made.to_str())["model"]["vocab"][1:]

    def ours() -> list[Any]:
        return train_unigram(count_words(text, SentenceText()), 4000, character_coverage=1.0).pieces

    return {"ours": ours, "tokenizers": theirs}


def _likelihood(pieces: list[Any]) -> float:
    """Of the words trained on, in nats a word."""
    import numpy as np

    from groundup.proofs.text._tokenization_bpe import corpus
    from groundup.text.tokenization.unigram_text import SentenceText
    from groundup.text.tokenization.unigram_training import Words, count_words

    words = count_words(corpus(TRAINED), SentenceText())
    lacking = {c for word in words for c in word} - {piece for piece, _ in pieces}
    pieces = [*pieces, *((c, min(score for _, score in pieces)) for c in sorted(lacking))]
    found = Words(words).expectation([p for p, _ in pieces], np.array([s for _, s in pieces]))
    return found[1] / sum(words.values())


def _tokens(ids: list[list[int]]) -> float:
    return float(sum(map(len, ids)))


BENCHMARKS = [
    Benchmark("text.tokenization/wordpiece-encode", "a million characters in lines to 4000 pieces", _wordpiece,
              "tokenizers", 1.0, _tokens, "tokens", rounds=5),
    Benchmark("text.tokenization/wordpiece-train", "4000 pieces from a million characters", _train_wordpiece,
              "tokenizers", 2.0, lambda pieces: float(len(pieces)), "pieces", rounds=5),
    Benchmark("text.tokenization/unigram-encode-sentencepiece", "a million characters in lines to 4000 pieces",
              partial(_unigram, "sentencepiece"), "sentencepiece", 3.0, _tokens, "tokens", rounds=5),
    Benchmark("text.tokenization/unigram-encode-tokenizers", "a million characters in lines to 4000 pieces",
              partial(_unigram, "tokenizers"), "tokenizers", 1.0, _tokens, "tokens", rounds=5),
    Benchmark("text.tokenization/unigram-train", "4000 pieces from a million characters", _train_unigram,
              "tokenizers", 2.0, _likelihood, "log-likelihood a word", rounds=3),
]  # fmt: skip
