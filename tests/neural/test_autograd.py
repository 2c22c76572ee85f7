"""The tensor engine: operations on random shapes, the backward pass, what it refuses, what it frees."""

import gc
import weakref
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural import autograd as ag
from groundup.neural.autograd import Tensor
from groundup.proofs.neural.autograd import OPERATIONS, ours, theirs

OPS = [pytest.param(op, id=op.name) for op in OPERATIONS]
SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4).map(tuple)


def draw_inputs(operation, shape, stretched, seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    other = tuple(1 if i in stretched else n for i, n in enumerate(shape))
    return [rng.uniform(*operation.domain, s).astype(dtype) for s in (shape, other)[: operation.inputs]]


@pytest.mark.parametrize("operation", OPS)
@given(shape=SHAPES, stretched=st.sets(st.integers(0, 3)), seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_equals_central_differences_and_torch_on_random_shapes(operation, shape, stretched, seed):
    inputs = draw_inputs(operation, shape, stretched, seed)
    assert ag.gradcheck(operation.ours, *inputs)
    pytest.importorskip("torch")
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 2e-5)):  # small sums of few terms may cancel
        arrays = tuple(x.astype(dtype) for x in inputs)
        mine, other = ours(operation.ours, arrays), theirs(operation.torch, arrays)
        assert [x.dtype for x in mine] == [x.dtype for x in other] == [dtype] * len(other)
        for a, b in zip(mine, other, strict=True):  # against 1 where all is small: a softmax of one entry has slope 0
            assert a.shape == b.shape and np.abs(a - b).max(initial=0) < tolerance * max(1, np.abs(b).max(initial=0))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2).map(tuple),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
    drop=st.sampled_from(["none", "left batch", "right batch", "left vector", "right vector"]),
)
@settings(max_examples=40, deadline=None)
def test_matmul_on_random_shapes(batch, sizes, drop):
    n, k, m = sizes
    a = {"left batch": (n, k), "left vector": (k,)}.get(drop, (*batch, n, k))
    b = {"right batch": (k, m), "right vector": (k,)}.get(drop, (*batch, k, m))
    rng = np.random.default_rng(n + 10 * k + 100 * m)
    assert ag.gradcheck(ag.matmul, rng.normal(size=a), rng.normal(size=b))


@pytest.mark.parametrize(
    "function, shapes",
    [
        (lambda x, w, b: ag.cross_entropy((x @ w + b).relu(), [0, 2, 1]), [(3, 4), (4, 3), (3,)]),
        (lambda x, t: ag.mse(x.tanh(), t), [(3, 2), (3, 2)]),
        (lambda x: x[:, None] - x[None], [(5,)]),
        (lambda x: ag.where(x.data > 0, x, x * 0.1).sum(axis=0), [(4, 3)]),
        (lambda x: x[np.array([[0, 1], [0, 0]]), 1], [(3, 2)]),
        (lambda x: x.logsumexp(axis=(0, 2)), [(2, 3, 2)]),
        (lambda x: x.max(axis=(0, 1), keepdims=True) + x.var(ddof=1), [(3, 4)]),
    ],
)
def test_compositions_equal_central_differences(function, shapes):
    rng = np.random.default_rng(11)
    assert ag.gradcheck(function, *(rng.normal(size=s) for s in shapes))


def test_gradcheck_finds_a_wrong_formula_and_says_where():
    def wrong(x):
        return ag.record(x.data**2, "wrong", ((x, lambda g: g * x.data),), reads=(x,))

    with pytest.raises(ag.GradientError, match=r"input 0\[0, 0\].*backward gives.*central differences give"):
        ag.gradcheck(wrong, np.ones((2, 3)))
    with pytest.raises(TypeError, match=r"float64.*float32"):
        ag.gradcheck(ag.exp, np.ones(3, np.float32))


def test_gradcheck_finds_a_gradient_that_is_missing():
    with pytest.raises(ag.GradientError, match="backward gives 0"):
        ag.gradcheck(lambda x: Tensor(x.data * 2), np.ones(2))


def test_gradients_add_up_over_calls_until_they_are_zeroed():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    (x * 4).sum().backward()
    assert np.array_equal(x.grad, [7, 7])
    x.zero_grad()
    (x * 4).sum().backward()
    assert np.array_equal(x.grad, [4, 4])


