"""The shape of a GPT, under the names that published config.json files use."""

from dataclasses import dataclass

__all__ = ["CONFIGS", "GPTConfig"]


@dataclass(frozen=True)
class GPTConfig:
    """Sizes and rates; the defaults are GPT-2 small's (124M parameters).

    Parameters
    ----------
    vocab_size, n_positions, n_embd, n_layer, n_head : int
        Tokens, longest context, width, blocks, heads a block.
    n_inner : int, optional
        Width of the feed-forward network; 4 n_embd by default.
    activation_function : {"gelu_new", "gelu", "relu"}
        "gelu_new" is GPT-2's tanh form.
    resid_pdrop, embd_pdrop, attn_pdrop : float
        Dropout of what each half of a block adds, of the embeddings, of the attention weights.
    layer_norm_epsilon, initializer_range : float
    bias : bool
        Whether linear layers and layer norms have one; published GPT-2 has.
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
        if self.n_embd % self.n_head:
            raise ValueError(f"n_head must divide n_embd, {self.n_embd}; got {self.n_head}")

    @property
    def inner(self) -> int:
        """Width of the feed-forward network."""
        return self.n_inner or 4 * self.n_embd


CONFIGS = {
    "nano": GPTConfig(vocab_size=65, n_positions=64, n_embd=128, n_layer=4, n_head=4),
    "mini": GPTConfig(vocab_size=65, n_positions=256, n_embd=384, n_layer=6, n_head=6),
    "small": GPTConfig(),
}
