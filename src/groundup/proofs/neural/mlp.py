"""groundup.neural.mlp beside torch.nn, from copied weights: scores, loss, every gradient, twenty steps."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.neural.mlp import MLPClassifier, backward, cross_entropy, forward, initialize, sgd_step, squared_error
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.neural.mlp", reference="torch.nn", needs=("torch",))

SIZES = [(5, 3), (7, 6, 4), (10, 16, 8, 3)]
LR, MOMENTUM = 0.05, 0.9


def _state(sizes: tuple[int, ...], activation: str, dtype: type) -> dict[str, Any]:
    random = np.random.RandomState(2)
    coefs, intercepts = initialize(sizes, activation, random)
    return {
        "activation": activation,
        "coefs": [W.astype(dtype) for W in coefs],
        "intercepts": [random.normal(size=b.shape).astype(dtype) for b in intercepts],
        "X": random.normal(size=(32, sizes[0])).astype(dtype),
        "classes": random.randint(sizes[-1], size=32),
        "target": random.normal(size=(32, sizes[-1])).astype(dtype),
    }


def _module(state: dict[str, Any]) -> Any:
    """The same network as a torch.nn.Sequential with the same weights."""
    import torch

    kinds = {"relu": "ReLU", "tanh": "Tanh", "logistic": "Sigmoid", "identity": "Identity"}
    layers = []
    for W, b in zip(state["coefs"], state["intercepts"], strict=True):
        linear = torch.nn.Linear(*W.shape)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.tensor(b.copy())
        layers += [linear, getattr(torch.nn, kinds[state["activation"]])()]
    return torch.nn.Sequential(*layers[:-1])


def _loss(scores: np.ndarray, state: dict[str, Any], kind: str) -> tuple[float, np.ndarray]:
    return cross_entropy(scores, state["classes"]) if kind == "classes" else squared_error(scores, state["target"])


def _ours(state: dict[str, Any], kind: str) -> list[Any]:
    layers = forward(state["X"], state["coefs"], state["intercepts"], state["activation"])
    loss, delta = _loss(layers[-1], state, kind)
    return [layers[-1], loss, *backward(delta, layers, state["coefs"], state["activation"])]


def _torch_loss(net: Any, state: dict[str, Any], kind: str) -> tuple[Any, Any]:
    import torch

    scores = net(torch.tensor(state["X"]))
    if kind == "classes":
        return scores, torch.nn.functional.cross_entropy(scores, torch.tensor(state["classes"]))
    return scores, torch.nn.functional.mse_loss(scores, torch.tensor(state["target"]))


def _torch(state: dict[str, Any], kind: str) -> list[Any]:
    net = _module(state)
    scores, loss = _torch_loss(net, state, kind)
    loss.backward()
    linear = [m for m in net if hasattr(m, "weight")]
    gradients = [m.weight.grad.numpy().T for m in linear], [m.bias.grad.numpy() for m in linear]
    return [scores.detach().numpy(), loss.item(), *gradients]


def _passes(dtype: type) -> Iterator[Case]:
    for sizes in SIZES:
        for activation in ("relu", "tanh", "logistic", "identity"):
            for kind in ("classes", "numbers"):
                state = _state(sizes, activation, dtype)
                name = f"{'-'.join(map(str, sizes))} {activation}, {kind}"
                yield Case(name, lambda s=state, k=kind: _ours(s, k), lambda s=state, k=kind: _torch(s, k))


@proof.check("scores, loss, gradients, float64", tolerance=1e-13, reason="some hundred roundings of 1e-16")
def _passes64() -> Iterator[Case]:
    return _passes(np.float64)


@proof.check("scores, loss, gradients, float32", tolerance=1e-5, reason="some hundred roundings of 6e-8")
def _passes32() -> Iterator[Case]:
    return _passes(np.float32)


def _trained(state: dict[str, Any]) -> list[np.ndarray]:
    coefs, intercepts = ([a.copy() for a in state[k]] for k in ("coefs", "intercepts"))
    parameters = [*coefs, *intercepts]
    velocities = [np.zeros_like(p) for p in parameters]
    for _ in range(20):
        layers = forward(state["X"], coefs, intercepts, state["activation"])
        _, delta = cross_entropy(layers[-1], state["classes"])
        d_coefs, d_intercepts = backward(delta, layers, coefs, state["activation"])
        sgd_step(parameters, [*d_coefs, *d_intercepts], velocities, LR, MOMENTUM)
    return parameters


def _trained_by_torch(state: dict[str, Any]) -> list[np.ndarray]:
    import torch

    net = _module(state)
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=MOMENTUM)
    for _ in range(20):
        optimizer.zero_grad()
        _torch_loss(net, state, "classes")[1].backward()
        optimizer.step()
    linear = [m for m in net if hasattr(m, "weight")]
    return [m.weight.detach().numpy().T for m in linear] + [m.bias.detach().numpy() for m in linear]


def _steps(dtype: type) -> Iterator[Case]:
    for sizes in SIZES:
        for activation in ("relu", "tanh", "logistic"):
            state = _state(sizes, activation, dtype)
            name = f"{'-'.join(map(str, sizes))} {activation}"
            yield Case(name, lambda s=state: _trained(s), lambda s=state: _trained_by_torch(s))


@proof.check("weights after 20 steps, float64", tolerance=1e-12, reason="roundings of 20 steps, each enlarged a little")
def _steps64() -> Iterator[Case]:
    return _steps(np.float64)


@proof.check("weights after 20 steps, float32", tolerance=1e-4, reason="roundings of 20 steps, each enlarged a little")
def _steps32() -> Iterator[Case]:
    return _steps(np.float32)


@proof.check("the estimator's passes", tolerance=1e-12, reason="the same steps, made by fit in minibatches in order")
def _estimator() -> Iterator[Case]:
    state = _state((10, 16, 3), "tanh", np.float64)
    yield Case("MLPClassifier, 5 passes of 4 minibatches", lambda: _fitted(state), lambda: _fitted_by_torch(state))


def _fitted(state: dict[str, Any]) -> list[np.ndarray]:
    model = MLPClassifier((16,), "tanh", alpha=0, batch_size=8, learning_rate_init=LR, shuffle=False, random_state=1)
    model.partial_fit(state["X"][:1], state["classes"][:1], classes=range(3))
    for mine, start in zip((*model.coefs_, *model.intercepts_), (*state["coefs"], *state["intercepts"]), strict=True):
        mine[...] = start
    for v in model._velocities:
        v[...] = 0
    for _ in range(5):
        model.partial_fit(state["X"], state["classes"])
    return [*model.coefs_, *model.intercepts_]


def _fitted_by_torch(state: dict[str, Any]) -> list[np.ndarray]:
    import torch

    net = _module(state)
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=0.9)
    for rows in list(np.split(np.arange(32), 4)) * 5:
        optimizer.zero_grad()
        part = state | {"X": state["X"][rows], "classes": state["classes"][rows]}
        _torch_loss(net, part, "classes")[1].backward()
        optimizer.step()
    linear = [m for m in net if hasattr(m, "weight")]
    return [m.weight.detach().numpy().T for m in linear] + [m.bias.detach().numpy() for m in linear]
