"""Small weights: penalties on them, groups of parameters that decay, and a limit on the norm of a unit.

    l2_penalty     λ/2 Σ w²,    gradient  λ w            (a step a of gradient descent: w times 1 - a λ)
    l1_penalty     λ Σ |w|,     gradient  λ sign(w)      (0 at 0, the subgradient of torch)
    max_norm_      w <- w min(1, c / |w|) for the incoming weights w of each unit (Srivastava et al. 2014, section 5.1)

Weight decay subtracts a λ w from w in each step of size a. With plain gradient descent this *is* the L2 penalty; with
Adam it is not, since Adam divides the penalty's gradient by the size of all gradients so far (Loshchilov and Hutter
2017): `groundup.neural.optim.Adam` has the penalty, `AdamW` the decay.

Lesson: regularization
"""

from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor, as_tensor, no_grad, record

__all__ = ["decay_groups", "l1_penalty", "l2_penalty", "max_norm_"]


def l2_penalty(params: Any, strength: float = 1.0) -> Any:
    """λ/2 times the sum of squares of all entries.

    Parameters
    ----------
    params : Tensor, torch.Tensor, array_like, or an iterable of them
    strength : float
        λ, at least 0.

    Returns
    -------
    Tensor or torch.Tensor of shape ()

    Raises
    ------
    ValueError, TypeError
        If the strength is negative or no number, or there are no parameters.

    Examples
    --------
    >>> from groundup.neural.autograd import Tensor
    >>> from groundup.neural.regularization import l2_penalty
    >>> w = Tensor([3.0, -4.0], requires_grad=True)
    >>> l2_penalty(w, 0.1).backward()
    >>> w.grad
    array([ 0.3, -0.4])
    """
    check_number("strength", strength, 0.0)
    return _sum([_one_l2(p, strength) for p in _listed(params)])


def l1_penalty(params: Any, strength: float = 1.0) -> Any:
    """λ times the sum of absolute values of all entries.

    Parameters
    ----------
    params : Tensor, torch.Tensor, array_like, or an iterable of them
    strength : float
        λ, at least 0.

    Returns
    -------
    Tensor or torch.Tensor of shape ()

    Raises
    ------
    ValueError, TypeError
        If the strength is negative or no number, or there are no parameters.
    """
    check_number("strength", strength, 0.0)
    return _sum([_one_l1(p, strength) for p in _listed(params)])


def decay_groups(
    params: Any, weight_decay: float, *, exempt: Callable[[str, Any], bool] | None = None
) -> list[dict[str, Any]]:
    """Two groups for an optimizer: what decays, and biases, gains and scales, which do not.

    Parameters
    ----------
    params : torch.nn.Module, parameter, iterable of parameters, or of pairs (name, parameter)
        Parameters that need no gradient are left out, those that occur twice are taken once.
    weight_decay : float
        At least 0.
    exempt : callable, optional
        ``exempt(name, parameter) -> bool``. By default parameters with fewer than two axes: a bias, the gain of a
        norm. Embeddings have two, so name them where they shall not decay.

    Returns
    -------
    list of dict
        ``{"params": [...], "weight_decay": ...}`` each; a group without parameters is left out.

    Raises
    ------
    ValueError, TypeError
        If the decay is negative or no number, or there are no parameters.
    """
    check_number("weight_decay", weight_decay, 0.0)
    spared = exempt or (lambda name, p: p.ndim < 2)
    decayed, free, seen = [], [], set()
    for name, p in _named(params):
        if p.requires_grad and id(p) not in seen:
            seen.add(id(p))
            (free if spared(name, p) else decayed).append(p)
    if not seen:
        raise ValueError("params holds no parameter that needs a gradient")
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def max_norm_(w: Any, limit: float, axis: int = -1) -> None:
    """Scale down, in place, the incoming weights of each unit whose Euclidean norm exceeds the limit.

    Parameters
    ----------
    w : Tensor, ndarray or torch.Tensor
        Weights; called after the optimizer's step.
    limit : float
        Above 0; 3 or 4 in Srivastava et al. (2014).
    axis : int
        The axis that counts the units: -1 for weights (in, out) as in `groundup.neural.mlp`, 0 for torch's (out, in).

    Raises
    ------
    ValueError, TypeError
        If the limit is not positive, w has no such axis, or w cannot be changed in place because it holds no floats.

    Notes
    -----
    A unit with a weight that is NaN or infinite becomes NaN.
    """
    check_number("limit", limit, 0.0, open_low=True)
    ours = isinstance(w, (Tensor, np.ndarray))
    if not (w.dtype.kind == "f" if ours else is_torch(w) and w.is_floating_point()):
        raise TypeError(f"w must be a Tensor, ndarray or torch.Tensor of floats; got {getattr(w, 'dtype', type(w))}")
    if not isinstance(axis, Integral) or not -w.ndim <= axis < w.ndim:
        raise ValueError(f"axis must be an axis of w, whose shape is {tuple(w.shape)}; got {axis!r}")
    if 0 in w.shape:
        return
    values: Any = w.data if isinstance(w, Tensor) else w if ours else w.detach()
    factor = _shrinkage(values.swapaxes(axis, 0).reshape(w.shape[axis], -1), limit)
    factor = factor.reshape([-1 if i == axis % w.ndim else 1 for i in range(w.ndim)])
    if isinstance(w, Tensor):
        with no_grad():
            w.copy_(values * factor)
    else:
        values *= factor


