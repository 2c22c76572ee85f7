"""The transformer of 2017: encoder, decoder, how it is trained and how it translates.

    >>> import torch
    >>> from groundup.transformers.transformer import Transformer, TransformerConfig, beam_search
    >>> config = TransformerConfig(vocab_size=50, d_model=32, heads=4, d_ff=64, encoder_layers=2, decoder_layers=2)
    >>> model = Transformer(config).eval()
    >>> best = beam_search(model, torch.tensor([[7, 8, 9, 2]]), beams=3, max_length=5)[0][0]
    >>> len(best.tokens) <= 5
    True

| file | holds |
|---|---|
| `config` | `TransformerConfig`; how many weights it means |
| `blocks` | feed-forward network, residual sums, encoder and decoder block; `heads` are their attentions |
| `model` | `Transformer` with `encode`, `decode` and the maps of its attention |
| `training` | teacher forcing, label smoothing, the published learning rate |
| `translation` | greedy and beam search; `cache` is what they remember |

Leaves out: sampling and other ways to write (`groundup.llm.decoding`), tokens (`groundup.text.tokenization`).

Lesson: transformer
"""

from groundup.transformers.transformer.blocks import DecoderBlock, EncoderBlock, FeedForward, Residual
from groundup.transformers.transformer.cache import DecoderCache
from groundup.transformers.transformer.config import CONFIGS, TransformerConfig, count_parameters
from groundup.transformers.transformer.heads import CrossAttention
from groundup.transformers.transformer.model import Decoder, Encoder, Transformer
from groundup.transformers.transformer.training import noam, teacher_forced, translation_loss
from groundup.transformers.transformer.translation import Hypothesis, beam_search, greedy

__all__ = [
    "CONFIGS",
    "CrossAttention",
    "Decoder",
    "DecoderBlock",
    "DecoderCache",
    "Encoder",
    "EncoderBlock",
    "FeedForward",
    "Hypothesis",
    "Residual",
    "Transformer",
    "TransformerConfig",
    "beam_search",
    "count_parameters",
    "greedy",
    "noam",
    "teacher_forced",
    "translation_loss",
]
