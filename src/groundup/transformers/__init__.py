"""Attention, and the networks that are built of it."""

from groundup.lazy import lazily

_HOMES = {"GPT": "gpt", "GPTConfig": "gpt", "Transformer": "transformer", "TransformerConfig": "transformer"}

__all__ = ["GPT", "GPTConfig", "Transformer", "TransformerConfig"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
