"""Training with the explicit backward pass, beside torch and scikit-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from groundup.bench import Benchmark

SIZES, BATCH = (784, 256, 128, 10), 128


def _step() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.mlp import backward, cross_entropy, forward, initialize, sgd_step

    random = np.random.RandomState(0)
    X, y = random.normal(size=(BATCH, SIZES[0])).astype(np.float32), random.randint(SIZES[-1], size=BATCH)
    coefs, intercepts = ([a.astype(np.float32) for a in arrays] for arrays in initialize(SIZES, "relu", random))
    layers: list[Any] = []
    for W in coefs:
        linear = torch.nn.Linear(*W.shape)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.zeros(W.shape[1])
        layers += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    inputs, classes = torch.tensor(X), torch.tensor(y)
    parameters = [*coefs, *intercepts]
    velocities = [np.zeros_like(p) for p in parameters]

    def ours() -> float:
        outputs = forward(X, coefs, intercepts)
        loss, delta = cross_entropy(outputs[-1], y)
        d_coefs, d_intercepts = backward(delta, outputs, coefs)
        sgd_step(parameters, [*d_coefs, *d_intercepts], velocities, 0.01, 0.9)
        return loss

    def theirs() -> float:
        loss = torch.nn.functional.cross_entropy(net(inputs), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"ours": ours, "torch": theirs}


def _digits() -> dict[str, Callable[[], Any]]:
    import warnings

    from sklearn.neural_network import MLPClassifier as Reference

    from groundup.neural.mlp import MLPClassifier

    X, y = load_digits(return_X_y=True)
    X = X / 16
    options = {"learning_rate_init": 0.1, "max_iter": 20, "batch_size": 64, "random_state": 0, "tol": 0.0}

    def fitted(model: Any) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # twenty passes are the work, not convergence
            return model.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:])

    return {
        "ours": lambda: fitted(MLPClassifier((64,), **options)),
        "scikit-learn": lambda: fitted(Reference((64,), solver="sgd", nesterovs_momentum=False, **options)),
    }


BENCHMARKS = [
    Benchmark(
        name="neural.mlp/step",
        work="MLP 784-256-128-10, batch 128, float32: forward, backward, step with momentum",
        setup=_step,
        reference="torch",
        reach=1.3,
        score=float,
        score_name="loss of the first step",
        rounds=101,
    ),
    Benchmark(
        name="neural.mlp/digits",
        work="digits, 1,200 x 64, hidden layer of 64, 20 passes in batches of 64",
        setup=_digits,
        reference="scikit-learn",
        reach=1.0,
        score=float,
        score_name="accuracy on the other 597",
    ),
]
