"""From a folder of texts to a trained language model: corpus, shards of tokens, and the run.

| file | holds |
|---|---|
| `corpus` | documents from files or from the sources of installed packages; their split |
| `shards` | token ids on disk, larger than memory |
| `windows` | batches of fixed length out of shards, in an order that can be continued |
| `run` | the trainer of next tokens, on one process or several |
| `reports` | tokens a second, samples, a loss curve, the model's folder |
"""

from groundup.lazy import lazily
from groundup.llm.pretraining.corpus import (
    CorpusError,
    Document,
    fingerprint,
    package_documents,
    read_documents,
    split,
    without_copies,
)
from groundup.llm.pretraining.shards import Shards, write_shards

_HOMES = {
    "Curve": "reports",
    "ModelFolder": "reports",
    "NextTokenTrainer": "run",
    "Samples": "reports",
    "Throughput": "reports",
    "TokenWindows": "windows",
    "decay_groups": "run",
}
__getattr__, __dir__ = lazily(__name__, _HOMES)

__all__ = ["CorpusError", "Curve", "Document", "ModelFolder", "NextTokenTrainer", "Samples", "Shards", "Throughput",
           "TokenWindows", "decay_groups", "fingerprint", "package_documents", "read_documents", "split",
           "without_copies", "write_shards"]  # fmt: skip  # pyright: ignore[reportUnsupportedDunderAll]
