"""groundup.neural.training beside the bare torch loop, swa_utils, amp and the large batch, from copied state."""

from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.neural.training", reference="torch", needs=("safetensors",))

N, FEATURES, CLASSES, BATCH = 90, 12, 4, 16


def _data() -> tuple[Any, Any]:
    import torch

    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, FEATURES))
    y = (X[:, :CLASSES] + 0.5 * rng.normal(size=(N, CLASSES))).argmax(1)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y)


def _parts(kind: str = "AdamW", dtype: str = "float32") -> dict[str, Any]:
    """Model, optimizer and scheduler, always from the same copied weights."""
    import torch

    rng = np.random.default_rng(5)
    model = torch.nn.Sequential(
        torch.nn.Linear(FEATURES, 24), torch.nn.Tanh(), torch.nn.Dropout(0.2), torch.nn.Linear(24, CLASSES)
    ).to(getattr(torch, dtype))
    for p in model.parameters():
        p.data.copy_(torch.tensor(rng.normal(size=tuple(p.shape)) / np.sqrt(FEATURES)))
    optimizer = {
        "SGD": lambda: torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True),
        "AdamW": lambda: torch.optim.AdamW(model.parameters(), lr=0.01),
        "RMSprop": lambda: torch.optim.RMSprop(model.parameters(), lr=0.003),
    }[kind]()
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=40)
    return {"model": model, "optimizer": optimizer, "scheduler": scheduler}


def _batches() -> Any:
    from groundup.neural.batching import Loader

    return Loader(_data(), batch_size=BATCH, shuffle=True, seed=8)


def _trainer(parts: dict[str, Any], data: Any = None, **settings: Any) -> Any:
    import torch

    from groundup.neural.training import Trainer

    loss = torch.nn.functional.cross_entropy
    data = _batches() if data is None else data
    return Trainer(parts["model"], parts["optimizer"], loss, data, scheduler=parts["scheduler"], **settings)


def _weights(model: Any) -> list[np.ndarray]:
    return [p.detach().double().numpy() for p in model.parameters()]


def _ours(kind: str, clip: float | None, precision: str) -> list[Any]:
    parts = _parts(kind)
    history = _trainer(parts, clip=clip, precision=precision, log_every=1, seed=11).fit(steps=30)
    return [*_weights(parts["model"]), history.column("loss")[1]]


def _bare(kind: str, clip: float | None, precision: str) -> list[Any]:
    import torch

    parts, losses, data = _parts(kind), [], _batches()
    model, optimizer, scheduler = parts.values()
    torch.manual_seed(11)
    while len(losses) < 30:
        for inputs, targets in data:
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                loss = torch.nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
    return [*_weights(model), np.array(losses)]


@proof.check("30 steps of the bare loop", tolerance=0.0, reason="the same operations in the same order: bit for bit")
def _loop() -> Iterator[Case]:
    _bare("SGD", None, "float32")  # what torch loads with the first step is no part of the comparison
    for kind in ("SGD", "AdamW", "RMSprop"):
        for clip in (None, 0.5):
            for precision in ("float32", "bfloat16"):
                name = f"{kind}, {'clipped' if clip else 'not clipped'}, {precision}"
                args = (kind, clip, precision)
                yield Case(name, lambda a=args: _ours(*a), lambda a=args: _bare(*a))


def _averaged(update: Callable[[Any, Any], Any]) -> Any:
    """Weights after 25 steps, and what an average has made of them on the way."""
    import torch

    parts = _parts("SGD")
    parts["model"].insert(1, torch.nn.BatchNorm1d(24))
    parts["optimizer"] = torch.optim.SGD(parts["model"].parameters(), lr=0.05)
    torch.manual_seed(2)
    return update(parts["model"], parts["optimizer"])


def _steps(model: Any, optimizer: Any, after: Callable[[], None]) -> None:
    import torch

    made = 0
    for _ in range(5):
        for inputs, targets in _batches():
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
            after()
            made += 1


def _our_average(decay: float) -> dict[str, np.ndarray]:
    from groundup.neural.training import WeightAverage

    def update(model: Any, optimizer: Any) -> dict[str, np.ndarray]:
        average = WeightAverage(model, decay)
        _steps(model, optimizer, average.update)
        return {name: tensor.numpy().copy() for name, tensor in average.tensors.items()}

    return _averaged(update)


def _torch_average(decay: float) -> dict[str, np.ndarray]:
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    def update(model: Any, optimizer: Any) -> dict[str, np.ndarray]:
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
        _steps(model, optimizer, lambda: average.update_parameters(model))
        return {name: tensor.numpy().copy() for name, tensor in average.module.state_dict().items()}

    return _averaged(update)


@proof.check(
    "moving average of weights",
    tolerance=0.0,
    reason="one fused operation in both: bit for bit",
    reference="torch.optim.swa_utils.AveragedModel",
)
def _ema() -> Iterator[Case]:
    for decay in (0.0, 0.9, 0.999):
        yield Case(
            f"decay {decay}, with batch normalization",
            lambda d=decay: _our_average(d),
            lambda d=decay: _torch_average(d),
        )


