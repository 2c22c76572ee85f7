"""Attention in tiles, forwards and backwards, beside torch's fused kernel and beside the weights built whole.

Kernels and torch allocate outside Python's sight. So the score is a measurement of its own: how far the peak of a
process's resident memory grows over what was there before the call (Linux), for each contestant in its own process.
What nobody can save are the output and the three gradients, 4 T d numbers a head of the T x T that the weights are.
"""

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from groundup.bench import Benchmark, Budget

HEADS, WIDTH = 8, 64
SIZES = {1024: HEADS, 4096: 1}  # length: heads
GROWTH = """
import runpy, sys
file, who, gradients, *sizes = sys.argv[1:]
contestants = runpy.run_path(file)["contestants"]
import torch
torch.set_num_threads(1)

def kilobytes(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))

for length, heads in ((128, 1), *(map(int, size.split("x")) for size in sizes)):
    call = contestants(length, heads, gradients == "True")[who]
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = kilobytes("VmRSS")
    call()
    print((kilobytes("VmHWM") - before) / 1024)
"""


def contestants(length: int, heads: int, gradients: bool = True) -> dict[str, Callable[[], Any]]:
    """Causal attention, with its three gradients or without; each call says whose it was and of what length."""
    import torch

    from groundup.neural.autograd import Tensor
    from groundup.transformers.attention import attention
    from groundup.transformers.flash_attention import flash_attention

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(1, heads, length, WIDTH)).astype(np.float32) for _ in range(3)]
    g = rng.normal(size=arrays[0].shape).astype(np.float32)
    tensors, upstream = [torch.tensor(x, requires_grad=True) for x in arrays], torch.tensor(g)
    ours = [Tensor(x, requires_grad=True) for x in arrays]

    def run(who: str, function: Callable[..., Any], leaves: list[Any], gradient: Any) -> tuple[str, int]:
        for leaf in leaves:
            leaf.grad = None
        out = function(*leaves)
        if gradients:
            out.backward(gradient)
        return who, length

    fused = torch.nn.functional.scaled_dot_product_attention
    whole = lambda *x: attention(*x, causal=True)[0]  # noqa: E731
    rows = {
        "ours": (partial(flash_attention, causal=True), tensors, upstream),
        "ours, arrays": (partial(flash_attention, causal=True), ours, g),
        "weights whole": (whole, tensors, upstream),
        "weights whole, arrays": (whole, ours, g),
        "torch": (partial(fused, is_causal=True), tensors, upstream),
    }
    return {who: partial(run, who, *given) for who, given in rows.items()}


@functools.cache
def _growths(who: str, gradients: bool = True) -> dict[int, float]:
    """MB by which the peak grows, for each length; NaN where it cannot be measured."""
    if sys.platform != "linux":
        return dict.fromkeys(SIZES, float("nan"))
    sizes = [f"{length}x{heads}" for length, heads in SIZES.items()]
    # without a limit that moves, freed arrays go back to the system and the next length starts where this one did
    run = subprocess.run(
        [sys.executable, "-c", GROWTH, __file__, who, str(gradients), *sizes],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"},
    )
    return dict(zip(SIZES, map(float, run.stdout.split()[1:]), strict=True))


def _growth(answer: tuple[str, int]) -> float:
    who, length = answer
    return _growths(who)[length]


def _weights(length: int) -> float:
    """MB of the weights in float32."""
    return SIZES[length] * length * length * 4 / 2**20


BENCHMARKS = [
    Benchmark(
        name=f"transformers.flash_attention/length-{length}",
        work=f"causal, {length} positions, {heads} x {WIDTH} wide, float32, and all gradients; "
        f"the T x T weights are {_weights(length):.0f} MB",
        setup=partial(contestants, length, heads),
        reference="torch",
        reach=1.5,
        score=_growth,
        score_name="growth of resident peak, MB",
        rounds=7 if length < 4096 else 3,
    )
    for length, heads in SIZES.items()
]

BUDGETS = [
    Budget(
        name=f"transformers.flash_attention/memory-{length}",
        work=f"growth of the resident peak, {SIZES[length]} x {WIDTH} wide, {length} positions, float32, "
        f"{'with' if gradients else 'without'} gradients; the limit is a tenth of the T x T weights",
        measure=partial(lambda length, gradients: _growths("ours", gradients)[length], length, gradients),
        limit=_weights(length) / 10,
        unit="MB",
    )
    for length, gradients in ((1024, False), (4096, True))
]
