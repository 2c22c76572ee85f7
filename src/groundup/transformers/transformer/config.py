"""The shape of a transformer, and the number of weights that follows from it."""

from dataclasses import dataclass

from groundup.checks import check_choice, check_count, check_number

__all__ = ["CONFIGS", "TransformerConfig", "count_parameters"]


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes, rates and special tokens; the defaults are the base model of Vaswani et al. 2017, table 3.

    Parameters
    ----------
    vocab_size : int
        Tokens of both languages together: one table of embeddings serves source, target and output.
    d_model, heads, d_ff : int
        Width of the stream, heads of every attention, width inside the feed-forward networks.
    encoder_layers, decoder_layers : int
    dropout : float
        Of what each part of a block adds, and of the embeddings with their positions (section 5.4).
    attention_dropout, activation_dropout : float
        Of the attention weights and of the inner layer of the feed-forward networks; none in the paper's text.
    norm : {"post", "pre"}
        Layer norm behind each sum, as published, or before each part of a block with one more at the end of each
        stack (Xiong et al. 2020).
    activation : {"relu", "gelu"}
    pad_id, bos_id, eos_id : int
        Tokens that fill up, begin and end a text.
    eps : float
        Of the layer norms.
    """

    vocab_size: int = 37000
    d_model: int = 512
    heads: int = 8
    d_ff: int = 2048
    encoder_layers: int = 6
    decoder_layers: int = 6
    dropout: float = 0.1
    attention_dropout: float = 0.0
    activation_dropout: float = 0.0
    norm: str = "post"
    activation: str = "relu"
    pad_id: int = 0
    bos_id: int = 1
    eos_id: int = 2
    eps: float = 1e-5

    def __post_init__(self) -> None:
        for name in ("vocab_size", "d_model", "heads", "d_ff", "encoder_layers", "decoder_layers"):
            check_count(name, getattr(self, name))
        for name in ("dropout", "attention_dropout", "activation_dropout"):
            check_number(name, getattr(self, name), 0, 1)
        check_choice("norm", self.norm, ("post", "pre"))
        check_choice("activation", self.activation, ("relu", "gelu"))
        check_number("eps", self.eps, 0, open_low=True)
        if self.d_model % self.heads or self.d_model % 2:
            raise ValueError(f"d_model must be even and a multiple of heads = {self.heads}; got {self.d_model}")
        for name in ("pad_id", "bos_id", "eos_id"):
            check_count(name, getattr(self, name), 0)
        special = self.pad_id, self.bos_id, self.eos_id
        if len(set(special)) < 3 or max(special) >= self.vocab_size:
            raise ValueError(
                f"pad_id, bos_id and eos_id must be three tokens below vocab_size = {self.vocab_size}; got {special}"
            )


CONFIGS = {
    "base": TransformerConfig(),
    "big": TransformerConfig(d_model=1024, heads=16, d_ff=4096, dropout=0.3),
    "tiny": TransformerConfig(
        vocab_size=8000, d_model=128, heads=4, d_ff=256, encoder_layers=4, decoder_layers=4, dropout=0.3
    ),
}


def count_parameters(config: TransformerConfig) -> dict[str, int]:
    """Weights of each part, from the sizes alone.

    Returns
    -------
    dict of str to int
        "embeddings", "encoder", "decoder" and "all".
    """
    d, attention = config.d_model, 4 * (config.d_model**2 + config.d_model)
    feed_forward, norm = 2 * d * config.d_ff + config.d_ff + d, 2 * d
    last = norm if config.norm == "pre" else 0
    parts = {
        "embeddings": config.vocab_size * d,
        "encoder": config.encoder_layers * (attention + feed_forward + 2 * norm) + last,
        "decoder": config.decoder_layers * (2 * attention + feed_forward + 3 * norm) + last,
    }
    return parts | {"all": sum(parts.values())}
