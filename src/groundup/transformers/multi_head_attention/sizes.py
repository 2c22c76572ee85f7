"""What a cache of keys and values costs: the numbers that every earlier token leaves behind, in every layer."""

from groundup.checks import check_count

__all__ = ["cache_bytes"]


def cache_bytes(
    layers: int, kv_heads: int, width: int, *, value_width: int | None = None, tokens: int = 1, bytes_each: int = 2
) -> int:
    """Bytes of a cache: layers · kv_heads · (width + value_width) · tokens · bytes_each.

    Parameters
    ----------
    layers, kv_heads : int
        Heads of keys and values: as many as heads of queries in multi-head attention, 1 in multi-query attention.
    width : int
        Of a key.
    value_width : int, optional
        Of a value; that of a key by default. Latent attention keeps a compressed vector and a small rotated key:
        one head, `width` and `value_width` being theirs.
    tokens : int
        Positions, over all sequences.
    bytes_each : int
        2 for bfloat16 and float16.

    Examples
    --------
    >>> from groundup.transformers.multi_head_attention import cache_bytes
    >>> cache_bytes(layers=32, kv_heads=32, width=128)  # 32 heads of 128 in 32 layers: half a megabyte a token
    524288
    """
    value_width = width if value_width is None else value_width
    given = {"layers": layers, "kv_heads": kv_heads, "width": width, "tokens": tokens, "bytes_each": bytes_each}
    for name, value in given.items():
        check_count(name, value)
    check_count("value_width", value_width, 0)
    layers, kv_heads, width, value_width = map(int, (layers, kv_heads, width, value_width))  # NumPy's may overflow
    return layers * kv_heads * (width + value_width) * int(tokens) * int(bytes_each)
