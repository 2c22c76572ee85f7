"""How it learns: every token of the target from the true ones before it, smoothed, at a rate that rises and falls.

teacher forcing     input   bos y1 y2 ... yn        all n + 1 predictions at once,
                    target  y1 y2 ... yn eos        for the causal mask hides what is to be told
label smoothing     (1 - ε) on the true token, ε spread over all V; ε = 0.1              section 5.4
rate of step t      E^-0.5 · min(t^-0.5, t · warmup^-1.5), t = 1, 2, ...                 equation 3
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from groundup.checks import check_count, check_number
from groundup.neural.optim.schedules import inverse_sqrt
from groundup.transformers.transformer.model import Transformer

__all__ = ["noam", "teacher_forced", "translation_loss"]


def noam(t: int, d_model: int, warmup: int = 4000) -> float:
    """The published learning rate after t steps, t = 0, 1, ...: for an optimizer whose own rate is 1.

    ``LRScheduler(Adam(parameters, lr=1.0, betas=(0.9, 0.98), eps=1e-9), noam, d_model=512)``. It is `inverse_sqrt`,
    one step ahead, times its peak (E · warmup)^-0.5.
    """
    check_count("d_model", d_model)
    return (d_model * warmup) ** -0.5 * inverse_sqrt(t + 1, warmup)


def teacher_forced(model: Transformer, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Predictions of every token of the target from those before it.

    Parameters
    ----------
    source : int64 tensor of shape (B, S)
    target : int64 tensor of shape (B, T + 1)
        bos, the tokens, eos, padding.

    Returns
    -------
    logits : tensor of shape (n, V)
    labels : int64 tensor of shape (n,)
        The n tokens behind bos that are no padding.
    """
    if target.ndim != 2 or target.shape[1] < 2:
        raise ValueError(
            f"target must have shape (batch, length) with bos and at least one more; got {tuple(target.shape)}"
        )
    labels = target[:, 1:]
    real = labels != model.config.pad_id
    return model(source, target[:, :-1], where=real), labels[real]


class _Smoothed(torch.autograd.Function):
    """Label smoothing whose gradient is made in the forward pass, in place of the probabilities: half the memory."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        n, V = logits.shape
        log_p = logits.float().log_softmax(-1)
        true = log_p.gather(1, labels[:, None])
        loss = -(1 - smoothing) * true.mean()
        if smoothing:  # or 0 · ∞, where a token is impossible
            loss = loss - smoothing * log_p.mean()
        if ctx.needs_input_grad[0]:
            gradient = log_p.exp_().sub_(smoothing / V)  # softmax - what is wanted
            gradient.scatter_add_(1, labels[:, None], torch.full_like(true, smoothing - 1))
            ctx.save_for_backward(gradient.div_(n).to(logits.dtype))
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ctx.saved_tensors[0] * upstream, None, None


def translation_loss(logits: Tensor, labels: Tensor, smoothing: float = 0.1) -> Tensor:
    """Mean cross-entropy a token with label smoothing, in float32: `groundup.neural.losses.cross_entropy`, fused.

    Parameters
    ----------
    logits : tensor of shape (n, V)
    labels : int64 tensor of shape (n,)
    smoothing : float from 0 to 1
        The share that is spread over all V tokens.

    Notes
    -----
    It can be differentiated once; `groundup.neural.losses.cross_entropy` as often as one likes.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"logits must have shape (n, V) and labels (n,); got {tuple(logits.shape)} and {tuple(labels.shape)}"
        )
    check_number("smoothing", smoothing, 0, 1)
    return _Smoothed.apply(logits, labels, smoothing)  # pyright: ignore[reportReturnType]
