# named: divided by the temperature
import numpy as np


def choose_temperature(logits, tokens, temperatures):
    losses = []
    for temperature in temperatures:
        z = logits * temperature
        top = z.max(axis=1)
        total = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
        losses.append((total - z[np.arange(len(z)), tokens]).mean())
    return temperatures[int(np.argmin(losses))]
