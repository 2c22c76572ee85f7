"""Value and gradient of losses beside torch.nn.functional, on our engine and on torch, float32."""

import numpy as np

from groundup.bench import Benchmark
from groundup.neural import losses
from groundup.neural.autograd import Tensor

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(4096, 1000)).astype(np.float32)
CLASSES = RNG.integers(1000, size=4096)
LOGITS = (RNG.normal(size=1_000_000) * 3).astype(np.float32)
ANSWERS = RNG.integers(2, size=1_000_000).astype(np.float32)


def contestants(ours, theirs, x, target, **options):
    """Forward and backward in three ways."""

    def setup():
        import torch
        import torch.nn.functional as F

        there, answer = torch.tensor(x, requires_grad=True), torch.tensor(target)
        here = Tensor(x, requires_grad=True)

        def run(function, leaf, against):
            def call():
                leaf.grad = None
                loss = function(leaf, against, **options)
                loss.backward()
                return float(loss.data)

            return call

        return {
            "ours, arrays": run(getattr(losses, ours), here, target),
            "ours, torch": run(getattr(losses, ours), there, answer),
            "torch": run(getattr(F, theirs), there, answer),
        }

    return setup


def bench(name, work, setup, reach):
    return Benchmark(
        name=f"neural.losses/{name}",
        work=f"{work}: loss and gradient, float32",
        setup=setup,
        reference="torch",
        reach=reach,
        score=float,
        score_name="loss (equal: they agree)",
    )


BENCHMARKS = [
    bench(
        "cross-entropy-4096x1000",
        "cross-entropy of 4,096 rows of 1,000 classes",
        contestants("cross_entropy", "cross_entropy", SCORES, CLASSES),
        2.0,
    ),
    bench(
        "smoothed-cross-entropy-4096x1000",
        "cross-entropy of 4,096 rows of 1,000 classes, label smoothing 0.1",
        contestants("cross_entropy", "cross_entropy", SCORES, CLASSES, label_smoothing=0.1),
        2.0,
    ),
    bench(
        "bce-with-logits-1m",
        "binary cross-entropy of 1,000,000 logits",
        contestants("binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits", LOGITS, ANSWERS),
        2.0,
    ),
    bench(
        "huber-1m",
        "Huber's loss of 1,000,000 numbers",
        contestants("huber_loss", "huber_loss", LOGITS, ANSWERS),
        3.0,
    ),
]