def test_leaves_never_share_a_gradient():
    x, y = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    seed = np.full(3, 2.0)
    (x + y).backward(seed)
    x.grad *= 100
    assert np.array_equal(y.grad, [2, 2, 2]) and np.array_equal(seed, [2, 2, 2])
    z = Tensor(np.ones(3), requires_grad=True)
    z.backward(seed)
    z.grad += 1
    assert np.array_equal(seed, [2, 2, 2])


def test_a_value_used_along_many_paths_gets_all_of_them():
    x = Tensor(2.0, requires_grad=True)
    y = x
    for _ in range(20):
        y = y + y  # 2**20 paths, 20 nodes
    y.backward()
    assert x.grad == 2**20 and isinstance(x.grad, np.ndarray)


def test_the_order_serves_every_use_first():
    x = Tensor(1.0, requires_grad=True)
    a = x * 2
    b = a + x
    c = b * a + b
    order = list(ag.topological_order(c))
    position = {id(n): i for i, n in enumerate(order)}
    assert len(order) == len(position) == 5  # c is a sum of a product and b
    assert all(position[id(n)] < position[id(i)] for n in order for i, _ in n._edges if i.requires_grad)


def test_a_graph_a_hundred_thousand_deep_needs_no_recursion():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    assert x.grad == 1
    for _ in range(100_000):
        x = x * 1.0
    del x  # freed without a backward pass; must not overflow the stack either


def test_constants_get_nothing_computed():
    calls = []
    x, w = Tensor(np.ones((2, 3))), Tensor(np.ones((2, 3)), requires_grad=True)
    out = ag.record(x.data * w.data, "*", ((x, lambda g: calls.append("x")), (w, lambda g: g * x.data)))
    out.backward(np.ones((2, 3)))
    assert not calls and x.grad is None and np.array_equal(w.grad, np.ones((2, 3)))


def test_no_grad_and_detach_cut_the_graph():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with ag.no_grad():
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    (x * x.detach()).sum().backward()
    assert np.array_equal(x.grad, [1, 2])
    assert np.shares_memory(x.detach().data, x.data)

    @ag.no_grad()
    def evaluate():
        return (x * 2).requires_grad

    assert not evaluate() and (x * 2).requires_grad


def test_no_grad_ends_with_an_exception():
    x = Tensor(1.0, requires_grad=True)
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert (x * 2).requires_grad


def test_intermediate_gradients_only_on_request():
    x = Tensor(3.0, requires_grad=True)
    y, z = (x * 2).retain_grad(), x * 5
    (y * z).backward()
    assert y.grad == 15 and z.grad is None and x.grad == 60


def test_memory_is_freed_on_the_way_back():
    x = Tensor(np.ones(10), requires_grad=True)
    hidden = x * 2
    out = (hidden.exp()).sum()
    gone = weakref.ref(hidden)
    del hidden
    assert gone() is not None
    out.backward()
    assert gone() is None  # by reference counting alone: there are no cycles to collect
    with pytest.raises(RuntimeError, match=r"freed by an earlier backward.*retain_graph"):
        out.backward()


def test_dropping_the_result_frees_the_graph_without_the_collector():
    gc.disable()
    try:
        x = Tensor(np.ones(10), requires_grad=True)
        gone = [weakref.ref(h) for h in [x.softmax()]]
        out = x.softmax().log().sum()
        gone.append(weakref.ref(out))
        del out
        assert all(r() is None for r in gone)
    finally:
        gc.enable()


def test_retain_graph_allows_a_second_pass():
    x = Tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad == 12


@pytest.mark.parametrize(
    "change", [lambda y: y.add_(1.0), lambda y: y.copy_(np.zeros(3)), lambda y: y.__setitem__(0, 5.0)]
)
def test_changing_a_value_that_is_still_needed_is_an_error(change):
    x, y = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3))
    out = (x * y).sum()
    change(y)
    with pytest.raises(RuntimeError, match=r"gradient of '\*' needs was changed in place"):
        out.backward()


