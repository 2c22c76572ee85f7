"""Text for models: cleaned, cut into tokens, compared."""

from groundup.lazy import lazily

_HOMES = {"BPETokenizer": "tokenization", "CharTokenizer": "tokenization", "Tokenizer": "tokenization"}

__all__ = ["BPETokenizer", "CharTokenizer", "Tokenizer"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
