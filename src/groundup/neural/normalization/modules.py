"""The normalizations as torch modules, with torch's names, settings and state dict: weights load both ways."""

import torch

from groundup.checks import check_count
from groundup.neural.normalization._checks import check_share, lengths
from groundup.neural.normalization.batch import batch_norm
from groundup.neural.normalization.single import group_norm, instance_norm, layer_norm, rms_norm

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm2d", "LayerNorm", "RMSNorm"]


def _parameters(module: torch.nn.Module, shape: tuple[int, ...], weight: bool, bias: bool) -> None:
    """Weight 1 and bias 0, or None where they are not wanted."""
    module.register_parameter("weight", torch.nn.Parameter(torch.ones(shape)) if weight else None)
    module.register_parameter("bias", torch.nn.Parameter(torch.zeros(shape)) if bias else None)


class _BatchNorm(torch.nn.Module):
    """As `batch_norm`, with running statistics in buffers.

    Parameters
    ----------
    num_features : int
        Channels.
    eps : float
    momentum : float or None
        Share of the newest batch in the running statistics; None: the mean of all batches so far.
    affine : bool
        Whether to learn a weight and a bias.
    track_running_stats : bool
        Without them the batch's own statistics are used in evaluation too.
    """

    axes: tuple[int, ...] = ()
    running_mean: torch.Tensor | None
    running_var: torch.Tensor | None
    num_batches_tracked: torch.Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__()
        check_count("num_features", num_features)
        if momentum is not None:
            check_share(momentum)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        _parameters(self, (num_features,), affine, affine)
        track = track_running_stats
        self.register_buffer("running_mean", torch.zeros(num_features) if track else None)
        self.register_buffer("running_var", torch.ones(num_features) if track else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0) if track else None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize; in training also move the running statistics."""
        if x.ndim not in self.axes:
            raise ValueError(
                f"x must have {' or '.join(map(str, self.axes))} axes for {type(self).__name__}; got {tuple(x.shape)}"
            )
        share = self.momentum or 0.0
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
            if self.momentum is None:
                share = 1.0 / float(self.num_batches_tracked)
        training = self.training or self.running_mean is None
        return batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, training, share, self.eps)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """As `batch_norm`, for inputs (n, channels) and (n, channels, length), with running statistics in buffers."""

    axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """As `batch_norm`, for inputs (n, channels, height, width), with running statistics in buffers."""

    axes = (4,)


class LayerNorm(torch.nn.Module):
    """As `layer_norm`, with weight and bias."""

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps = lengths(normalized_shape), eps
        _parameters(self, self.normalized_shape, elementwise_affine, elementwise_affine and bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize the last axes."""
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"{self.normalized_shape}, eps={self.eps}"


class RMSNorm(torch.nn.Module):
    """As `rms_norm`, with weight."""

    def __init__(
        self, normalized_shape: int | tuple[int, ...], eps: float | None = None, elementwise_affine: bool = True
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps = lengths(normalized_shape), eps
        _parameters(self, self.normalized_shape, elementwise_affine, False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize the last axes."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"{self.normalized_shape}, eps={self.eps}"


class GroupNorm(torch.nn.Module):
    """As `group_norm`, with weight and bias."""

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_groups must divide the {num_channels} channels; got {num_groups}")
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        _parameters(self, (num_channels,), affine, affine)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize groups of channels."""
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}"


class InstanceNorm2d(torch.nn.Module):
    """As `instance_norm`, for inputs (n, channels, height, width); without weight and bias by default, as in torch."""

    def __init__(self, num_features: int, eps: float = 1e-5, affine: bool = False) -> None:
        super().__init__()
        check_count("num_features", num_features)
        self.num_features, self.eps = num_features, eps
        _parameters(self, (num_features,), affine, affine)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize every channel of every example."""
        if x.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError(f"x must have shape (n, {self.num_features}, height, width); got {tuple(x.shape)}")
        return instance_norm(x, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"{self.num_features}, eps={self.eps}"
