"""Text as whole numbers: tokenizers that are trained, that read and write published formats, and that lose nothing."""

from groundup.lazy import lazily

_HOMES = {
    "Allowed": "base",
    "BPETokenizer": "bpe",
    "CharTokenizer": "characters",
    "Tokenizer": "base",
    "load": "files",
    "save": "files",
}

__all__ = ["Allowed", "BPETokenizer", "CharTokenizer", "Tokenizer", "load", "save"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
