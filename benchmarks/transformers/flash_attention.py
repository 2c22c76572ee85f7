"""Attention in tiles, forwards and backwards, beside torch's fused kernel and beside the weights built whole.

Memory stands in the budgets: kernels allocate outside Python's sight, so the growth of the process's peak is taken, in
a process of its own (Linux).
"""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from groundup.bench import Benchmark, Budget

T, HEADS, WIDTH = 1024, 8, 64
PEAK = """
import sys, torch
from groundup.transformers.attention import attention
from groundup.transformers.flash_attention import flash_attention
torch.set_num_threads(1)
kind, length = sys.argv[1], int(sys.argv[2])

def run(n):
    q, k, v = (torch.randn(n, 64, requires_grad=True) for _ in range(3))
    out = flash_attention(q, k, v, causal=True) if kind == "tiled" else attention(q, k, v, causal=True)[0]
    out.sum().backward()

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

run(128)
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before = peak()
run(length)
print((peak() - before) / 1024)
"""


def _contestants(batch: int) -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.autograd import Tensor
    from groundup.transformers.attention import attention
    from groundup.transformers.flash_attention import flash_attention

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(batch, HEADS, T, WIDTH)).astype(np.float32) for _ in range(3)]
    g = rng.normal(size=arrays[0].shape).astype(np.float32)
    tensors, upstream = [torch.tensor(x, requires_grad=True) for x in arrays], torch.tensor(g)
    ours = [Tensor(x, requires_grad=True) for x in arrays]

    def run(function: Callable[..., Any], leaves: list[Any], gradient: Any) -> np.ndarray:
        for leaf in leaves:
            leaf.grad = None
        function(*leaves).backward(gradient)
        return np.asarray(leaves[0].grad)

    fused = torch.nn.functional.scaled_dot_product_attention
    return {
        "ours": lambda: run(partial(flash_attention, causal=True), tensors, upstream),
        "ours, arrays": lambda: run(partial(flash_attention, causal=True), ours, g),
        "ours, weights whole": lambda: run(lambda *x: attention(*x, causal=True)[0], tensors, upstream),
        "torch": lambda: run(partial(fused, is_causal=True), tensors, upstream),
    }


def _growth(kind: str, length: int) -> float:
    """MB by which the peak grows for one head, forwards and backwards."""
    run = subprocess.run([sys.executable, "-c", PEAK, kind, str(length)], capture_output=True, text=True, check=True)
    return float(run.stdout)


BENCHMARKS = [
    Benchmark(
        name=f"transformers.flash_attention/batch-{batch}",
        work=f"causal, {batch} x {HEADS} heads of {T} x {WIDTH}, float32, and all gradients",
        setup=partial(_contestants, batch),
        reference="torch",
        reach=1.5,
        score=lambda gradient: float(np.abs(gradient).mean()),
        score_name="mean magnitude of the gradient",
        rounds=7,
    )
    for batch in (1, 4)
]

BUDGETS = [
    Budget(
        name="transformers.flash_attention/memory",
        work="growth of the peak, one head of 4,096 x 64 in float32 and its gradients; the weights alone are 64 MB",
        measure=partial(_growth, "tiled", 4096),
        limit=6.4,
        unit="MB",
    )
]
