"""Attention, and the networks that are built of it."""

from groundup.lazy import lazily

_HOMES = {"GPT": "gpt", "GPTConfig": "gpt"}

__all__ = ["GPT", "GPTConfig"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