def _large(batches: int, dtype: str) -> list[np.ndarray]:
    """Ten steps over all data: in one batch, or in several of unequal size."""
    import torch

    parts = _parts("SGD", dtype)
    parts["model"].eval()
    X, y = _data()
    rows = [np.arange(N)] if batches == 1 else [np.arange(N)[a:b] for a, b in ((0, 40), (40, 47), (47, N))]
    data = [(X[r].to(getattr(torch, dtype)), y[r]) for r in rows]
    trainer = _trainer(parts, data, accumulate=len(rows))
    for _ in range(10):
        trainer.train_step(data)
    return _weights(parts["model"])


@proof.check(
    "accumulated batches of 40, 7 and 43 against one of 90",
    tolerance=1e-12,
    reason="sums in another order, ten steps",
    reference="torch, one batch",
)
def _accumulated() -> Iterator[Case]:
    yield Case("float64, SGD", lambda: _large(3, "float64"), lambda: _large(1, "float64"))
    yield Case("float32, SGD", lambda: _large(3, "float32"), lambda: _large(1, "float32"), tolerance=1e-5)


GRADIENTS = [1.0, float("inf"), 2.0, 3.0, float("nan"), 1.0, 1.0, 1.0, 1.0]


def _scaled() -> list[Any]:
    import torch

    from groundup.neural.training import LossScaler

    scaler, weight, told = LossScaler(1024.0, growth_interval=3), torch.tensor([5.0]), []
    for g in GRADIENTS:
        gradient = torch.tensor([g * scaler.scale])
        finite = scaler.unscale([gradient])
        if finite:
            weight -= 0.1 * gradient
        scaler.update(finite)
        told.append([weight.item(), scaler.scale])
    return told


def _scaled_by_torch() -> list[Any]:
    import torch

    weight = torch.nn.Parameter(torch.tensor([5.0]))
    optimizer, told = torch.optim.SGD([weight], lr=0.1), []
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    for g in GRADIENTS:
        scaler.scale(torch.zeros(()))  # it makes its scale when it is first used
        weight.grad = torch.tensor([g * scaler.get_scale()])
        scaler.step(optimizer)
        scaler.update()
        told.append([weight.item(), scaler.get_scale()])
    return told


@proof.check(
    "loss scale and skipped steps", tolerance=1e-7, reason="one rounding of float32", reference="torch.amp.GradScaler"
)
def _scaler() -> Iterator[Case]:
    yield Case("nine gradients, two not finite", _scaled, _scaled_by_torch)


def _resumed(stop: int, accumulate: int) -> list[Any]:
    from groundup.neural.training import Checkpoints

    settings = {"average": 0.9, "clip": 0.5, "accumulate": accumulate, "seed": 11, "log_every": 4}
    with TemporaryDirectory() as folder:
        _trainer(_parts(), checkpoints=Checkpoints(folder, every=stop), **settings).fit(steps=stop)
        parts = _parts()
        second = _trainer(parts, checkpoints=Checkpoints(folder, every=None), **settings)
        second.resume()
        second.fit(steps=30)
    return [*_weights(parts["model"]), [t.numpy() for t in second.average.tensors.values()]]


def _never_stopped(accumulate: int) -> list[Any]:
    parts = _parts()
    trainer = _trainer(parts, average=0.9, clip=0.5, accumulate=accumulate, seed=11)
    trainer.fit(steps=30)
    return [*_weights(parts["model"]), [t.numpy() for t in trainer.average.tensors.values()]]


@proof.check(
    "stopped, written to disk, resumed",
    tolerance=0.0,
    reason="all that the future depends on is in the file: bit for bit",
    reference="the run that was never stopped",
)
def _resume() -> Iterator[Case]:
    for stop, accumulate in ((1, 1), (6, 1), (17, 1), (3, 2), (20, 2)):
        name = f"at step {stop}, {accumulate} batch{'es' * (accumulate > 1)} a step"
        yield Case(name, lambda s=stop, a=accumulate: _resumed(s, a), lambda a=accumulate: _never_stopped(a))


def _plain_tensors() -> dict[str, Any]:
    import torch

    rng = np.random.default_rng(1)
    kinds = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool)
    return {str(kind): torch.tensor(rng.normal(size=(3, 5)) * 9).abs().to(kind) for kind in kinds}


def _read_by_others() -> dict[str, Any]:
    from safetensors.torch import load_file

    from groundup.neural.training import write_state

    with TemporaryDirectory() as folder:
        write_state(f"{folder}/state.safetensors", {"model": _plain_tensors(), "step": 3})
        loaded = load_file(f"{folder}/state.safetensors")
    return {name.removeprefix("model/"): tensor.double().numpy() for name, tensor in loaded.items()}


@proof.check(
    "files, read without this library", tolerance=0.0, reason="the same bytes", reference="safetensors.torch.load_file"
)
def _files() -> Iterator[Case]:
    expected = {name: tensor.double().numpy() for name, tensor in _plain_tensors().items()}
    yield Case("seven kinds of numbers", _read_by_others, lambda: expected)
