"""The trainer: steps, evaluation, logging, stopping, divergence, precision."""

import math
import threading
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.functional import cross_entropy, mse_loss  # noqa: E402

from groundup.neural.batching import Loader  # noqa: E402
from groundup.neural.training import (  # noqa: E402
    Callback,
    CheckpointError,
    Checkpoints,
    DivergenceError,
    LossScaler,
    StopEarly,
    Trainer,
)
from groundup.neural.training.divergence import first_bad  # noqa: E402

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


class Seen(Callback):
    def __init__(self):
        self.events = []

    def on_start(self, trainer):
        self.events.append(("start", trainer.step))

    def on_step(self, trainer):
        self.events.append(("step", trainer.step))

    def on_log(self, trainer, row):
        self.events.append(("log", row["step"]))

    def on_evaluate(self, trainer, row):
        self.events.append(("evaluate", row["step"]))

    def on_end(self, trainer):
        self.events.append(("end", trainer.step))


def test_it_learns_and_reports():
    it = trainer(validation=[(X, Y)], metrics={"worst": lambda a, b: (a - b).abs().max()})
    history = it.fit(epochs=30)
    assert it.epoch == 30 and it.step == 210
    assert history.rows[-1]["val_loss"] < 1e-4 and history.rows[-1]["val_worst"] < 0.05
    frame = history.to_frame()
    assert list(frame.columns) == ["step", "epoch", "loss", "lr", "val_loss", "val_worst"]
    assert frame["step"].tolist()[-1] == 210 and frame["loss"].notna().sum() == 5


def test_the_logged_loss_is_the_mean_of_the_interval():
    it, losses = trainer(log_every=4), []
    it.loss = lambda a, b: losses.append(mse_loss(a, b)) or losses[-1]
    it.fit(steps=10)
    steps, logged = it.history.column("loss")
    assert steps.tolist() == [4, 8, 10]
    expected = [np.mean([v.item() for v in part]) for part in (losses[:4], losses[4:8], losses[8:])]
    assert np.allclose(logged, expected, rtol=1e-12)


def test_events_come_in_order():
    seen = Seen()
    trainer(data=Loader((X, Y), batch_size=25), callbacks=[seen], log_every=3, validation=[(X, Y)]).fit(epochs=2)
    assert seen.events == [
        ("start", 0), ("step", 1), ("step", 2), ("evaluate", 2), ("step", 3), ("log", 3), ("step", 4), ("evaluate", 4),
        ("log", 4), ("end", 4),
    ]  # fmt: skip


def test_steps_and_epochs_count_in_all():
    it = trainer()
    it.fit(steps=5)
    it.fit(steps=9)
    it.fit(steps=9)
    assert it.step == 9 and len(it.history.rows) == 2
    with pytest.raises(ValueError, match="fit needs epochs or steps"):
        it.fit()
    assert it.total_steps() == 9 and trainer(accumulate=2).total_steps() is None


