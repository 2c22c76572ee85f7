"""Parts that do not fit together, and what the trainer says about them."""

import math
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.functional import mse_loss  # noqa: E402

from groundup.neural.batching import Loader  # noqa: E402
from groundup.neural.training import Callback, CheckpointError, Checkpoints, DivergenceError, Trainer  # noqa: E402
from groundup.neural.training.parts import placed  # noqa: E402

X = torch.tensor(np.random.default_rng(0).normal(size=(20, 3)), dtype=torch.float32)
Y = X.sum(1, keepdim=True)


def linear():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def trainer(data, **settings):
    return Trainer(*linear(), mse_loss, data, **settings)


def test_a_model_without_parameters():
    with pytest.raises(ValueError, match="model must have parameters to train; this ReLU has none"):
        Trainer(torch.nn.ReLU(), linear()[1], mse_loss, [(X, Y)])
    with pytest.raises(TypeError, match=r"model must be a torch.nn.Module; got function"):
        Trainer(lambda x: x, linear()[1], mse_loss, [(X, Y)])  # pyright: ignore[reportArgumentType]


def test_an_optimizer_of_another_model():
    model, other = linear()[0], linear()[1]
    with pytest.raises(ValueError, match=r"2 of its parameters are not the model's, the first of shape \(1, 3\)"):
        Trainer(model, other, mse_loss, [(X, Y)])
    mixed = torch.optim.SGD([*model.parameters(), torch.nn.Parameter(torch.zeros(7))], lr=0.1)
    with pytest.raises(ValueError, match=r"1 of its parameters are not the model's, the first of shape \(7,\)"):
        Trainer(model, mixed, mse_loss, [(X, Y)])
    part = Trainer(model, torch.optim.SGD([model.bias], lr=0.1), mse_loss, [(X, Y)])  # the rest is frozen
    part.fit(steps=2)
    empty = torch.optim.SGD([{"params": []}], lr=0.1)
    with pytest.raises(ValueError, match="optimizer must have at least one parameter of the model"):
        Trainer(model, empty, mse_loss, [(X, Y)])


@pytest.mark.parametrize(
    "batch, words",
    [
        (X, r"got a Tensor of shape \(20, 3\)\. Override compute"),
        ({"x": X, "y": Y}, "got a dict"),
        ((X,), "got 1 entry"),
        (None, "got a NoneType"),
    ],
)
def test_a_batch_that_is_no_tuple(batch, words):
    with pytest.raises(TypeError, match=r"a batch must be a tuple \(what the model takes \.\.\., targets\); " + words):
        trainer([batch]).fit(steps=1)


def test_batches_of_another_form_by_overriding():
    class Named(Trainer):
        def compute(self, batch):
            outputs = self.model(batch["x"])
            return self.loss(outputs, batch["y"]), outputs, batch["y"]

        def weigh(self, batch):
            return len(batch["y"])

    it = Named(*linear(), mse_loss, Loader({"x": X, "y": Y}, batch_size=5), validation=[{"x": X, "y": Y}])
    it.fit(epochs=2)
    assert it.history.rows[-1]["val_loss"] < 5
    moved = placed({"x": X, "rest": [Y, "text"]}, torch.device("meta"))
    assert moved["x"].device.type == moved["rest"][0].device.type == "meta" and moved["rest"][1] == "text"
    trainer([[X, Y]]).fit(steps=1)  # a list, as torch's DataLoader gives


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_data_that_are_not_finite_are_named(bad):
    inputs = X.clone()
    inputs[[7, 11], 1] = bad
    for data in ((inputs, Y), {0: inputs.numpy(), 1: Y}):
        it = trainer(Loader((inputs, Y), batch_size=5))
        it.data.data = data
        with pytest.raises(
            DivergenceError, match=r"at step 2,.*[\s\S]*Column 0 of the data is not finite in example 7 and 1 more"
        ):
            it.fit(epochs=1)
    with pytest.raises(DivergenceError) as caught:
        trainer([(inputs, Y)]).fit(epochs=1)
    assert "Column" not in str(caught.value)


def test_validation_without_batches():
    for empty in ([], iter(())):
        it = trainer([(X, Y)], validation=empty)
        with pytest.raises(ValueError, match=r"validation gave no batch.*: an iterator can be gone through only once"):
            it.fit(epochs=1)
        assert it.model.training
    with pytest.raises(TypeError, match="validation must be an iterable of batches; got int"):
        trainer([(X, Y)], validation=3)
    with pytest.raises(TypeError, match="data must be an iterable of batches; got NoneType"):
        trainer(None)


def test_the_modes_come_back_when_a_metric_or_a_loss_raises():
    def broken(outputs, targets):
        raise ZeroDivisionError

    it = trainer([(X, Y)], validation=[(X, Y)])
    it.loss = broken
    with pytest.raises(ZeroDivisionError):
        it.evaluate()
    assert it.model.training


def test_a_folder_that_cannot_be_written_to_is_told_before_the_first_step(tmp_path, monkeypatch):
    steps = []

    class Count(Callback):
        def on_step(self, trainer):
            steps.append(trainer.step)

    def run(folder):
        data = Loader((X, Y), batch_size=5)
        trainer(data, checkpoints=Checkpoints(folder), callbacks=[Count()]).fit(steps=3)

    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match="file/inside for checkpoints cannot be made: "):
        run(tmp_path / "file" / "inside")
    if sys.platform == "linux":  # where not even the superuser may write
        with pytest.raises(CheckpointError, match="/proc/self for checkpoints cannot be written to: "):
            run("/proc/self")
    assert steps == []
    run(tmp_path / "new" / "folder")
    assert [f.name for f in (tmp_path / "new" / "folder").iterdir()] == ["step-000000003.safetensors"]


def test_a_new_training_leaves_the_folder_of_another_alone(tmp_path):
    def made():
        return trainer(Loader((X, Y), batch_size=5), checkpoints=Checkpoints(tmp_path, keep=2))

    made().fit(steps=6)
    again = made()
    with pytest.raises(CheckpointError, match=r"the newest step-000000006.safetensors: resume\(\) goes on with it"):
        again.fit(steps=3)
    assert again.step == 0
    again.resume()
    again.fit(steps=8)
    assert [f.stem for f in Checkpoints(tmp_path).files()] == ["step-000000008", "step-000000006"]


def test_going_on_from_an_older_checkpoint_keeps_what_is_written(tmp_path):
    it = trainer(Loader((X, Y), batch_size=5), checkpoints=Checkpoints(tmp_path, every=2, keep=3))
    it.fit(steps=6)
    back = trainer(Loader((X, Y), batch_size=5), checkpoints=Checkpoints(tmp_path, keep=2))
    back.resume(tmp_path / "step-000000002.safetensors")
    back.fit(steps=3)
    assert (tmp_path / "step-000000003.safetensors").exists()


def test_how_long_to_train():
    it = trainer([(X, Y)])
    with pytest.raises(ValueError, match="epochs must be at least 1; got -1"):
        it.fit(epochs=-1)
    with pytest.raises(TypeError, match=r"steps must be a whole number; got 1\.5"):
        it.fit(steps=1.5)  # pyright: ignore[reportArgumentType]
