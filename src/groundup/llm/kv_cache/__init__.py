"""Keys and values are computed once a token: a cache makes the next token cost one position, not all of them."""

from groundup.llm.kv_cache.cache import KVCache

__all__ = ["KVCache"]
