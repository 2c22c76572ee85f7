"""`Optimizer`: what all update rules share. Parameter groups, state, zeroing, saving and loading.

The interface, the names of options and of state, and the layout of `state_dict` are those of `torch.optim.Optimizer`,
so that state can be copied from there and back. A rule is written once for both worlds: it sees a parameter's values,
its gradient and its state as NumPy arrays or as torch tensors, and uses only operators that both have
(``m *= b``, ``v ** 0.5``, ``a.clip(b)``).

Left out: hooks, named parameters, complex and sparse gradients, differentiating through a step.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.autograd import Tensor

__all__ = ["Optimizer", "check_fraction", "check_unsigned"]


def check_unsigned(name: str, value: float) -> None:
    """Raise unless value >= 0."""
    if not value >= 0:
        raise ValueError(f"{name} must be at least 0; got {value}")


def check_fraction(name: str, value: float) -> None:
    """Raise unless 0 <= value < 1."""
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1); got {value}")


class Optimizer:
    """Base of all optimizers. A rule derives from it and defines `update`.

    Parameters
    ----------
    params : iterable
        Parameters (our `Tensor`s, or torch's), or dicts ``{"params": parameters, "lr": ...}``: groups, whose options
        override `defaults`.
    defaults : dict
        Options of a group that does not name them, among them ``lr``.

    Attributes
    ----------
    param_groups : list of dict
        A group's ``"params"`` and its options. Options may be changed between steps.
    state : dict
        Parameter -> dict of what the rule remembers of it, with torch's names.
    defaults : dict

    Raises
    ------
    ValueError
        If there are no parameters, one stands in two groups or twice in one, one is not a leaf, or an option is out of
        range.
    TypeError
        If something is no parameter.

    References
    ----------
    Interface: https://docs.pytorch.org/docs/stable/optim.html
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor) or is_torch(params):
            raise TypeError("params must be an iterable of parameters or of dicts; got one tensor: write [tensor]")
        if hasattr(params, "parameters"):
            raise TypeError(
                f"params must be an iterable of parameters; got a {type(params).__name__}: write .parameters()"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("params is empty: there is nothing to optimize")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Take more parameters in, with options of their own.

        Parameters
        ----------
        group : dict
            ``"params"``, one parameter or an iterable of them, and any options.

        Raises
        ------
        TypeError, ValueError
            As for the constructor.
        """
        if not isinstance(group, dict):
            raise TypeError(f"a group must be a dict with the key 'params'; got {type(group).__name__}")
        found = group["params"]
        if isinstance(found, (set, frozenset)):
            raise TypeError("the order of parameters must be fixed, and a set has none: use a list")
        params = [found] if isinstance(found, Tensor) or is_torch(found) else list(found)
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for i, p in enumerate(params):
            _check_parameter(p, i)
            if id(p) in known:
                raise ValueError(f"parameter {i} of the group, of shape {tuple(p.shape)}, is there already")
            known.add(id(p))
        group = {**self.defaults, **group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError if an option of the group is out of range. Rules extend it."""
        check_unsigned("lr", group["lr"])
        check_unsigned("weight_decay", group.get("weight_decay", 0.0))

    def update(self, values: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change `values` in place: the rule. `grad` must be left as it is.

        Parameters
        ----------
        values, grad : arrays or torch tensors of one shape
        state : dict
            What the rule keeps for this parameter, empty at the first step.
        group : dict
            Options.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no update")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients anew, and returns the loss.

        Returns
        -------
        What `closure` returned, or None.

        Raises
        ------
        TypeError
            If a gradient is sparse.
        ValueError
            If a gradient has not its parameter's shape.
        """
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._move(p, group)
        return loss

    def _move(self, p: Any, group: dict[str, Any]) -> None:
        if isinstance(p, Tensor):
            assert p.grad is not None
            if np.shape(p.grad) != p.shape:
                raise ValueError(f"a parameter of shape {p.shape} has a gradient of shape {np.shape(p.grad)}")
            self.update(p.data, -p.grad if group.get("maximize") else p.grad, self.state[p], group)
            p._version[0] += 1  # a graph that still needs the old values must not use the new ones
            return
        import torch

        if p.grad.layout != torch.strided:
            raise TypeError(f"gradients must be dense; got layout {p.grad.layout}, use to_dense()")
        with torch.no_grad():  # detach() shares memory and the count of changes
            grad = p.grad.detach()
            self.update(p.detach(), -grad if group.get("maximize") else grad, self.state[p], group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or fill them with zeros where `set_to_none` is False."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None or set_to_none:
                    p.grad = None
                elif isinstance(p, Tensor):
                    p.grad[...] = 0
                else:
                    p.grad.detach_().zero_()

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on later, in torch's layout. Arrays are shared, not copied.

        Returns
        -------
        dict
            ``"state"``: number of a parameter -> its state; ``"param_groups"``: options, with numbers as ``"params"``.
        """
        number = {id(p): i for i, p in enumerate(p for g in self.param_groups for p in g["params"])}
        return {
            "state": {number[id(p)]: s for p, s in self.state.items()},
            "param_groups": [{**g, "params": [number[id(p)] for p in g["params"]]} for g in self.param_groups],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state of `state_dict`, from here or from torch.optim, copied; arrays become tensors and back.

        Raises
        ------
        ValueError
            If numbers of groups or of parameters differ, or an array has neither one entry nor its parameter's shape.
        """
        mine, saved = self.param_groups, state_dict["param_groups"]
        sizes, found = [len(g["params"]) for g in mine], [len(g["params"]) for g in saved]
        if sizes != found:
            raise ValueError(f"the state has groups of {found} parameters, this optimizer of {sizes}")
        params = [p for g in mine for p in g["params"]]
        numbers = [i for g in saved for i in g["params"]]
        loaded = {i: _adopt(p, state_dict["state"].get(i, {}), i) for i, p in zip(numbers, params, strict=True)}
        groups = [
            {**g, **deepcopy({k: v for k, v in s.items() if k != "params"})} for g, s in zip(mine, saved, strict=True)
        ]
        for group in groups:
            self.check(group)
        for group, new in zip(mine, groups, strict=True):
            group.update(new)
        self.state.clear()
        self.state.update({p: loaded[i] for i, p in zip(numbers, params, strict=True) if loaded[i]})

    def __repr__(self) -> str:
        options = [", ".join(f"{k}={v}" for k, v in g.items() if k != "params") for g in self.param_groups]
        return f"{type(self).__name__}({'; '.join(options)})"


def _check_parameter(p: Any, i: int) -> None:
    if not isinstance(p, Tensor) and not is_torch(p):
        raise TypeError(f"parameter {i} must be a Tensor of groundup or of torch; got {type(p).__name__}")
    if not p.is_leaf:
        raise ValueError(f"parameter {i} is the result of an operation; only leaves can be optimized")
    if p.dtype.kind != "f" if isinstance(p, Tensor) else not p.is_floating_point():
        raise TypeError(f"parameter {i} must hold real floating-point numbers; got dtype {p.dtype}")


def _adopt(p: Any, saved: dict[str, Any], number: int) -> dict[str, Any]:
    """A parameter's state, copied into the world, dtype and device of the parameter."""
    state = {}
    for name, value in saved.items():
        if isinstance(value, np.ndarray) or is_torch(value):
            if name != "step" and tuple(value.shape) not in (tuple(p.shape), ()):
                raise ValueError(
                    f"{name} of parameter {number} has shape {tuple(value.shape)}, the parameter has {tuple(p.shape)}"
                )
            state[name] = _copied(p, value, keep_dtype=name in ("step", "mu_product"))
        else:
            state[name] = deepcopy(value)
    return state


def _copied(p: Any, value: Any, keep_dtype: bool) -> Any:
    if isinstance(p, Tensor):
        array = value.detach().cpu().numpy() if is_torch(value) else value
        return array.astype(array.dtype if keep_dtype else p.dtype)
    import torch

    tensor = value.detach() if is_torch(value) else torch.from_numpy(np.array(value))
    return tensor.clone() if keep_dtype else tensor.to(device=p.device, dtype=p.dtype, copy=True)
