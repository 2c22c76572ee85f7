"""Mixed precision and clipping: what stands between the backward pass and the step.

Matrix products in 16 bits, weights and sums in 32 (Micikevicius et al. 2018). bfloat16 keeps float32's range and 8
bits of precision, and needs nothing more. float16 has 11 bits but ends at 6e-8, where many gradients lie: multiply
the loss by S before the backward pass, which multiplies all gradients, and divide them by S before the step. S is
found by trial: halved when a gradient overflows (that step is left out), doubled after 2,000 steps without overflow.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from groundup.checks import check_choice

__all__ = ["LossScaler", "Precision", "clip_gradients", "fast_precision"]

NOTHING = nullcontext()
TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def fast_precision(device: torch.device) -> str:
    """bfloat16 where the device computes in it faster than in float32, else float32."""
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    can = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return "bfloat16" if can.get("avx512_bf16") or can.get("amx_bf16") else "float32"


def clip_gradients(gradients: list[torch.Tensor], max_norm: float) -> torch.Tensor:
    """Shrink gradients, in place, so that their common Euclidean norm is at most `max_norm`; their norm before.

    Parameters
    ----------
    gradients : list of tensor
        Of one device. Their direction is kept: all are multiplied by min(1, max_norm / (norm + 1e-6)).
    max_norm : float

    Returns
    -------
    tensor of shape ()
        It stays on the device, so nothing waits for it.

    Notes
    -----
    Beside `groundup.neural.optim.clip_grad_norm_` for two reasons. In a few fused operations in float32 it is bit for
    bit torch.nn.utils.clip_grad_norm_, so that the trainer equals a bare loop; and it takes a fraction of the time
    (a third for a small network, less for a large one). The other one computes the norm in
    float64, as numbers above 1e19 need, whose squares overflow float32, and serves both worlds and every p-norm.
    """
    if not gradients:
        return torch.zeros(())
    norm = torch.stack(torch._foreach_norm(gradients)).norm()  # pyright: ignore[reportPrivateImportUsage]
    torch._foreach_mul_(gradients, (max_norm / (norm + 1e-6)).clamp(max=1.0))  # pyright: ignore[reportPrivateImportUsage]
    return norm


class LossScaler:
    """The loss scale S of float16, by trial; the rule and its constants are torch.amp.GradScaler's.

    Parameters
    ----------
    scale : float
        S at the beginning.
    growth_interval : int
        Steps in a row without overflow after which S is doubled.

    Attributes
    ----------
    scale : float
        S now.
    skipped : int
        Steps left out so far.
    """

    def __init__(self, scale: float = 65536.0, growth_interval: int = 2000) -> None:
        self.scale, self.growth_interval = float(scale), int(growth_interval)
        self.good, self.skipped = 0, 0

    def unscale(self, gradients: list[torch.Tensor]) -> bool:
        """Divide gradients by S in place; whether all of them are finite (this waits for the device)."""
        if not gradients:
            return True
        torch._foreach_mul_(gradients, 1.0 / self.scale)  # pyright: ignore[reportPrivateImportUsage]
        return bool(torch.isfinite(torch.stack(torch._foreach_norm(gradients, float("inf")))).all())  # pyright: ignore[reportPrivateImportUsage]

    def update(self, finite: bool) -> None:
        """Change S after a step whose gradients were finite, or not."""
        if not finite:
            self.scale, self.good, self.skipped = self.scale / 2, 0, self.skipped + 1
            return
        self.good += 1
        if self.good == self.growth_interval:
            self.scale, self.good = self.scale * 2, 0

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers from which `load_state_dict` continues."""
        return {"scale": self.scale, "good": self.good, "skipped": self.skipped}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken."""
        self.scale, self.good, self.skipped = float(state["scale"]), int(state["good"]), int(state["skipped"])


class Precision:
    """How a step computes: in float32, or in 16 bits where that is safe.

    Parameters
    ----------
    name : {"float32", "bfloat16", "float16"}
    device : torch.device

    Attributes
    ----------
    scaler : LossScaler or None
        Of float16.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        check_choice("precision", name, ("float32", *TYPES))
        self.name, self.device = name, device
        self.scaler = LossScaler() if name == "float16" else None

    def forward(self) -> AbstractContextManager:
        """Context in which outputs and losses are computed."""
        if self.name == "float32":
            return NOTHING
        return torch.autocast(self.device.type, TYPES[self.name])
