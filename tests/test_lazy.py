"""Families offer names without loading what stands behind them."""

import subprocess
import sys

import pytest

import groundup.classical
import groundup.data
import groundup.neural

FAMILIES = [groundup.classical, groundup.data, groundup.neural]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_every_name_is_there_and_listed(family):
    assert sorted(family._HOMES) == sorted(family.__all__) == dir(family)
    for name in family.__all__:
        if name == "Trainer":
            pytest.importorskip("torch")
        assert getattr(family, name).__module__.startswith(f"{family.__name__}.{family._HOMES[name]}")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'groundup\.neural' has no attribute 'Perceptorn'"):
        groundup.neural.Perceptorn  # noqa: B018


@pytest.mark.parametrize("module", ["neural", "neural.optim", "neural.activations", "neural.losses", "data.metrics"])
def test_importing_does_not_load_torch(module):
    code = f"import sys, groundup.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
