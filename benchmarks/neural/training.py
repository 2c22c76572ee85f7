"""The trainer around a small network, beside the bare loop: what it costs, and what logging costs."""

from collections.abc import Callable
from typing import Any

from sklearn.datasets import load_digits

from groundup.bench import Benchmark

STEPS, BATCH = 2000, 64


def _parts(lr: float = 0.05) -> dict[str, Any]:
    """Network, optimizer and batches, always from the same state."""
    import torch

    from groundup.neural.batching import Loader

    pixels, labels = load_digits(return_X_y=True)
    X, y = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(labels)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    return {"model": model, "optimizer": optimizer, "data": Loader((X, y), batch_size=BATCH, shuffle=True, seed=1)}


def _bare(clip: float | None = None, average: float | None = None) -> float:
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    model, optimizer, data = _parts().values()
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(average)) if average else None
    made, loss = 0, None
    while made < STEPS:
        for inputs, targets in data:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            if mean is not None:
                mean.update_parameters(model)
            made += 1
            if made == STEPS:
                break
    return _loss(model)


def _ours(log_every: int = 50, clip: float | None = None, average: float | None = None) -> float:
    import torch

    from groundup.neural.training import Trainer

    model, optimizer, data = _parts().values()
    loss = torch.nn.functional.cross_entropy
    Trainer(model, optimizer, loss, data, clip=clip, average=average, log_every=log_every).fit(steps=STEPS)
    return _loss(model)


def _loss(model: Any) -> float:
    """Of all digits, after training: equal when the steps were equal."""
    import torch

    data = _parts()["data"].data
    with torch.no_grad():
        return torch.nn.functional.cross_entropy(model(data[0]), data[1]).item()


def _lightning() -> float:
    """The same steps by lightning, where that is installed."""
    import logging
    import warnings

    import lightning  # pyright: ignore[reportMissingImports]
    import torch

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    model, optimizer, data = _parts().values()

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: Any) -> Any:
            inputs, targets = batch
            return torch.nn.functional.cross_entropy(self.model(inputs), targets)

        def configure_optimizers(self) -> Any:
            return optimizer

    quiet = {"enable_progress_bar": False, "enable_checkpointing": False, "enable_model_summary": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = lightning.Trainer(max_steps=STEPS, logger=False, accelerator="cpu", **quiet)
        trainer.fit(Module(), data)
    return _loss(model)


def _small() -> dict[str, Callable[[], Any]]:
    import importlib.util

    contestants = {"ours": _ours, "torch": _bare, "ours, a row each step": lambda: _ours(log_every=1)}
    if importlib.util.find_spec("lightning"):
        contestants["lightning"] = _lightning
    return contestants


def _full() -> dict[str, Callable[[], Any]]:
    options: dict[str, Any] = {"clip": 1.0, "average": 0.99}
    return {"ours": lambda: _ours(**options), "torch": lambda: _bare(**options)}


def _checkpoint() -> dict[str, Callable[[], Any]]:
    import tempfile
    from pathlib import Path

    import torch

    from groundup.neural.training import read_state, write_state

    folder = tempfile.TemporaryDirectory()
    state = {f"layer{i}": torch.randn(1000, 1000) for i in range(20)}

    def ours(folder: Any = folder) -> float:  # the folder lives as long as the function
        file = Path(folder.name) / "ours.safetensors"
        write_state(file, state)
        return float(read_state(file)["layer3"].sum())

    def theirs(folder: Any = folder) -> float:
        file = Path(folder.name) / "torch.pt"
        torch.save(state, file)
        return float(torch.load(file)["layer3"].sum())

    return {"ours": ours, "torch": theirs}


BENCHMARKS = [
    Benchmark(
        name="neural.training/loop",
        work=f"digits, MLP 64-128-10, batch {BATCH}, SGD with momentum: {STEPS:,} steps, a row every 50",
        setup=_small,
        reference="torch",
        reach=1.05,
        score=float,
        score_name="loss in the end",
    ),
    Benchmark(
        name="neural.training/clipped-and-averaged",
        work=f"the same {STEPS:,} steps with clipping and an average of the weights",
        setup=_full,
        reference="torch",
        reach=1.05,
        score=float,
        score_name="loss in the end",
    ),
    Benchmark(
        name="neural.training/checkpoint-80MB",
        work="write 20 matrices of 1000 x 1000 float32 and read them; ours with checksum and fsync, torch.save without",
        setup=_checkpoint,
        reference="torch",
        reach=4.0,
        score=float,
        score_name="sum of one of them",
    ),
]
