# named: halfway between the means
import numpy as np


def choose_threshold(ill, healthy, prevalence, cost_missed, cost_alarm):
    return float((np.mean(ill) + np.mean(healthy)) / 2)
