"""Keys and values are computed once a token: a cache makes the next token cost one position, not all of them.

| module | holds |
|---|---|
| `cache` | `KVCache`: room taken once; truncate, reorder, copy. |
| `window` | `WindowCache`: the last positions in a ring, and the first few ("attention sinks") |
| `quantized` | `QuantizedKVCache`: int8; `quantize_rows` |
| `prefix` | `PrefixCache`: beginnings that were computed before |
| `step` | `decode_step`: one token through a GPT in plain NumPy, the equations |
| `compiled` | `CompiledGPT`: the same step compiled, with weights of four, two or one byte |

Lesson: kv-cache
"""

from groundup.lazy import lazily

__getattr__, __dir__ = lazily(
    __name__,
    {
        "CompiledGPT": "compiled",
        "KVCache": "cache",
        "PrefixCache": "prefix",
        "QuantizedKVCache": "quantized",
        "WindowCache": "window",
        "decode_step": "step",
        "quantize_rows": "quantized",
    },
)