def test_a_change_through_a_view_or_of_the_result_is_seen_too():
    x, y = Tensor(np.ones(4), requires_grad=True), Tensor(np.ones(4))
    out = (x * y).sum()
    y.reshape(2, 2)[0].add_(1.0)
    with pytest.raises(RuntimeError, match="changed in place"):
        out.backward()
    h = x.exp()
    out = h.sum()
    with ag.no_grad():
        h.add_(1.0)
    with pytest.raises(RuntimeError, match="'exp'"):
        out.backward()


def test_a_change_that_no_gradient_needs_is_allowed():
    x, y = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3))
    out = (x + y).sum()
    y.add_(1.0)
    out.backward()
    assert np.array_equal(x.grad, [1, 1, 1])


def test_a_parameter_changes_in_place_only_unrecorded():
    w = Tensor(np.ones(3), requires_grad=True, name="w")
    with pytest.raises(RuntimeError, match=r"w requires a gradient.*no_grad"):
        w.add_(1.0)
    out = (w * w).sum()
    with ag.no_grad():
        w.add_(1.0, scale=-0.5)
    assert np.array_equal(w.data, [0.5, 0.5, 0.5])
    with pytest.raises(RuntimeError, match="changed in place"):
        out.backward()


@pytest.mark.parametrize(
    "call, error, named",
    [
        (lambda: Tensor([1, 2], requires_grad=True), TypeError, "float32 and float64.*int64"),
        (lambda: Tensor(np.ones(2, np.float16), requires_grad=True), TypeError, "float16"),
        (lambda: Tensor(["a"]), TypeError, "numbers"),
        (lambda: Tensor(Tensor([1.0])), TypeError, "detach"),
        (lambda: Tensor([1.0, 2.0], requires_grad=True).backward(), RuntimeError, r"one entry.*\(2,\)"),
        (lambda: Tensor([1.0]).backward(), RuntimeError, "requires no gradient"),
        (lambda: Tensor([1.0, 2.0], requires_grad=True).backward([1.0]), ValueError, r"\(1,\).*\(2,\)"),
        (lambda: Tensor(np.ones((2, 3))) @ np.ones((2, 3)), ValueError, "inner lengths 3 and 2"),
        (lambda: Tensor(1.0) @ np.ones(2), ValueError, "at least one axis"),
        (lambda: Tensor(np.ones(2)).sum(axis=1), ValueError, r"axis 1.*\(2,\)"),
        (lambda: Tensor(np.ones((2, 2))).sum(axis=(0, -2)), ValueError, "twice"),
        (lambda: Tensor(np.ones((0, 2))).mean(), ValueError, "no entries"),
        (lambda: Tensor(np.ones((0, 2))).max(axis=0), ValueError, "no entries"),
        (lambda: Tensor(np.ones(1)).var(ddof=1), ValueError, "ddof=1"),
        (lambda: ag.clip(Tensor(1.0)), ValueError, "low, high or both"),
        (lambda: ag.clip(Tensor(1.0), 2, 1), ValueError, "low=2, high=1"),
        (lambda: ag.where([1, 0], Tensor(1.0), 2.0), TypeError, "boolean"),
        (lambda: Tensor(np.ones(2)).permute(0, 0), ValueError, "each axis"),
        (lambda: ag.pad(Tensor(np.ones(2)), [(1, -1)]), ValueError, "pair of counts"),
        (lambda: ag.concatenate([]), ValueError, "at least one"),
        (lambda: Tensor(np.ones(3))[np.array([0.5])], TypeError, "integers or booleans"),
        (lambda: Tensor(np.ones(3))[5], IndexError, "5"),
        (lambda: ag.cross_entropy(Tensor(np.ones(3)), [0]), ValueError, r"\(n, k\).*\(3,\)"),
        (lambda: ag.cross_entropy(Tensor(np.ones((2, 3))), [0]), ValueError, r"\(2,\).*\(1,\)"),
        (lambda: ag.cross_entropy(Tensor(np.ones((1, 3))), [3]), ValueError, r"0 \.\.\. 2; got 3"),
        (lambda: ag.cross_entropy(Tensor(np.ones((1, 3))), [0.0]), TypeError, "integers"),
        (lambda: ag.mse(Tensor(np.ones(3)), np.ones((3, 1))), ValueError, r"\(3,\) and \(3, 1\)"),
        (lambda: ag.SGD([Tensor([1.0])]), ValueError, "require a gradient"),
        (lambda: ag.SGD([Tensor([1.0], requires_grad=True)], lr=0), ValueError, "lr"),
        (lambda: np.add(1, np.asarray(Tensor([1.0], requires_grad=True))), TypeError, r"\.data or \.detach"),
    ],
)
def test_what_does_not_fit_is_named(call, error, named):
    with pytest.raises(error, match=named):
        call()