def _shrinkage(rows: Any, limit: float) -> Any:
    """min(1, limit / norm) of each row. Divided by the largest entry, so that no square overflows or vanishes."""
    with np.errstate(over="ignore", invalid="ignore"):
        size = abs(rows)
        peak = size.amax(1) if is_torch(rows) else size.max(1)
        peak = peak + (peak == 0)
        relative = ((rows / peak[:, None]) ** 2).sum(1) ** 0.5  # from 1 on, but for a row of zeros
        return (limit / peak / relative.clip(1)).clip(max=1)


def _one_l2(p: Any, strength: float) -> Any:
    if is_torch(p):
        return strength / 2 * p.square().sum()
    return record(strength / 2 * np.vdot(p.data, p.data), "l2_penalty", [(p, lambda g: g * strength * p.data)], [p])


def _one_l1(p: Any, strength: float) -> Any:
    if is_torch(p):
        return strength * p.abs().sum()
    size = np.asarray(strength * np.abs(p.data).sum())
    return record(size, "l1_penalty", [(p, lambda g: g * strength * np.sign(p.data))], [p])


def _listed(params: Any) -> list[Any]:
    if isinstance(params, (Tensor, np.ndarray)) or is_torch(params):
        params = [params]
    if not isinstance(params, Iterable) or isinstance(params, (str, Mapping)):
        raise TypeError(f"params must be a parameter or an iterable of parameters; got {type(params).__name__}")
    found = [p if is_torch(p) else as_tensor(p) for p in params]
    found = [Tensor(p.data.astype(float)) if isinstance(p, Tensor) and p.dtype.kind != "f" else p for p in found]
    if not found:
        raise ValueError("params holds nothing to penalize")
    return found


def _sum(terms: list[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _named(params: Any) -> Iterable[tuple[str, Any]]:
    if hasattr(params, "named_parameters"):
        return params.named_parameters()
    if isinstance(params, Tensor) or is_torch(params):
        params = [params]
    if not isinstance(params, Iterable) or isinstance(params, (str, Mapping)):
        raise TypeError(f"params must be a module, parameters, or pairs (name, parameter); got {type(params).__name__}")
    pairs = [p if isinstance(p, tuple) else ("", p) for p in params]
    for _, p in pairs:
        if not hasattr(p, "requires_grad"):
            raise TypeError(f"params must hold Tensors or torch tensors; got {type(p).__name__}")
    return pairs
