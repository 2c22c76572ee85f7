"""Training: a loop small enough to be read, which can be killed and resumed to the bit.

| file | holds |
|---|---|
| `trainer` | `Trainer`: the step, the loop, what happens between steps |
| `evaluation` | loss and metrics of validation data |
| `parts` | whether model, optimizer, data and batches fit together |
| `precision` | 16-bit computation, loss scaling, clipping |
| `averaging` | the exponential moving average of weights |
| `curriculum` | easy examples first |
| `callbacks` | events, early stopping, progress |
| `history`, `divergence` | what training reports; when it has gone wrong |
| `interruption` | Ctrl-C finishes the step |
| `checkpoints`, `storage` | which checkpoints are kept; one file, written whole or not at all |
| `state`, `randomness` | all that the future depends on |

Left out: several devices at once (see the lesson on distributed training), and anything that decides for you.
"""

from groundup.neural.training.averaging import WeightAverage
from groundup.neural.training.callbacks import Callback, Progress, StopEarly
from groundup.neural.training.checkpoints import Checkpoints
from groundup.neural.training.curriculum import CurriculumSampler, competence
from groundup.neural.training.divergence import DivergenceError
from groundup.neural.training.history import History
from groundup.neural.training.precision import LossScaler, clip_gradients, fast_precision
from groundup.neural.training.randomness import seed_all
from groundup.neural.training.state import load_weights
from groundup.neural.training.storage import CheckpointError, read_state, write_state
from groundup.neural.training.trainer import Trainer

__all__ = ["Callback", "CheckpointError", "Checkpoints", "CurriculumSampler", "DivergenceError", "History",
           "LossScaler", "Progress", "StopEarly", "Trainer", "WeightAverage", "clip_gradients", "competence",
           "fast_precision", "load_weights", "read_state", "seed_all", "write_state"]  # fmt: skip
