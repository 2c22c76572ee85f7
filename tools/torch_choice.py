"""Which torch to install, decided on a dry run before gigabytes are downloaded.

The plain wheel for Linux brings the CUDA libraries along, 2.7 GB to download. On a machine without a GPU
they are useless, and the processor-only build is not on the default package index; uv knows where it is.
"""

import json
from dataclasses import dataclass
from typing import Literal

__all__ = ["CPU_GB", "CUDA_GB", "Choice", "brings_cuda", "decide"]

CPU_GB, CUDA_GB = 1.3, 8.0  # free disk that an installation needs, measured on torch 2.13 with its download


@dataclass(frozen=True)
class Choice:
    """How to install torch: with pip, with uv from the processor-only builds, or not at all, and why."""

    how: Literal["pip", "uv", "none"]
    why: str


def brings_cuda(report: str) -> list[str]:
    """Names of CUDA packages that a `pip install --dry-run --report` would install, in its order."""
    names = [item["metadata"]["name"].lower() for item in json.loads(report)["install"]]
    return [name for name in names if name.startswith(("nvidia-", "cuda-")) or name == "triton"]


def decide(report: str, *, gpu: bool, free_gb: float) -> Choice:
    """The choice for this machine.

    Parameters
    ----------
    report : str
        JSON of pip's dry run.
    gpu : bool
        Whether an NVIDIA GPU answers.
    free_gb : float
        Free disk in GB where the environment stands.
    """
    cuda = brings_cuda(report)
    if cuda and gpu:
        how, needed, size = "pip", CUDA_GB, "torch with CUDA downloads 2.7 GB"
    elif cuda:
        how, needed, size = "uv", CPU_GB, "torch for the processor downloads 0.2 GB"
    else:
        how, needed, size = "pip", CPU_GB, "torch for the processor downloads 0.2 GB"
    if free_gb < needed:
        return Choice("none", f"{size} and needs {needed:.1f} GB of disk; {free_gb:.1f} GB are free")
    return Choice(how, size)
