"""Parts of the trainer: clipping, averages, curriculum, history, progress, random states, files."""

import io
import math
import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.functional import mse_loss  # noqa: E402

from groundup.neural.batching import BatchSampler, Loader  # noqa: E402
from groundup.neural.training import (  # noqa: E402
    CheckpointError,
    Checkpoints,
    CurriculumSampler,
    History,
    Progress,
    Trainer,
    WeightAverage,
    clip_gradients,
    competence,
    load_weights,
    read_state,
    write_state,
)
from groundup.neural.training.randomness import random_states, set_random_states  # noqa: E402

RNG = np.random.default_rng(0)
X = torch.tensor(RNG.normal(size=(50, 3)), dtype=torch.float32)
Y = X @ torch.tensor([[1.0], [-2.0], [0.5]])


def linear(lr=0.1, bias=True):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1, bias=bias)
    return model, torch.optim.SGD(model.parameters(), lr=lr)


def trainer(lr=0.1, data=None, **settings):
    model, optimizer = linear(lr)
    return Trainer(model, optimizer, mse_loss, data or Loader((X, Y), batch_size=8, shuffle=True), **settings)


@pytest.mark.parametrize("max_norm", [0.1, 1e6])
def test_clipping(max_norm):
    gradients = [torch.randn(3, 4), torch.randn(5)]
    twins = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for twin, g in zip(twins, gradients, strict=True):
        twin.grad = g.clone()
    expected = torch.nn.utils.clip_grad_norm_(twins, max_norm)
    assert torch.equal(clip_gradients(gradients, max_norm), expected)
    assert all(torch.equal(t.grad, g) for t, g in zip(twins, gradients, strict=True))
    assert clip_gradients([], 1.0) == 0


def test_the_average_of_a_constant_and_of_tied_weights():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3, bias=False), torch.nn.Linear(3, 3, bias=False))
    model[1].weight = model[0].weight
    average = WeightAverage(model, 0.5)
    average.update()
    with torch.no_grad():
        model[0].weight += 1.0
    average.update()
    assert torch.allclose(average.tensors["0.weight"], model[0].weight - 0.5)
    assert average.tensors["1.weight"] is average.tensors["0.weight"]
    own = model[0].weight.detach().clone()
    with average.applied():
        assert torch.equal(model[1].weight, average.tensors["0.weight"])
    assert torch.equal(model[0].weight, own) and model[1].weight is model[0].weight
    with pytest.raises(ValueError, match="a model with other weights"):
        average.load_state_dict({"tensors": {}, "updates": 1})


def test_the_average_weighs_as_the_formula_says():
    model, _ = linear(bias=False)
    average, decay, path = WeightAverage(model, 0.8), 0.8, []
    for _ in range(12):
        with torch.no_grad():
            model.weight.copy_(torch.randn(1, 3))
        path.append(model.weight.detach().clone())
        average.update()
    weights = [decay**11, *((1 - decay) * decay ** (11 - i) for i in range(1, 12))]
    assert sum(weights) == pytest.approx(1)
    expected = sum(w * p for w, p in zip(weights, path, strict=True))
    assert torch.allclose(average.tensors["weight"], expected, atol=1e-6)


def test_curriculum():
    assert competence(0, 5, 0.2) == pytest.approx(0.2) and competence(5, 5, 0.2) == competence(9, 5, 0.2) == 1
    assert competence(2, 4, 0.1, power=1) == pytest.approx(0.55)
    hard = np.arange(20)[::-1]
    sampler = CurriculumSampler(hard, 4, 0.25, seed=1)
    pools = [sorted(sampler) for _ in range(6)]
    assert len(pools[0]) == 5 and len(pools[-2]) == len(pools[-1]) == 20
    assert all(p == list(range(20 - len(p), 20)) for p in pools)
    assert sorted(map(len, pools)) == [len(p) for p in pools]
    batches, other = BatchSampler(CurriculumSampler(hard, 4), 3), BatchSampler(CurriculumSampler(hard, 4), 3)
    list(batches), next(iter(batches))
    other.load_state_dict(batches.state_dict())
    assert [b.tolist() for b in batches] != [] and other.sampler.epoch == 1
    with pytest.raises(ValueError, match="none NaN"):
        CurriculumSampler([1.0, math.nan], 3)
    with pytest.raises(ValueError, match="start must be above 0"):
        CurriculumSampler([1.0], 3, 0.0)


