"""Language models at work: trained, decoded, served."""

from groundup.lazy import lazily

_HOMES = {"KVCache": "kv_cache"}

__all__ = ["KVCache"]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
