"""Muon: momentum, made orthogonal, for weight matrices.

    B ← μ B + (1 - μ) G                            running mean of gradients, (A, B) matrices             (1)
    M = (1 - μ) G + μ B   (Nesterov), or B                                                                (2)
    O = U Vᵀ  where  M = U S Vᵀ                    the nearest matrix with orthonormal rows or columns    (3)
    W ← W - η λ W - η s O                          s makes steps of matrices of all shapes alike          (4)

The singular value decomposition of (3) is replaced by a few Newton-Schulz steps,

    X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X,            beginning with X = M / |M|,                            (5)

each of which applies  a σ + b σ³ + c σ⁵  to every singular value σ and leaves U and V as they are. With the
coefficients below, chosen for a steep slope at 0, five steps bring every σ from 0.002 to 1 to between 0.68 and 1.21,
not to 1 exactly. s is √max(1, A/B) ("original"), where a layer's outputs are the A rows, as in torch; or
0.2 √max(A, B) ("match_rms_adamw"). The root mean square of the entries of U Vᵀ is 1 / √max(A, B) (its min(A, B)
singular values are 1), so the latter makes it 0.2, about what it is under AdamW.

Cost of (5): 15 products of matrices in 5 steps, O(A B min(A, B)) each; state: one array of the parameters' size.

References: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/ and github.com/KellerJordan/Muon: (1), (2),
(5) and the first s. The post writes (1) as the sum B ← μ B + G; that is 1 / (1 - μ) times ours from a start at 0, and
the norm in (5) takes the factor out. Liu et al. 2025, arXiv 2502.16982: weight decay, eq. 3; the second s, eq. 4 and
lemma 1. torch.optim.Muon computes (5) in bfloat16, here in the own precision of the parameters unless `ns_dtype` says
otherwise.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from groundup.checks import check_choice, check_count
from groundup.neural._backend import is_torch
from groundup.neural.optim._worlds import like
from groundup.neural.optim.adam import AdamW, decay_weights
from groundup.neural.optim.base import Optimizer, check_fraction, check_unsigned

__all__ = ["COEFFICIENTS", "Muon", "Together", "muon_and_adamw", "newton_schulz", "step_scale"]

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
SCALES = ("original", "match_rms_adamw")


def newton_schulz(
    matrix: Any, steps: int = 5, coefficients: tuple[float, float, float] = COEFFICIENTS, eps: float = 1e-7
) -> Any:
    """About U Vᵀ of a matrix U S Vᵀ, by eq. (5).

    Parameters
    ----------
    matrix : array or torch tensor of shape (A, B)
    steps : int
    coefficients : three numbers
        a, b, c. (1.5, -0.5, 0) is the classical iteration: slower at the start, and exact in the end.
    eps : float
        The matrix is divided by its Frobenius norm or by this, whichever is larger.

    Returns
    -------
    array or torch tensor of shape (A, B)
        Zeros stay zeros.
    """
    a, b, c = coefficients
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T  # the product X Xᵀ is the smaller one
    x = x / max(float((x * x).sum()) ** 0.5, eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x if wide else x.T


def step_scale(shape: Sequence[int], adjust_lr_fn: str | None) -> float:
    """The factor s of eq. (4): "original" where `adjust_lr_fn` is None."""
    rows, columns = shape
    if adjust_lr_fn == "match_rms_adamw":
        return 0.2 * max(rows, columns) ** 0.5
    return max(1.0, rows / columns) ** 0.5


class Muon(Optimizer):
    """Momentum orthogonalized by Newton-Schulz steps, for matrices inside a network, eqs. (1) to (5).

    Embeddings, output layers, gains and biases belong to another optimizer: see `muon_and_adamw`.

    Parameters
    ----------
    params : iterable
        Parameters with two axes, or groups of them.
    lr : float
    weight_decay : float
        Decoupled.
    momentum : float
        μ, in [0, 1).
    nesterov : bool
    ns_coefficients : (float, float, float)
    eps : float
    ns_steps : int
    adjust_lr_fn : {None, "original", "match_rms_adamw"}
        Which s; None is "original", which is meant for weights of shape (outputs, inputs).
    ns_dtype : str, optional
        Name of the torch type in which (5) is computed for torch's parameters, such as ``"bfloat16"``.

    Raises
    ------
    ValueError, TypeError
        See `Optimizer`; and if a parameter has not two axes.

    References
    ----------
    Same as `torch.optim.Muon` but for the precision of (5).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
        *,
        ns_dtype: str | None = None,
    ) -> None:
        options = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov}
        newton = {"ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "ns_dtype": ns_dtype}
        super().__init__(params, {**options, **newton, "adjust_lr_fn": adjust_lr_fn})

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        check_fraction("momentum", group["momentum"])
        check_unsigned("eps", group["eps"])
        check_count("ns_steps", group["ns_steps"], 0)
        if group["adjust_lr_fn"] is not None:
            check_choice("adjust_lr_fn", group["adjust_lr_fn"], SCALES)
        if len(group["ns_coefficients"]) != 3:
            raise ValueError(f"ns_coefficients must be three numbers; got {group['ns_coefficients']}")
        for p in group["params"]:
            if p.ndim != 2:
                raise ValueError(
                    f"Muon is for matrices; got a parameter of shape {tuple(p.shape)}: give it to AdamW, "
                    "as muon_and_adamw does"
                )

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = like(values)
        buffer, momentum, lr = state["momentum_buffer"], group["momentum"], group["lr"]
        buffer += (1 - momentum) * (grad - buffer)  # (1)
        mean = (1 - momentum) * grad + momentum * buffer if group["nesterov"] else buffer  # (2)
        if group["ns_dtype"] and is_torch(mean):
            import torch

            mean = mean.to(getattr(torch, group["ns_dtype"]))
        direction = newton_schulz(mean, group["ns_steps"], group["ns_coefficients"], group["eps"])  # (3), (5)
        decay_weights(values, lr, group["weight_decay"])
        values -= lr * step_scale(values.shape, group["adjust_lr_fn"]) * direction  # (4)


class Together:
    """Several optimizers as one: one `step`, one list of groups (for schedules), one state.

    Parameters
    ----------
    optimizers : Optimizer
        With different parameters.

    Raises
    ------
    ValueError
        If a parameter belongs to two of them.
    """

    def __init__(self, *optimizers: Optimizer) -> None:
        self.optimizers = optimizers
        seen = [id(p) for g in self.param_groups for p in g["params"]]
        if len(seen) != len(set(seen)):
            raise ValueError("a parameter belongs to two of the optimizers")

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Groups of all optimizers, in order."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    @property
    def defaults(self) -> dict[str, Any]:
        """Those of the first optimizer."""
        return self.optimizers[0].defaults

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of each, after one evaluation of the closure."""
        loss = None if closure is None else closure()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """``{"optimizers": [state_dict, ...]}``."""
        return {"optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state of `state_dict`; ValueError if it is of other optimizers."""
        saved = state_dict["optimizers"]
        if len(saved) != len(self.optimizers):
            raise ValueError(f"the state is of {len(saved)} optimizers, here are {len(self.optimizers)}")
        for optimizer, state in zip(self.optimizers, saved, strict=True):
            optimizer.load_state_dict(state)


def muon_and_adamw(
    params: Iterable[Any],
    *,
    lr: float = 1e-3,
    weight_decay: float = 0.1,
    others: Iterable[Any] = (),
    others_lr: float | None = None,
    betas: tuple[float, float] = (0.9, 0.95),
) -> Together:
    """Muon for the matrices, AdamW for everything else.

    Parameters
    ----------
    params : iterable of parameters
        All of the network's. Those with two axes go to Muon (with s = "match_rms_adamw", so that one lr suits both).
    lr, weight_decay : float
    others : iterable of parameters
        Matrices that AdamW shall have nevertheless: embeddings and the output layer.
    others_lr : float, optional
        AdamW's step size, `lr` unless given.
    betas : (float, float)
        AdamW's.

    Returns
    -------
    Together

    Raises
    ------
    ValueError
        If either has nothing to do.
    """
    given = {id(p) for p in others}
    matrices, rest = [], []
    for p in params:
        (matrices if p.ndim == 2 and id(p) not in given else rest).append(p)
    if not matrices or not rest:
        missing = "matrix is left for Muon" if not matrices else "parameter is left for AdamW"
        raise ValueError(f"no {missing}; use one optimizer")
    return Together(
        Muon(matrices, lr, weight_decay, adjust_lr_fn="match_rms_adamw"),
        AdamW(rest, lr if others_lr is None else others_lr, betas, weight_decay=weight_decay),
    )
