"""Language models at work: trained, decoded, served."""

from groundup.lazy import lazily

_HOMES = {
    "Completion": "decoding",
    "KVCache": "kv_cache",
    "beam_search": "decoding",
    "generate": "decoding",
    "json_constraint": "decoding",
    "load_checkpoint": "checkpoint",
    "perplexity": "decoding",
    "save_checkpoint": "checkpoint",
    "stream": "decoding",
}

__all__ = [
    "Completion",
    "KVCache",
    "beam_search",
    "generate",
    "json_constraint",
    "load_checkpoint",
    "perplexity",
    "save_checkpoint",
    "stream",
]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