@pytest.mark.parametrize("settings", [{}, {"accumulate": 2}, {"accumulate": 3}])
def test_steps_that_end_with_an_epoch_have_its_evaluation(settings):
    def made():
        torch.manual_seed(0)
        seen = Seen()
        it = trainer(validation=[(X, Y)], callbacks=[seen], **settings)
        return it, seen.events

    whole, (part, events) = made()[0], made()
    n = -(-7 // settings.get("accumulate", 1))
    whole.fit(steps=2 * n)
    assert whole.epoch == 2 and whole.history.column("val_loss")[0].tolist() == [n, 2 * n]
    part.fit(steps=n)
    assert events[-3:] == [("evaluate", n), ("log", n), ("end", n)] and part.epoch == 1
    assert part.fit(steps=n) is part.history and len(part.history.rows) == 1  # once
    part.fit(steps=2 * n)
    assert part.epoch == 2 and torch.equal(part.model.weight, whole.model.weight)
    assert np.array_equal(part.history.column("val_loss"), whole.history.column("val_loss"))


def test_data_without_a_length_end_where_the_steps_do():
    class Stream:
        def __iter__(self):
            return iter([(X, Y)] * 3)

    it = trainer(data=Stream(), validation=[(X, Y)])
    it.fit(steps=3)
    assert it.epoch == 0 and "val_loss" not in it.history.rows[-1]
    it.fit(steps=4)
    assert it.epoch == 1 and it.history.column("val_loss")[0].tolist() == [3]


def test_a_scheduler_steps_once_a_step_and_not_for_a_batch():
    model, optimizer = linear(lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 0.5**t)
    Trainer(model, optimizer, mse_loss, [(X[:5], Y[:5])] * 6, scheduler=scheduler, accumulate=3).fit(epochs=1)
    assert optimizer.param_groups[0]["lr"] == 0.25


@pytest.mark.parametrize("sizes", [(10, 10), (7, 1, 12), (20,)])
def test_accumulated_gradients_are_those_of_the_large_batch(sizes):
    starts = np.cumsum((0, *sizes))
    parts = [(X[a:b], Y[a:b]) for a, b in pairwise(starts)]
    one, many = trainer(data=[(X[:20], Y[:20])]), trainer(data=parts, accumulate=len(sizes))
    one.fit(steps=5)
    many.fit(steps=5)
    assert torch.allclose(one.model.weight, many.model.weight, atol=1e-6)
    assert many.history.rows[-1]["loss"] == pytest.approx(one.history.rows[-1]["loss"], rel=1e-5)


def test_weights_of_accumulated_batches_can_be_tokens():
    class Tokens(Trainer):
        def weigh(self, batch):
            return int((batch[-1] != -100).sum())

    torch.manual_seed(0)
    inputs, targets = torch.randn(6, 4), torch.tensor([0, -100, 1, -100, -100, 2])
    results = []
    for data in ([(inputs, targets)], [(inputs[:2], targets[:2]), (inputs[2:], targets[2:])]):
        torch.manual_seed(1)
        model = torch.nn.Linear(4, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        Tokens(model, optimizer, cross_entropy, data, accumulate=len(data)).fit(steps=1)
        results.append(model.weight.detach().clone())
    assert torch.allclose(*results, atol=1e-6)


def test_evaluation_uses_eval_mode_leaves_no_trace_and_restores_each_module():
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1)
    )
    it = Trainer(
        model, torch.optim.SGD(model.parameters()), mse_loss, [(X, Y)], validation=Loader((X, Y), batch_size=7)
    )
    model.train()
    model[1].eval()  # frozen on purpose
    before = torch.get_rng_state()
    buffers = model[1].running_mean.clone()
    first, second = it.evaluate(), it.evaluate()
    assert (
        first == second and torch.equal(before, torch.get_rng_state()) and torch.equal(buffers, model[1].running_mean)
    )
    assert model.training and model[2].training and not model[1].training
    assert first["val_loss"] == pytest.approx(
        mse_loss(model.eval()(X), Y).item(), rel=1e-5
    )  # the last batch is shorter


def test_how_often_one_evaluates_does_not_change_the_training():
    def weights(every):
        torch.manual_seed(3)
        model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        noisy = lambda a, b: mse_loss(a, b) * (1 + 0 * torch.rand(()))  # noqa: E731  # draws while evaluating, too
        it = Trainer(model, torch.optim.SGD(model.parameters()), noisy, Loader((X, Y), batch_size=8, shuffle=True),
                     validation=[(X, Y)], evaluate_every=every, seed=0)  # fmt: skip
        it.fit(steps=12)
        return model[0].weight

    assert torch.equal(weights(1), weights(5))


def test_evaluation_uses_the_averaged_weights_and_gives_back_the_own():
    it = trainer(average=0.9, validation=[(X, Y)], lr=0.3)
    it.fit(steps=10)
    own = it.model.weight.detach().clone()
    row = it.evaluate()
    assert torch.equal(own, it.model.weight)
    averaged = torch.nn.functional.linear(X, it.average.tensors["weight"], it.average.tensors["bias"])
    assert row["val_loss"] == pytest.approx(mse_loss(averaged, Y).item())
    assert not torch.equal(own, it.average.tensors["weight"])


def test_early_stopping_stops_and_says_why():
    it = trainer(lr=1e-9, validation=[(X, Y)], callbacks=[StopEarly(patience=3, min_delta=0.1)])
    it.fit(epochs=50)
    assert it.epoch == 4 and it.stopped.startswith("val_loss has not improved for 3 evaluations (best: ")
    assert it.fit(epochs=50) is it.history and it.epoch == 4
    with pytest.raises(KeyError, match="watches 'val_acc'; an evaluation has step, epoch, val_loss"):
        trainer(validation=[(X, Y)], callbacks=[StopEarly("val_acc")]).fit(epochs=1)


def test_divergence_before_the_first_checkpoint_says_that_there_is_none(tmp_path):
    it = trainer(lr=1e6, checkpoints=Checkpoints(tmp_path, every=2), log_every=50)
    with pytest.raises(DivergenceError) as caught:
        it.fit(steps=50)
    assert caught.value.step == 2 and caught.value.checkpoint is None
    assert "at step 2, with learning rate 1e+06" in str(caught.value) and "There is no checkpoint." in str(caught.value)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e4])
def test_divergence_names_the_step_and_restores_if_asked(tmp_path, bad):
    def loss(outputs, targets):
        return mse_loss(outputs, targets) * (bad if it.step == 12 else 1.0)

    it = trainer(checkpoints=Checkpoints(tmp_path, every=5), log_every=4, restore=True, divergence=10.0)
    it.loss = loss
    with pytest.raises(DivergenceError, match="at step 13") as caught:
        it.fit(steps=40)
    assert caught.value.checkpoint.name == "step-000000010.safetensors" and it.step == 10
    assert len(caught.value.losses) >= 1 and "has been set back to it" in str(caught.value)
    assert all(torch.isfinite(p).all() for p in it.model.parameters())
    it.loss = mse_loss
    it.fit(steps=20)
    assert it.step == 20 and it.history.rows[-1]["loss"] < 2


