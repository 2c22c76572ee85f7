"""Text for models: cleaned, cut into tokens, compared."""

from groundup.lazy import lazily

_HOMES = {
    "BPETokenizer": "tokenization",
    "CharTokenizer": "tokenization",
    "Tokenizer": "tokenization",
    "corpus_bleu": "bleu",
    "sentence_bleu": "bleu",
}

__all__ = ["BPETokenizer", "CharTokenizer", "Tokenizer", "corpus_bleu", "sentence_bleu"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
