# named: divide each count by the size of its own group
import numpy as np


def choose_threshold(ill, healthy, prevalence, cost_missed, cost_alarm):
    values = np.sort(np.concatenate([ill, healthy]))
    thresholds = (values[1:] + values[:-1]) / 2
    missed = np.searchsorted(np.sort(ill), thresholds, side="right")
    alarm = len(healthy) - np.searchsorted(np.sort(healthy), thresholds, side="right")
    cost = prevalence * missed * cost_missed + (1 - prevalence) * alarm * cost_alarm
    # the estimated cost is ragged: take the middle of all thresholds that are nearly as good as the best
    return float(np.median(thresholds[cost <= 1.02 * cost.min()]))