def test_a_state_with_a_weight_that_is_not_finite_is_never_saved(tmp_path):
    class Break(Callback):
        def on_step(self, it):
            if it.step == 7:
                it.model.weight.data[0, 0] = math.nan

    it = trainer(checkpoints=Checkpoints(tmp_path, every=7), callbacks=[Break()])
    with pytest.raises(DivergenceError, match="a weight is not finite at step 7"):
        it.fit(steps=20)
    assert it.checkpoints.files() == []


def test_first_bad():
    assert first_bad([], 1.0) is None and first_bad([1.0, 2.0], 2.0) is None
    assert first_bad([1.0, math.inf], 2.0) == 1 and first_bad([1.0, 9.0, 9.0], 2.0) == 1
    assert first_bad([1.0, 5.0, 1.0, 1.0], 2.0) is None  # one outlier is no divergence
    assert first_bad([-5.0, -7.0], 2.0) is None


def test_data_that_are_empty_are_told():
    with pytest.raises(ValueError, match="data gave no batch in a whole epoch"):
        trainer(data=iter(())).fit(steps=3)


@pytest.mark.parametrize(
    "settings, error, words",
    [
        ({"accumulate": 0}, ValueError, "accumulate must be at least 1"),
        ({"clip": 0.0}, ValueError, "clip must be above 0"),
        ({"log_every": 1.5}, TypeError, "log_every must be a whole number"),
        ({"evaluate_every": 0}, ValueError, "evaluate_every must be at least 1"),
        ({"precision": "float8"}, ValueError, "precision must be one of 'float32', 'bfloat16', 'float16'"),
        ({"average": 1.0}, ValueError, "decay must be at least 0 and below 1"),
        ({"divergence": 1.0}, ValueError, "divergence must be above 1"),
    ],
)
def test_what_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        trainer(**settings)


def test_without_checkpoints_or_validation_it_says_so():
    with pytest.raises(CheckpointError, match="made without checkpoints"):
        trainer().save()
    with pytest.raises(CheckpointError, match="name a file to resume from"):
        trainer().resume()
    with pytest.raises(ValueError, match="no validation data"):
        trainer().evaluate()


def test_it_runs_in_another_thread(tmp_path):
    it = trainer(checkpoints=Checkpoints(tmp_path))
    thread = threading.Thread(target=lambda: it.fit(steps=5))
    thread.start()
    thread.join()
    assert it.step == 5


def test_our_optimizers_schedulers_and_their_states(tmp_path):
    optim = pytest.importorskip("groundup.neural.optim")

    def made():
        model, _ = linear()
        optimizer = optim.AdamW(model.parameters(), lr=0.05)
        return Trainer(model, optimizer, mse_loss, Loader((X, Y), batch_size=8, shuffle=True), average=0.9,
                       scheduler=optim.LRScheduler(optimizer, optim.cosine, total=30),
                       checkpoints=Checkpoints(tmp_path, every=None))  # fmt: skip

    whole, part = made(), made()
    whole.checkpoints = None
    whole.fit(steps=30)
    part.fit(steps=11)
    rest = made()
    assert rest.resume() == 11
    rest.fit(steps=30)
    assert torch.equal(whole.model.weight, rest.model.weight)
    assert rest.optimizer.param_groups[0]["lr"] == whole.optimizer.param_groups[0]["lr"]


def test_bfloat16_computes_in_sixteen_bits_and_keeps_weights_in_thirty_two():
    kinds = []

    def loss(outputs, targets):
        kinds.append(outputs.dtype)
        return mse_loss(outputs.float(), targets)

    it = trainer(precision="bfloat16", log_every=10)
    it.loss = loss
    it.fit(steps=40)
    assert set(kinds) == {torch.bfloat16} and it.model.weight.dtype == it.model.weight.grad.dtype == torch.float32
    assert it.history.rows[-1]["loss"] < 0.1


def test_float16_scales_the_loss_skips_an_overflow_and_steps_with_true_gradients():
    it, plain = trainer(precision="float16", clip=1e9), trainer(clip=1e9)
    it.scaler.scale = 2.0**40  # overflows at once
    start = it.model.weight.detach().clone()
    it.train_step([(X, Y)])
    assert torch.equal(start, it.model.weight) and it.scaler.skipped == 1 and it.scaler.scale == 2.0**39
    it.scaler.scale = 1024.0
    it.train_step([(X, Y)])
    plain.train_step([(X, Y)])
    assert torch.allclose(it.model.weight, plain.model.weight, rtol=1e-2, atol=1e-3)
    other = LossScaler()
    other.load_state_dict(it.scaler.state_dict())
    assert other.scale == 1024.0 and other.skipped == 1 and other.good == 1
