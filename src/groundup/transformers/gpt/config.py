"""The shape of a GPT, under the names that published config.json files use."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from groundup.checks import check_choice, check_count, check_number

__all__ = ["ACTIVATIONS", "CONFIGS", "GPTConfig"]

ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh", "gelu", "relu")

# What a published file may ask for and this network does not do: key -> the value that asks for nothing.
NOT_FOLLOWED: dict[str, Any] = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}


@dataclass(frozen=True)
class GPTConfig:
    """Sizes and rates; the defaults are GPT-2 small's (124M parameters).

    Parameters
    ----------
    vocab_size, n_positions, n_embd, n_layer, n_head : int
        Tokens, longest context, width, blocks, heads a block.
    n_inner : int, optional
        Width of the feed-forward network; 4 n_embd by default.
    activation_function : {"gelu_new", "gelu_pytorch_tanh", "gelu", "relu"}
        "gelu_new" is GPT-2's tanh form, and the next name means the same; "gelu" is the exact one.
    resid_pdrop, embd_pdrop, attn_pdrop : float
        Dropout of what each half of a block adds, of the embeddings, of the attention weights.
    layer_norm_epsilon, initializer_range : float
    bias : bool
        Whether linear layers and layer norms have one; published GPT-2 has.

    Raises
    ------
    ValueError, TypeError
        If a size, rate or name is out of range, or `n_head` does not divide `n_embd`.
    """

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    activation_function: str = "gelu_new"
    resid_pdrop: float = 0.1
    embd_pdrop: float = 0.1
    attn_pdrop: float = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head"):
            check_count(name, getattr(self, name))
        if self.n_inner is not None:
            check_count("n_inner", self.n_inner)
        if self.n_embd % self.n_head:
            raise ValueError(f"n_head must divide n_embd, {self.n_embd}; got {self.n_head}")
        check_choice("activation_function", self.activation_function, ACTIVATIONS)
        for name in ("resid_pdrop", "embd_pdrop", "attn_pdrop"):
            check_number(name, getattr(self, name), 0.0, 1.0)
        check_number("layer_norm_epsilon", self.layer_norm_epsilon, 0.0, open_low=True)
        check_number("initializer_range", self.initializer_range, 0.0)

    @property
    def inner(self) -> int:
        """Width of the feed-forward network."""
        return self.n_inner or 4 * self.n_embd

    @classmethod
    def from_dict(cls, published: Mapping[str, Any]) -> "GPTConfig":
        """The configuration that a config.json asks for.

        Parameters
        ----------
        published : mapping
            Keys of Hugging Face's GPT-2. Those that do not change the network's function (ids of special tokens,
            settings of other heads, `reorder_and_upcast_attn`, which changes half precision alone) are passed over.

        Raises
        ------
        ValueError
            If it describes another architecture, or a variant that this network does not follow; the key is named.
        """
        kind = published.get("model_type", "gpt2")
        if kind != "gpt2":
            raise ValueError(f"model_type must be 'gpt2'; got {kind!r}")
        asked = {key: published[key] for key, off in NOT_FOLLOWED.items() if published.get(key, off) != off}
        if asked:
            told = ", ".join(f"{key} = {value!r}" for key, value in asked.items())
            raise ValueError(f"this GPT does not follow {told}; it can read models with {NOT_FOLLOWED}")
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in published.items() if key in known})

    def to_dict(self) -> dict[str, Any]:
        """What config.json holds: Hugging Face's keys, and `bias`, which other readers pass over."""
        end = 50256 if self.vocab_size > 50256 else None  # GPT-2's <|endoftext|>, where there is room for it
        fixed = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "tie_word_embeddings": True}
        return {**fixed, "bos_token_id": end, "eos_token_id": end, **asdict(self)}


CONFIGS = {
    "nano": GPTConfig(vocab_size=65, n_positions=64, n_embd=128, n_layer=4, n_head=4),
    "mini": GPTConfig(vocab_size=65, n_positions=256, n_embd=384, n_layer=6, n_head=6),
    "small": GPTConfig(),
    "medium": GPTConfig(n_embd=1024, n_layer=24, n_head=16),
    "large": GPTConfig(n_embd=1280, n_layer=36, n_head=20),
    "xl": GPTConfig(n_embd=1600, n_layer=48, n_head=25),
}
