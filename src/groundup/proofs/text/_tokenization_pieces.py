"""WordPiece and Unigram beside tokenizers and sentencepiece: the same ids, the same pieces, a likelihood no worse."""

import functools
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof
from groundup.proofs.text._tokenization_bpe import corpus, strange
from groundup.text.tokenization import sentencepiece_files, unigram_files, wordpiece_files
from groundup.text.tokenization.unigram import UnigramTokenizer
from groundup.text.tokenization.unigram_text import SentenceText
from groundup.text.tokenization.unigram_training import Words, count_words, train_unigram
from groundup.text.tokenization.wordpiece import SPECIAL, WordPieceTokenizer

__all__ = ["add_pieces"]

TEXT = 200_000  # characters to train on


@functools.cache
def _text() -> str:
    return corpus(TEXT)


@functools.cache
def _wordpiece() -> tuple[WordPieceTokenizer, Any]:
    import tokenizers

    ours = WordPieceTokenizer.train(_text(), 2000)
    return ours, tokenizers.Tokenizer.from_str(json.dumps(wordpiece_files.to_published(ours)))


@functools.cache
def _unigram() -> tuple[UnigramTokenizer, Any]:
    import tokenizers

    ours = UnigramTokenizer.train(_text(), 1500, byte_fallback=True, seed_size=20_000)
    theirs = tokenizers.Tokenizer.from_str(json.dumps(unigram_files.to_published(ours)))
    return unigram_files.from_published(json.loads(theirs.to_str())), theirs


@functools.cache
def _sentencepiece(byte_fallback: bool) -> tuple[UnigramTokenizer, Any]:
    import sentencepiece

    model = io.BytesIO()
    lines = [line[:1000] for line in _text().split("\n")]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=1500,
        model_type="unigram",
        byte_fallback=byte_fallback,
        minloglevel=2,
        num_threads=1,
    )
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return sentencepiece_files.from_model(model.getvalue()), theirs


def _assigned(text: str) -> str:
    """Without what the older tables of tokenizers treat in another way, character by character."""
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    from groundup.text.tokenization.wordpiece_text import BertText

    normal, splitter, ours, cased = BertNormalizer(), BertPreTokenizer(), BertText(), BertText(lowercase=False)

    def same(character: str) -> bool:
        made = normal.normalize_str(character)
        words = [word for word, _ in splitter.pre_tokenize_str(f"a{made}b")]
        return ours.normalize(character) == made and cased.words(f"a{made}b") == words

    kept = {character for character in set(text) if not 0xD800 <= ord(character) < 0xE000 and same(character)}
    return "".join(character for character in text if character in kept)


def _whole(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


def _wordpiece_ids() -> Iterator[Case]:
    ours, theirs = _wordpiece()
    for name, text in (("sources", _text()), ("many scripts", _assigned(strange(20_000, 1)))):

        def reference(text: str = text) -> list[Any]:
            found = theirs.encode(text)
            return [found.ids, found.offsets]

        yield Case(
            name,
            lambda text=text: [list(found) for found in ours.encode_with_offsets(text, allowed_special="all")],
            reference,
        )


def _wordpiece_training() -> Iterator[Case]:
    import tokenizers

    # the count of each word is a power of three: where pairs tie, the reference decides by chance
    words = [w for k, w in enumerate(("low", "lower", "newest", "widest", "slowly", "renew")) for _ in range(3**k)]
    text = " ".join(words)

    def reference() -> list[str]:
        theirs = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
        theirs.normalizer = tokenizers.normalizers.BertNormalizer()
        theirs.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        trainer = tokenizers.trainers.WordPieceTrainer(
            vocab_size=40, min_frequency=2, special_tokens=list(SPECIAL), show_progress=False
        )
        theirs.train_from_iterator([text], trainer)
        return sorted(theirs.get_vocab())

    yield Case("40 pieces", lambda: sorted(WordPieceTokenizer.train(text, 40).vocabulary), reference)


def _unigram_ids() -> Iterator[Case]:
    ours, theirs = _unigram()
    for name, text in (("sources", _text()), ("many scripts", _whole(strange(20_000, 2)))):
        yield Case(name, lambda text=text: ours.encode(text), lambda text=text: theirs.encode(text).ids)


def _sentencepiece_ids() -> Iterator[Case]:
    for byte_fallback in (False, True):
        ours, theirs = _sentencepiece(byte_fallback)
        for name, text in (("sources", _text()), ("many scripts", _whole(strange(20_000, 3)))):
            label = f"{name}{', bytes for the unknown' if byte_fallback else ''}"
            yield Case(label, lambda o=ours, t=text: o.encode(t), lambda r=theirs, t=text: r.encode(t))


def _unigram_training() -> Iterator[Case]:
    import tokenizers

    text = _text()[:60_000]
    words = count_words(text, SentenceText())
    table = Words(words)
    theirs = tokenizers.Tokenizer(tokenizers.models.Unigram())
    theirs.normalizer = tokenizers.normalizers.NFKC()
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    trainer = tokenizers.trainers.UnigramTrainer(
        vocab_size=800, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
    )
    theirs.train_from_iterator(text.split("\n"), trainer)
    pieces = [(p, s) for p, s in json.loads(theirs.to_str())["model"]["vocab"] if p != "<unk>"]
    lacking = {c for word in words for c in word} - {p for p, _ in pieces}
    pieces += [(c, min(s for _, s in pieces)) for c in sorted(lacking)]

    def per_word(found: list[tuple[str, float]]) -> float:
        likelihood = table.expectation([p for p, _ in found], np.array([s for _, s in found]))[1]
        return -likelihood / sum(words.values())

    ours = train_unigram(words, len(pieces), character_coverage=1.0, seed_size=20_000).pieces
    yield Case(
        f"{len(pieces)} pieces",
        lambda: per_word(ours),
        lambda: per_word(pieces),
        error=lambda ours, reference: max(0.0, ours - 0.95 * reference),
    )


def add_pieces(proof: Proof) -> None:
    """Add the checks of WordPiece and Unigram."""
    proof.check("WordPiece: ids and places in the text", tolerance=0, reason="the same ids", reference="tokenizers")(
        _wordpiece_ids
    )
    proof.check("WordPiece: training, the vocabulary", tolerance=0, reason="the same pieces", reference="tokenizers")(
        _wordpiece_training
    )
    proof.check("Unigram: ids", tolerance=0, reason="the same ids", reference="tokenizers")(_unigram_ids)
    proof.check("Unigram: ids of a .model file", tolerance=0, reason="the same ids", reference="sentencepiece")(
        _sentencepiece_ids
    )
    proof.check(
        "Unigram: training, how much more surprising the words are",
        tolerance=0,
        reason="nats a word, with as many pieces: ours must be lower by a twentieth",
        reference="tokenizers",
    )(_unigram_training)
