"""GPT-2, exactly: the network of Radford et al. 2019, which reads and writes published weights."""

from groundup.transformers.gpt.config import CONFIGS, GPTConfig
from groundup.transformers.gpt.model import GPT

__all__ = ["CONFIGS", "GPT", "GPTConfig"]
