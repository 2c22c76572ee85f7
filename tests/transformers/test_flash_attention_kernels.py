"""The compiled tiles: their parts, threads, what is compiled, memory."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numba
import numpy as np
import pytest

from groundup.neural.autograd import Tensor
from groundup.proofs.transformers.attention import inputs
from groundup.threads import thread_limit
from groundup.transformers.flash_attention import flash_attention, fused, tiled_attention
from groundup.transformers.flash_attention._flash_kernels import add_product, backward, forward, may_look

sys.path.insert(0, str(Path(__file__).parent))
from flash_gradients import gradients

# ---- the kernels' parts


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "inner"), [(1, 1), (4, 4), (5, 7), (8, 3), (3, 8), (0, 4), (4, 0)])
def test_the_product_of_the_kernels(dtype, rows, inner):
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=s).astype(dtype) for s in ((9, 9), (9, 16), (9, 16)))
    for part in (a[:rows, :inner], a[:inner, :rows].T):
        got, expected = c.copy(), c.copy()
        expected[:rows] += part @ b[:inner]
        add_product(got, part, b)
        np.testing.assert_allclose(got, expected, rtol=1e-4 if dtype == np.float32 else 1e-12)


def test_a_tile_is_left_out_only_where_no_query_may_look():
    rng = np.random.default_rng(0)
    for shape in ((9, 11), (1, 11), (9, 1), (1, 1)):
        for share in (0.0, 0.02, 1.0):
            mask = rng.random(shape) < share
            whole = np.broadcast_to(mask, (9, 11))
            for i0, i1, j0, j1 in ((0, 9, 0, 11), (0, 1, 0, 1), (4, 9, 3, 7), (8, 9, 10, 11), (2, 5, 5, 11)):
                assert may_look(mask, i0, i1, j0, j1) == whole[i0:i1, j0:j1].any()
    assert may_look(np.zeros((0, 0), bool), 0, 4, 0, 4)


@pytest.mark.parametrize(("dtype", "lowest"), [(np.float32, -87.0), (np.float64, -708.0)])
def test_the_exponential_is_right_to_two_roundings(dtype, lowest):
    from groundup.jit import njit
    from groundup.transformers.flash_attention import _flash_kernels

    exp_lanes = _flash_kernels.exp_lanes

    @njit
    def run(x, shift, out):
        exp_lanes(x, shift, out)

    x = np.concatenate([np.linspace(lowest, 0, 100_001), -np.logspace(-30, 0, 1000)]).astype(dtype)
    out = np.empty_like(x)
    run(x, np.zeros_like(x), out)
    exact = np.exp(x.astype(np.longdouble))
    assert (np.abs(out - exact) <= 2 * np.finfo(dtype).eps * exact).all()
    x = np.array([0, -np.inf, np.nan, 2 * lowest, -1e30], dtype)
    out = np.empty_like(x)
    run(x, np.zeros_like(x), out)
    assert np.array_equal(out, [1, 0, np.nan, 0, 0], equal_nan=True)


def test_what_is_kept_for_the_way_back_is_that_of_the_plain_tiles():
    q, k, v = inputs(((2,), 40, 50, 4, 5), np.float64)
    mask = np.random.default_rng(0).random((40, 50)) < 0.2
    mask[[0, 17]] = False
    out, log_sum = fused.forwards(q, k, v, fused.plan(q, k, v, mask, True, None, None, (16, 8)))
    expected = tiled_attention(q, k, v, mask, causal=True)
    assert np.isneginf(log_sum[:, [0, 17]]).all()
    np.testing.assert_allclose(log_sum, expected[1], atol=1e-12)
    np.testing.assert_allclose(out, expected[0], atol=1e-12)


# ---- threads, precisions, memory


@pytest.mark.parametrize("bias", [None, (2, 1, 40, 50), (40, 50), (3, 1, 50), (40, 1)])
def test_any_number_of_threads_gives_the_same_to_the_last_bit(bias, monkeypatch):
    leaves = [*inputs(((2, 3), 40, 50, 8, 8), np.float32)]
    if bias is not None:
        leaves.append(np.random.default_rng(1).normal(size=bias).astype(np.float32))
    found = []
    for count in (1, 2, 3, 7):
        monkeypatch.setattr(fused, "_threads", lambda work, count=count: count)
        found.append(gradients(flash_attention, leaves, causal=True, block=(16, 16))[0])
    assert all(np.array_equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_threads_are_those_that_numba_and_torch_are_given_and_none_for_little_work():
    with thread_limit(1):
        assert fused._threads(10**12) == 1
    assert fused._threads(1000) == 1
    most = fused._threads(10**12)
    assert 1 <= most <= numba.get_num_threads()


def test_kernels_are_compiled_once_a_precision():
    """A read-only input, another mask, a plan of other integers: each would be another type, and seconds."""
    for dtype in (np.float32, np.float64):
        for mask in (None, np.ones((5, 6), bool), np.broadcast_to(True, (5, 6))):
            leaves = [np.asfortranarray(x) for x in inputs(((2,), 5, 6, 4, 3), dtype)]
            for x in leaves:
                x.setflags(write=False)
            tensors = [Tensor(x, requires_grad=True) for x in (*leaves, np.zeros(6, dtype))]
            block = (np.int32(8), np.uint8(4))
            out = flash_attention(*tensors[:3], mask, bias=tensors[3], causal=mask is None, scale=1, block=block)
            out.backward(np.broadcast_to(dtype(1), out.shape))
    assert {len(forward.signatures), len(backward.signatures)} == {2}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the process's memory from /proc")
def test_memory_is_far_below_that_of_the_weights():
    """One head of 4,096 positions in float32: the weights are 64 MiB, all else here is 1 MiB an array."""
    code = """
        import numpy as np
        from groundup.neural.autograd import Tensor
        from groundup.transformers.flash_attention import flash_attention

        def peak(n):
            q, k, v = (Tensor(np.random.default_rng(0).normal(size=(n, 64)).astype("f4"), requires_grad=True)
                       for _ in range(3))
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")
            before = kilobytes()
            flash_attention(q, k, v, causal=True).sum().backward()
            return kilobytes() - before

        def kilobytes():
            with open("/proc/self/status") as file:
                return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

        peak(64)
        print(peak(4096))
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    if "Permission" in run.stderr:
        pytest.skip("the peak of memory cannot be reset here")
    assert int(run.stdout) < 64 * 1024 / 10, run.stderr
