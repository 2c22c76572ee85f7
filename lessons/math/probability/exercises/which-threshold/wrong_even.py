# named: as if half of the town were ill
import numpy as np


def choose_threshold(ill, healthy, prevalence, cost_missed, cost_alarm):
    values = np.sort(np.concatenate([ill, healthy]))
    thresholds = (values[1:] + values[:-1]) / 2
    # each rate within its own group: the clinic's shares do not enter
    missed = np.searchsorted(np.sort(ill), thresholds, side="right") / len(ill)
    alarm = 1 - np.searchsorted(np.sort(healthy), thresholds, side="right") / len(healthy)
    cost = missed * cost_missed + alarm * cost_alarm
    # the estimated cost is ragged: take the middle of all thresholds that are nearly as good as the best
    return float(np.median(thresholds[cost <= 1.02 * cost.min()]))
