"""Early stopping: patience, improvement by more than min_delta, NaN, states, what is refused."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.neural.regularization.early_stopping import EarlyStopping


def stops(values, **settings):
    """Index of the value that stopped, or None."""
    rule = EarlyStopping(**settings)
    return next((i for i, value in enumerate(values) if rule.update(value)), None)


@pytest.mark.parametrize(
    "values, settings, expected",
    [
        ([5, 4, 3, 2, 1], {"patience": 1}, None),
        ([1, 1], {"patience": 1}, 1),
        ([1, 2, 2], {"patience": 2}, 2),
        ([3, 4, 2, 3, 3], {"patience": 2}, 4),
        ([1.0, 0.75, 0.5], {"patience": 2, "min_delta": 0.5}, 2),
        ([1.0, 0.75, 0.375], {"patience": 2, "min_delta": 0.5}, None),
        ([0.1, 0.2, 0.2], {"patience": 1, "mode": "max"}, 2),
        ([math.nan, math.nan], {"patience": 2}, 1),
        ([math.nan, 1, math.nan, 0.5], {"patience": 2}, None),
        ([1, math.inf, math.nan], {"patience": 2}, 2),
        ([math.inf, math.inf, 1e300], {"patience": 2}, None),
        ([-math.inf, 0], {"patience": 1, "mode": "max"}, None),
    ],
)
def test_when_it_stops(values, settings, expected):
    assert stops(values, **settings) == expected


def test_the_best_value_and_its_step():
    rule = EarlyStopping(patience=3)
    for step, value in [(10, 2.0), (20, 1.0), (30, math.nan), (40, 1.5)]:
        assert not rule.update(value, step)
    assert (rule.best, rule.best_step, rule.waited) == (1.0, 20, 2)
    assert rule.update(1.0, 50)


@given(
    values=st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=30),
    cut=st.integers(0, 30),
    patience=st.integers(1, 4),
    mode=st.sampled_from(["min", "max"]),
)
def test_a_state_continues_exactly(values, cut, patience, mode):
    whole = EarlyStopping(patience, mode=mode)
    expected = [whole.update(v) for v in values]
    first, second = EarlyStopping(patience, mode=mode), EarlyStopping(patience, mode=mode)
    got = [first.update(v) for v in values[:cut]]
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert got + [second.update(v) for v in values[cut:]] == expected
    assert second.state_dict() == whole.state_dict()


@pytest.mark.parametrize(
    "settings, error, words",
    [
        ({"patience": 0}, ValueError, "patience must be at least 1; got 0"),
        ({"patience": 1.5}, TypeError, "patience must be a whole number"),
        ({"min_delta": -1}, ValueError, "min_delta must be at least 0; got -1"),
        ({"mode": "lowest"}, ValueError, "mode must be one of 'min', 'max'; got 'lowest'"),
    ],
)
def test_what_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        EarlyStopping(**settings)
