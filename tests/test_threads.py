"""The number of threads is limited for everything that computes, and given back."""

import numba
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from groundup.threads import thread_limit


def blas() -> set[int]:
    """Threads of the BLAS libraries that are loaded."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_limits_and_gives_back_also_after_an_error():
    before, own = blas(), numba.get_num_threads()
    with pytest.raises(RuntimeError, match="stop"), thread_limit(1, load=("numba", "no_such_library")):
        assert blas() == {1} and numba.get_num_threads() == 1
        raise RuntimeError("stop")
    assert blas() == before and numba.get_num_threads() == own


def test_torch_is_limited_where_it_is():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    with thread_limit(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
