"""From a folder of texts to a trained language model: corpus, shards of tokens, and the run.

| file | holds |
|---|---|
| `corpus` | documents from files or from the sources of installed packages; their split |
| `deduplication` | near copies among many documents, by MinHash |
| `shards` | token ids on disk, larger than memory |
| `windows` | batches of fixed length out of shards, in an order that can be continued |
| `run` | the trainer of next tokens, on one process or several |
| `scaling` | the scaling law, fitted; the best use of a budget |
| `reports` | samples, a loss curve, the model's folder |
"""

from groundup.llm.pretraining.corpus import (
    CorpusError,
    Document,
    fingerprint,
    package_documents,
    read_documents,
    split,
    without_copies,
)
from groundup.llm.pretraining.deduplication import near_copies, without_near_copies
from groundup.llm.pretraining.reports import Curve, ModelFolder, Samples
from groundup.llm.pretraining.run import NextTokenTrainer, optimizer_of, ranks, together
from groundup.llm.pretraining.scaling import ScalingLaw, fit_scaling_law
from groundup.llm.pretraining.shards import Shards, write_shards
from groundup.llm.pretraining.windows import TokenWindows

__all__ = ["CorpusError", "Curve", "Document", "ModelFolder", "NextTokenTrainer", "Samples", "ScalingLaw", "Shards",
           "TokenWindows", "fingerprint", "fit_scaling_law",
           "near_copies", "optimizer_of", "package_documents", "ranks", "read_documents", "split", "together",
           "without_copies", "without_near_copies", "write_shards"]  # fmt: skip
