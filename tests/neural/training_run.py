"""A training with everything in it that has a state; tests run it in a process of its own and kill that."""

import random
import sys
import time

import numpy as np
import torch

from groundup.neural.batching import Loader
from groundup.neural.training import Callback, Checkpoints, StopEarly, Trainer

STEPS = 60


class Noise(Callback):
    """Draws from Python's and NumPy's global generators, keeps what it drew, and takes its time."""

    def __init__(self, pause=0.0):
        self.drawn, self.pause = [], pause

    def on_step(self, trainer):
        self.drawn.append(random.random() + np.random.normal() + np.random.random())
        time.sleep(self.pause)

    def state_dict(self):
        return {"drawn": np.array(self.drawn)}

    def load_state_dict(self, state):
        self.drawn = state["drawn"].tolist()


def made(folder, pause=0.0, width=16, **settings):
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    X, y = torch.tensor(rng.normal(size=(150, 8)), dtype=torch.float32), torch.tensor(rng.integers(0, 3, 150))
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(8, width), torch.nn.BatchNorm1d(width), torch.nn.ReLU(),
                                torch.nn.Dropout(0.3), torch.nn.Linear(width, 3))  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    settings = {
        "validation": Loader((X[100:], y[100:]), batch_size=20, shuffle=True, seed=5),
        "scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS),
        "average": 0.9,
        "clip": 1.0,
        "accumulate": 2,
        "log_every": 7,
        "seed": 4,
        "callbacks": [StopEarly(patience=50), Noise(pause)],
        "checkpoints": Checkpoints(folder, every=3, best="val_loss") if folder else None,
        **settings,
    }
    data = Loader((X[:100], y[:100]), batch_size=12, shuffle=True, seed=2)
    return Trainer(model, optimizer, torch.nn.functional.cross_entropy, data, **settings)


if __name__ == "__main__":
    trainer = made(sys.argv[1], pause=0.004)
    if trainer.checkpoints.files():
        trainer.resume()
    print("begun", flush=True)
    trainer.fit(steps=STEPS)
    print("done", flush=True)