def test_dtypes_stay():
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = ((2 * x - 1) ** 2 / 3 + 0.5).relu().sigmoid().mean()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32
    mixed = (x * np.ones(3)).sum()
    assert mixed.dtype == np.float64
    mixed.backward()
    assert x.grad.dtype == np.float32


def test_numpy_arrays_on_the_left():
    x = Tensor(np.ones(3), requires_grad=True)
    for out in (np.arange(3.0) + x, np.arange(3.0) * x, np.ones((2, 3)) @ x, np.arange(3.0) - x, np.arange(3.0) / x):
        assert isinstance(out, Tensor) and out.requires_grad


def test_extremes_do_not_overflow():
    scores = Tensor([[1e4, 0.0], [-1e4, 0.0]], requires_grad=True)
    loss = ag.cross_entropy(scores, [1, 1])
    loss.backward()
    assert loss.item() == 5000 and np.allclose(scores.grad, [[0.5, -0.5], [0, 0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.array_equal(ag.sigmoid(Tensor([-800.0, 800.0])).data, [0, 1])
        assert Tensor([-np.inf, -np.inf]).logsumexp().item() == -np.inf
    assert np.array_equal(Tensor([-np.inf, 0.0]).softmax().data, [0, 1])
    assert np.isnan(Tensor([np.nan, 0.0]).softmax().data).all()  # a NaN is never hidden


def test_empty_and_single_entries():
    empty = Tensor(np.ones((0, 3)), requires_grad=True)
    (empty * 2).sum().backward()
    assert empty.grad.shape == (0, 3)
    assert Tensor(np.ones((2, 0))).softmax(axis=0).shape == (2, 0)
    x = Tensor(4.0, requires_grad=True)
    x.sqrt().backward()
    assert x.grad.shape == () and x.grad == 0.25


def test_an_index_array_may_change_afterwards():
    x, index = Tensor(np.arange(3.0), requires_grad=True), np.array([0, 0])
    out = x[index].sum()
    index[:] = 2
    out.backward()
    assert np.array_equal(x.grad, [2, 0, 0])


def test_sgd_equals_its_formula_and_guards_old_graphs():
    p = Tensor([1.0, -2.0], requires_grad=True)
    optimizer, value, velocity = ag.SGD([p], lr=0.1, momentum=0.9), np.array([1.0, -2.0]), 0.0
    for _ in range(3):
        loss = (p * p).sum()
        optimizer.zero_grad()
        loss.backward()
        velocity = 0.9 * velocity + 2 * value
        value = value - 0.1 * velocity
        optimizer.step()
    assert np.allclose(p.data, value, rtol=1e-15)
    old = (p * p).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match="changed in place"):
        old.backward()


def test_the_picture_is_well_formed_and_shows_values_and_gradients():
    a, b = Tensor(2.0, requires_grad=True, name="a<1>"), Tensor(-3.0, requires_grad=True, name="b")
    out = ((a * b).retain_grad() + a**2 * np.ones(3)).tanh().sum()
    out.backward(retain_graph=True)
    picture = ag.draw(out)
    root = ElementTree.fromstring(picture._repr_svg_())
    text = "|".join("".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "a<1>" in text and "tanh" in text and "constant" in text and f"grad {b.grad.item():.4g}" in text
    boxes = [(r.get("x"), r.get("y")) for r in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(boxes) == len(set(boxes)) == 9
    y = a
    for _ in range(100):
        y = y + 1
    with pytest.raises(ValueError, match="80 nodes"):
        ag.draw(y)


def test_importing_needs_neither_torch_nor_scikit_learn():
    import subprocess
    import sys

    code = "import sys, groundup.neural.autograd; print({'torch', 'sklearn', 'numba', 'scipy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
