"""Train a digits classifier on a laptop (about ten seconds), with checkpoints; interrupt it and go on with --resume.

python recipes/digits.py --folder runs/digits
python recipes/digits.py --folder runs/digits --resume
"""

import argparse
import sys
from pathlib import Path


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The settings, checked: a wrong one ends the program with a sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/digits"), help="of the checkpoints (%(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with the newest checkpoint of the folder")
    parser.add_argument("--epochs", type=int, default=40, help="in all (%(default)s)")
    parser.add_argument("--lr", type=float, default=0.01, help="largest learning rate of the schedule (%(default)s)")
    parser.add_argument("--width", type=int, default=128, help="of the hidden layers (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, dropout and batches (%(default)s)")
    settings = parser.parse_args(given)
    for name, least in (("epochs", 1), ("width", 1), ("seed", 0)):
        if getattr(settings, name) < least:
            parser.error(f"--{name} must be at least {least}; got {getattr(settings, name)}")
    if not 0 < settings.lr < float("inf"):
        parser.error(f"--lr must be above 0 and finite; got {settings.lr}")
    started = any(settings.folder.glob("step-*.safetensors")) if settings.folder.is_dir() else False
    if started and not settings.resume:
        parser.error(f"{settings.folder} holds a training already: add --resume, or name another --folder")
    if settings.resume and not started:
        parser.error(f"{settings.folder} holds no checkpoint to resume from: leave --resume out")
    return settings


def made(settings: argparse.Namespace):
    """Model, data, optimizer, schedule, and the trainer around them."""
    import torch
    from sklearn.datasets import load_digits

    from groundup.neural.batching import Loader
    from groundup.neural.training import Checkpoints, Progress, StopEarly, Trainer

    torch.set_num_threads(1)  # the network is small, and one thread gives the same bits everywhere
    torch.manual_seed(settings.seed)
    pixels, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    X, y = torch.tensor(pixels / 16, dtype=torch.float32)[order], torch.tensor(labels)[order]
    width = settings.width
    model = torch.nn.Sequential(
        torch.nn.Linear(64, width), torch.nn.GELU(), torch.nn.Dropout(0.2),
        torch.nn.Linear(width, width), torch.nn.GELU(), torch.nn.Dropout(0.2), torch.nn.Linear(width, 10),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.lr, weight_decay=0.05)
    data = Loader((X[:1400], y[:1400]), batch_size=64, shuffle=True, seed=settings.seed)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.lr, total_steps=len(data) * settings.epochs)
    return Trainer(
        model,
        optimizer,
        torch.nn.functional.cross_entropy,
        data,
        validation=Loader((X[1400:], y[1400:]), batch_size=397),
        metrics={"accuracy": lambda scores, labels: (scores.argmax(1) == labels).float().mean()},
        scheduler=schedule,
        average=0.98,
        clip=1.0,
        checkpoints=Checkpoints(settings.folder, every=100, keep=2, best="val_accuracy", mode="max"),
        callbacks=[Progress(), StopEarly("val_loss", patience=15)],
        seed=settings.seed,
    )


def main(given: list[str] | None = None) -> int:
    """Train; 0 when done, 1 when the training cannot go on, 130 after Ctrl-C."""
    settings = arguments(given)
    from groundup.neural.training import CheckpointError, DivergenceError

    trainer = made(settings)
    try:
        if settings.resume:
            print(f"resumed at step {trainer.resume()}")
        history = trainer.fit(epochs=settings.epochs)
    except (CheckpointError, DivergenceError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print(f"\n{stopped}\ngo on with: python {sys.argv[0]} --resume --folder {settings.folder}", file=sys.stderr)
        return 130
    if trainer.stopped:
        print(trainer.stopped)
    steps, accuracies = history.column("val_accuracy")
    best = accuracies.argmax()
    print(f"best: {accuracies[best]:.4f} of 397 digits right, at step {steps[best]}; "
          f"{settings.folder / 'best.safetensors'}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
