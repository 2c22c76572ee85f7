"""Killed, interrupted, damaged, full: a run that goes on equals the one that was never stopped, bit for bit."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from groundup import files  # noqa: E402
from groundup.neural.training import (  # noqa: E402
    Callback,
    CheckpointError,
    Checkpoints,
    Trainer,
    read_state,
    storage,
    write_state,
)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from training_run import STEPS, Noise, made  # noqa: E402

ENVIRONMENT = os.environ | {"PYTHONPATH": str(HERE.parents[1] / "src")}


def outcome(trainer):
    """All that a run leaves behind."""
    noise = next(c for c in trainer.callbacks if isinstance(c, Noise))
    return {
        "model": trainer.model.state_dict(),
        "average": trainer.average.tensors,
        "optimizer": trainer.optimizer.state_dict(),
        "scheduler": trainer.scheduler.state_dict(),
        "data": trainer.data.state_dict(),
        "drawn": noise.drawn,
        "rule": trainer.callbacks[0].state_dict(),
        "history": trainer.history.rows,
        "torch": torch.get_rng_state(),
        "python": random.getstate(),
        "at": (trainer.step, trainer.epoch, trainer.stopped),
    }


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def assert_same(a, b):
    assert [part for part in b if not same(a[part], b[part])] == []


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    trainer = made(tmp_path_factory.mktemp("whole"))
    trainer.fit(steps=STEPS)
    return outcome(trainer)


def started(folder):
    process = subprocess.Popen(
        [sys.executable, HERE / "training_run.py", folder], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    return process


def from_disk(folder):
    trainer = made(folder)
    trainer.resume()
    return outcome(trainer)


def test_a_run_killed_again_and_again_equals_the_uninterrupted_one(tmp_path, uninterrupted):
    draw = random.Random(os.environ.get("GROUNDUP_KILLS", "7"))
    kills = 0
    for _ in range(40):
        process = started(tmp_path)
        if kills < 3:
            time.sleep(draw.uniform(0.03, 0.35))
            process.kill()
        ended = process.communicate()[0] == "done\n"
        kills += not ended
        assert process.returncode in ((0, -signal.SIGKILL) if ended else (-signal.SIGKILL,))  # killed on its way out
        for file in Checkpoints(tmp_path).files():
            read_state(file)  # each is whole, at any moment
        if ended:
            break
    assert kills >= 1 and ended
    assert_same(from_disk(tmp_path), uninterrupted)


@pytest.mark.slow
def test_a_process_killed_while_it_writes_leaves_a_whole_file(tmp_path):
    program = (
        "import sys, torch; from groundup.neural.training import write_state\n"
        "big = torch.arange(4_000_000); print('begun', flush=True)\n"
        "for i in range(10**6): write_state(sys.argv[1], {'w': big + i, 'i': i})"
    )
    file, draw, unfinished, seen = tmp_path / "state.safetensors", random.Random(3), 0, set()
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", program, file], env=ENVIRONMENT, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(draw.uniform(0.2, 0.6))
        process.kill()
        process.communicate()
        unfinished += len(list(tmp_path.glob(".*unfinished")))
        if file.exists():
            state = read_state(file)
            assert state["w"][0] == state["i"]
            seen.add(state["i"])
    assert unfinished >= 1, "no kill came while a file was being written: the test proves nothing"
    assert seen


@pytest.mark.parametrize("stop", [1, 3, 4, 5, 17, 40])
def test_a_run_that_raises_at_any_step_goes_on_exactly(tmp_path, uninterrupted, stop):
    class Fail(Callback):
        def on_step(self, trainer):
            if trainer.step == stop:
                raise RuntimeError("the power is gone")

    first = made(tmp_path)
    first.callbacks = (*first.callbacks, Fail())
    with pytest.raises(RuntimeError, match="power"):
        first.fit(steps=STEPS)
    second = made(tmp_path)
    if stop > 3:
        assert second.resume() == (stop - 1) // 3 * 3
    second.fit(steps=STEPS)
    assert_same(outcome(second), uninterrupted)


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("first", [9, 10])  # an epoch has 5 steps
def test_stopping_and_going_on_in_one_process_or_another(tmp_path, uninterrupted, first, elsewhere):
    trainer = made(tmp_path)
    trainer.fit(steps=first)
    if elsewhere:
        trainer = made(tmp_path)
        assert trainer.resume() == first
    assert trainer.epoch == first // 5
    trainer.checkpoints = None
    trainer.fit(steps=STEPS)
    ours, evaluations = outcome(trainer), []
    for history in (ours["history"], uninterrupted["history"]):  # ours has the row of the stop besides
        evaluations.append([(row["step"], row["val_loss"]) for row in history if "val_loss" in row])
    assert evaluations[0] == evaluations[1]
    assert_same(ours | {"history": uninterrupted["history"]}, uninterrupted)


def test_stops_at_an_epochs_end_and_in_the_next_when_batches_fill_the_last_step(tmp_path):
    whole = made(tmp_path / "whole", accumulate=3)  # 9 batches: 3 steps an epoch
    whole.fit(steps=12)
    expected = outcome(whole)
    made(tmp_path, accumulate=3).fit(steps=6)
    for goal in (7, 8, 12):
        trainer = made(tmp_path, accumulate=3)
        trainer.resume()
        trainer.fit(steps=goal)
        assert trainer.epoch == goal // 3
    found = outcome(trainer)
    assert_same(found | {"history": expected["history"]}, expected)
    rows = [[(row["step"], row["val_loss"]) for row in o["history"] if "val_loss" in row] for o in (found, expected)]
    assert rows[0] == rows[1] and len(rows[0]) == 4


def test_a_stop_at_an_epochs_end_is_exact_when_the_evaluation_was_not_reached(tmp_path, uninterrupted):
    trainer = made(tmp_path, checkpoints=Checkpoints(tmp_path, every=5))

    def killed():
        raise RuntimeError("killed before the evaluation")

    trainer.evaluate = killed
    with pytest.raises(RuntimeError, match="killed"):
        trainer.fit(steps=5)
    second = made(tmp_path, checkpoints=Checkpoints(tmp_path, every=5))
    assert second.resume() == 5 and second.epoch == 0
    second.fit(steps=5)  # nothing to train, but to evaluate
    assert second.epoch == 1 and second.history.column("val_loss")[0].tolist() == [5]
    second.fit(steps=STEPS)
    assert same(outcome(second)["model"], uninterrupted["model"])
    assert second.epoch == uninterrupted["at"][1]


def test_control_c_finishes_the_step_saves_and_says_how_to_go_on(tmp_path, uninterrupted):
    process = subprocess.Popen([sys.executable, HERE / "training_run.py", tmp_path], env=ENVIRONMENT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    process.stdout.readline()
    time.sleep(0.15)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert "stopped after step" in said and "saved as" in said and "resume(), then fit(...), goes on" in said
    step = int(Checkpoints(tmp_path).files()[0].stem.removeprefix("step-"))
    assert f"stopped after step {step}" in said
    process = started(tmp_path)
    assert process.communicate()[0] == "done\n"
    assert_same(from_disk(tmp_path), uninterrupted)


def test_a_damaged_file_is_told_and_the_one_before_it_taken(tmp_path, uninterrupted):
    made(tmp_path).fit(steps=STEPS // 2)
    newest, before, _ = Checkpoints(tmp_path).files()
    content = bytearray(newest.read_bytes())
    content[-3] ^= 16
    newest.write_bytes(content)
    trainer = made(tmp_path)
    with pytest.warns(UserWarning, match=rf"{newest.name} is damaged: .*; taking the one before it"):
        step = trainer.resume()
    assert before.name == f"step-{step:09d}.safetensors"
    before.write_bytes(content[:-100])
    for file in Checkpoints(tmp_path).files()[2:]:
        file.write_bytes(b"")
    with pytest.warns(UserWarning), pytest.raises(CheckpointError, match="has no checkpoint that can be read"):
        made(tmp_path).resume()
    with pytest.raises(CheckpointError, match=r"has no checkpoint$"):
        made(tmp_path / "elsewhere").resume()


def test_another_model_or_optimizer_is_refused_by_name_and_nothing_is_changed(tmp_path):
    made(tmp_path).fit(steps=4)
    other = made(tmp_path, width=20)
    weights = {k: v.clone() for k, v in other.model.state_dict().items()}
    with pytest.raises(
        CheckpointError, match=r"0.weight is float32 \(16, 8\) in the checkpoint, float32 \(20, 8\) here"
    ):
        other.resume()
    assert same(weights, dict(other.model.state_dict())) and other.step == 0
    sgd = made(tmp_path)
    sgd.optimizer = torch.optim.SGD(sgd.model.parameters(), lr=0.1)
    with pytest.raises(CheckpointError, match="training: optimizer is AdamW in the checkpoint, SGD here"):
        sgd.resume()
    with pytest.raises(CheckpointError, match="average is WeightAverage in the checkpoint, none here"):
        made(tmp_path, average=None).resume()
    with pytest.raises(CheckpointError, match="callbacks is StopEarly, Noise in the checkpoint, none here"):
        made(tmp_path, callbacks=[]).resume()
    with pytest.warns(UserWarning, match="setting: clip is 1.0 in the checkpoint, 2.0 here; the rest of the run"):
        assert made(tmp_path, clip=2.0).resume() == 4


def test_names_of_layers_that_are_missing_are_told(tmp_path):
    made(tmp_path).fit(steps=3)
    other = made(tmp_path)
    other.model.append(torch.nn.Linear(3, 3))
    with pytest.raises(CheckpointError, match=r"model: only here: 5\.bias, 5\.weight"):
        other.resume()


def test_a_full_disk_is_told_and_the_old_checkpoint_stays(tmp_path, monkeypatch):
    file = tmp_path / "state.safetensors"
    write_state(file, {"w": torch.ones(3)})

    def full(tensors, target, metadata):
        Path(target).write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "save_file", full)
    with pytest.raises(
        CheckpointError, match=r"no space left on the disk for .* \(4.0 MB\); the earlier .* is untouched"
    ):
        write_state(file, {"w": torch.zeros(10**6)})
    assert [f.name for f in tmp_path.iterdir()] == ["state.safetensors"]
    assert read_state(file)["w"].tolist() == [1, 1, 1]


def test_a_real_limit_of_the_system_is_told(tmp_path):
    program = (
        "import sys, signal, resource, torch; from groundup.neural.training import write_state, read_state\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); write_state(sys.argv[1], {'w': torch.ones(3)})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: write_state(sys.argv[1], {'w': torch.ones(10**6)})\n"
        "except Exception as error: print(type(error).__name__, error, read_state(sys.argv[1])['w'])"
    )
    file = tmp_path / "s.safetensors"
    ran = subprocess.run([sys.executable, "-c", program, file], env=ENVIRONMENT, text=True, capture_output=True)
    assert ran.stdout.startswith("CheckpointError") and "File too large" in ran.stdout, ran.stderr
    assert "the earlier s.safetensors is untouched tensor([1., 1., 1.])" in ran.stdout
    assert [f.name for f in tmp_path.iterdir()] == ["s.safetensors"]


@pytest.mark.parametrize("where", ["save_file", "flush", "replace"])
def test_whatever_fails_the_old_file_stays_and_no_rest_is_left(tmp_path, monkeypatch, where):
    file = tmp_path / "state.safetensors"
    write_state(file, {"i": 1})

    def broken(*_):
        raise OSError(5, "Input/output error")

    home = {"save_file": storage, "flush": files, "replace": os}[where]
    monkeypatch.setattr(home, where, broken)
    with pytest.raises(CheckpointError, match=r"cannot be written \(.*Input/output error"):
        write_state(file, {"i": 2})
    monkeypatch.undo()
    assert read_state(file) == {"i": 1} and len(list(tmp_path.iterdir())) == 1


def test_the_order_is_write_flush_rename_flush_of_the_folder(tmp_path, monkeypatch):
    events = []
    flush, replace = files.flush, os.replace
    monkeypatch.setattr(files, "flush", lambda p: (events.append("folder" if p.is_dir() else "file"), flush(p)))
    monkeypatch.setattr(os, "replace", lambda a, b: (events.append("rename"), replace(a, b)))
    write_state(tmp_path / "s.safetensors", {})
    assert events == ["file", "rename", "folder"]


def test_the_last_ones_and_the_best_are_kept(tmp_path):
    trainer = made(tmp_path, checkpoints=Checkpoints(tmp_path, every=2, keep=2, best="val_loss"))
    trainer.fit(steps=25)
    names = sorted(f.name for f in tmp_path.iterdir())
    assert names == ["best.safetensors", "step-000000024.safetensors", "step-000000025.safetensors"]
    steps, losses = trainer.history.column("val_loss")
    best = read_state(tmp_path / "best.safetensors")
    assert (
        best["step"] == steps[losses.argmin()] and best["best_value"] == losses.min() == trainer.checkpoints.best_value
    )


def test_checkpoints_need_data_that_can_go_on():
    with pytest.raises(TypeError, match="data must have state_dict, as a Loader has; got list"):
        model = torch.nn.Linear(1, 1)
        Trainer(model, torch.optim.SGD(model.parameters()), None, [], checkpoints=Checkpoints("nowhere"))
