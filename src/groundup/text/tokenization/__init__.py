"""Text as whole numbers: tokenizers that are trained, that read and write published formats, and that lose nothing."""

from groundup.lazy import lazily

_HOMES = {
    "BPETokenizer": "bpe",
    "CharTokenizer": "characters",
    "Fertility": "fertility",
    "Tokenizer": "base",
    "UnigramTokenizer": "unigram",
    "WordPieceTokenizer": "wordpiece",
    "load": "files",
    "save": "files",
}

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    "BPETokenizer",
    "CharTokenizer",
    "Fertility",
    "Tokenizer",
    "UnigramTokenizer",
    "WordPieceTokenizer",
    "load",
    "save",
]
__getattr__, __dir__ = lazily(__name__, _HOMES)
