"""What a GPT costs, counted from its configuration: parameters, operations a token, bytes.

V vocabulary, P positions, d width, f feed-forward width, L layers, H heads, T context. A multiplication and an addition
count as two operations.

| convention | forward pass of a token, in a context of T |
|---|---|
| `exact` | 2 (matrix entries) + 2 L d (T + 1): a position looks at itself and what came before, (T + 1)/2 on average |
| `kaplan` | 2 N + 2 L T d, N = 2 L d (2 d + f) = 12 L d²: Kaplan et al. 2020 (arXiv 2001.08361), eqs. 2.1 and 2.2 |
| `palm` | 2 N + 4 L d T, N all parameters: Chowdhery et al. 2022 (arXiv 2204.02311), appendix B |
| `chinchilla` | as `exact`, with T keys for every query, the softmax, and 2 V d for the embedding |

The last is Hoffmann et al. 2022 (arXiv 2203.15556), appendix F.
The backward pass costs twice the forward pass: each product A B has two, for the gradients of A and of B. Kaplan's N
leaves embeddings and the last layer out, and its rule of thumb 6 N a trained token leaves out attention's own products
too; the appendix of PaLM leaves out what a causal mask saves.
"""

from groundup.checks import check_choice, check_count
from groundup.transformers.gpt.config import GPTConfig

__all__ = ["CONVENTIONS", "flops_per_token", "generation_memory", "parameter_counts", "training_memory"]

CONVENTIONS = ("exact", "kaplan", "palm", "chinchilla")


def parameter_counts(config: GPTConfig) -> dict[str, int]:
    """Numbers that are learned, part by part; their sum is the model's size.

    Returns
    -------
    dict
        "token embeddings" V d (which are the last layer too), "position embeddings" P d, "attention" L (4 d² + 4 d),
        "feed-forward" L (2 d f + f + d), "layer norms" (2 L + 1) 2 d; without biases the terms in d and f alone go.
    """
    c, d, f, b = config, config.n_embd, config.inner, int(config.bias)
    return {
        "token embeddings": c.vocab_size * d,
        "position embeddings": c.n_positions * d,
        "attention": c.n_layer * (4 * d * d + b * 4 * d),
        "feed-forward": c.n_layer * (2 * d * f + b * (f + d)),
        "layer norms": (2 * c.n_layer + 1) * (1 + b) * d,
    }


def flops_per_token(
    config: GPTConfig, context: int | None = None, *, convention: str = "exact", training: bool = True
) -> float:
    """Operations for one token on average, of the products of matrices.

    Parameters
    ----------
    config : GPTConfig
    context : int, optional
        Tokens that are read at once, T; n_positions by default.
    convention : {"exact", "kaplan", "palm", "chinchilla"}
        See the table above; they differ by what they leave out.
    training : bool
        Forward and backward pass, three times the forward pass alone.
    """
    check_choice("convention", convention, CONVENTIONS)
    c, d = config, config.n_embd
    T = c.n_positions if context is None else context
    check_count("context", T)
    blocks = c.n_layer * (4 * d * d + 2 * d * c.inner)  # entries of the matrices inside the blocks
    head = c.vocab_size * d
    if convention == "exact":
        forward = 2 * (blocks + head) + 2 * c.n_layer * d * (T + 1)
    elif convention == "kaplan":
        forward = 2 * blocks + 2 * c.n_layer * T * d
    elif convention == "palm":
        forward = 2 * sum(parameter_counts(c).values()) + 4 * c.n_layer * d * T
    else:
        forward = 2 * (blocks + 2 * head) + c.n_layer * (4 * d * T + 3 * c.n_head * T)
    return float(3 * forward if training else forward)


def training_memory(
    config: GPTConfig, batch: int, context: int | None = None, *, autocast: bool = False
) -> dict[str, int]:
    """Bytes that a training step with AdamW needs, dropout left out.

    Parameters
    ----------
    config : GPTConfig
    batch : int
        Sequences at once.
    context : int, optional
        Their length; n_positions by default.
    autocast : bool
        Products in bfloat16, so that what they keep for the backward pass has two bytes an entry.

    Returns
    -------
    dict
        "weights", "gradients", "optimizer" (two numbers a parameter), all float32, and "activations": what the forward
        pass keeps for the backward pass. A block keeps 16 d entries a token: the stream before each half (2 d), both
        normalized (2 d), queries, keys and values (3 d), what attention read (d), the feed-forward layer before and
        after its activation (2 f = 8 d). The last layer keeps the log-softmax over the vocabulary; its gradient takes
        as much again for a moment.
    """
    check_count("batch", batch)
    c, d = config, config.n_embd
    T = c.n_positions if context is None else context
    count = sum(parameter_counts(c).values())
    wide, narrow = 4, 2 if autocast else 4
    block = d * 2 * wide + (6 * d + 2 * c.inner) * narrow + 4 * (c.n_head + 4)  # and statistics of softmax and norms
    last = (2 * d + c.vocab_size) * wide
    tokens = batch * T
    return {
        "weights": 4 * count,
        "gradients": 4 * count,
        "optimizer": 8 * count,
        "activations": tokens * (c.n_layer * block + last),
    }


def generation_memory(
    config: GPTConfig, batch: int = 1, length: int | None = None, *, width: int = 4
) -> dict[str, int]:
    """Bytes that generation needs: the weights, and the keys and values of every position in every layer.

    Parameters
    ----------
    config : GPTConfig
    batch, length : int
        Sequences, and positions of each; n_positions by default.
    width : int
        Bytes a number: 4 for float32, 2 for bfloat16.

    Returns
    -------
    dict
        "weights" and "cache", 2 L d numbers a position.
    """
    T = config.n_positions if length is None else length
    for name, value in (("batch", batch), ("length", T), ("width", width)):
        check_count(name, value)
    return {
        "weights": width * sum(parameter_counts(config).values()),
        "cache": width * batch * T * 2 * config.n_layer * config.n_embd,
    }