def test_history_keeps_picture_and_state():
    history = History()
    for step in (5, 10):
        history.add(step, 0, loss=1 / step, lr=0.1)
    history.add(10, 1, val_loss=2.0)
    other = History()
    write_and_read = other.load_state_dict
    write_and_read(history.state_dict())
    assert other.rows == history.rows and isinstance(other.rows[0]["step"], int)
    figure = history.plot()
    assert [line.get_label() for line in figure.axes[0].lines] == ["loss", "val_loss"]
    assert history.plot("lr").axes[0].get_ylabel() == "lr"
    with pytest.raises(KeyError, match="no column 'speed'; there are step, epoch, loss, lr, val_loss"):
        history.plot("speed")
    assert History().to_frame().empty and History().column("loss")[0].shape == (0,)


def test_progress_tells_lines_without_a_terminal_and_a_bar_with_one():
    stream = io.StringIO()
    trainer(callbacks=[Progress(every=0.0, stream=stream)], log_every=10, validation=[(X, Y)]).fit(epochs=6)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("step 7/42  val_loss") and all("steps/s" in line for line in lines)

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    pytest.importorskip("rich")
    stream = Terminal()
    trainer(callbacks=[Progress(stream=stream)], log_every=10).fit(epochs=6)
    assert "42/42" in stream.getvalue()


def test_random_states_are_plain_and_complete(tmp_path):
    def draws():
        return [random.random(), random.gauss(0, 1), np.random.normal(), torch.rand(2).tolist(), np.random.rand()]

    random.gauss(0, 1), np.random.normal()  # leaves half a pair of normals behind in both
    write_state(tmp_path / "s", random_states())
    first = draws()
    set_random_states(read_state(tmp_path / "s"))
    assert draws() == first


def test_states_of_all_kinds_come_back_as_they_were(tmp_path):
    tied = torch.randn(3, 4)
    state = {
        "tied": [tied, tied, tied[1:], tied.T],
        "kinds": [
            torch.ones((), dtype=k) for k in (torch.bfloat16, torch.float16, torch.int8, torch.bool, torch.uint8)
        ],
        "empty": torch.zeros(0, 3),
        "numbers": {0: (1, 2.5, None), (1, 2): True, "nan": math.nan, "big": 2**127, "inf": -math.inf},
        "arrays": [np.arange(4, dtype=np.uint32), np.float64(0.1), np.zeros((0, 2)), np.array([True])],
        "%": "a key that is a mark",
    }
    write_state(tmp_path / "s", state)
    got = read_state(tmp_path / "s")
    for a, b in zip([*state["tied"], *state["kinds"]], [*got["tied"], *got["kinds"]], strict=True):
        assert a.dtype == b.dtype and torch.equal(a, b)
    assert got["tied"][0] is got["tied"][1] and got["empty"].shape == (0, 3) and got["%"] == state["%"]
    assert got["numbers"][0] == (1, 2.5, None) and got["numbers"][1, 2] is True and math.isnan(got["numbers"]["nan"])
    assert got["numbers"]["big"] == 2**127 and got["numbers"]["inf"] == -math.inf
    for a, b in zip(state["arrays"], got["arrays"], strict=True):
        assert np.array_equal(a, b) and (not isinstance(a, np.ndarray) or a.dtype == b.dtype)
    with pytest.raises(TypeError, match="callbacks/0/run: a builtin_function_or_method cannot be kept"):
        write_state(tmp_path / "t", {"callbacks": [{"run": print}]})
    assert not (tmp_path / "t").exists()


def test_no_pickle_is_in_the_file_and_a_foreign_file_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    write_state(tmp_path / "s", {"w": torch.ones(2)})
    assert load_file(tmp_path / "s")["w"].tolist() == [1, 1]
    save_file({"w": torch.ones(2)}, tmp_path / "foreign")
    with pytest.raises(CheckpointError, match="not a training state of this library"):
        read_state(tmp_path / "foreign")
    torch.save({"w": torch.ones(2)}, tmp_path / "pickled")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_state(tmp_path / "pickled")


def test_weights_alone_can_be_loaded(tmp_path):
    it = trainer(average=0.5, checkpoints=Checkpoints(tmp_path))
    it.fit(steps=4)
    file = it.checkpoints.files()[0]
    model, _ = linear()
    load_weights(model, file)
    assert torch.equal(model.weight, it.model.weight)
    load_weights(model, file, averaged=True)
    assert torch.equal(model.weight, it.average.tensors["weight"]) and not torch.equal(model.weight, it.model.weight)
    with pytest.raises(CheckpointError, match=r"another model: model: weight is float32 \(1, 3\) in the checkpoint"):
        load_weights(torch.nn.Linear(4, 1), file)
    without = trainer(checkpoints=Checkpoints(tmp_path / "w"))
    without.fit(steps=1)
    with pytest.raises(CheckpointError, match="has no averaged weights"):
        load_weights(model, without.checkpoints.files()[0], averaged=True)
