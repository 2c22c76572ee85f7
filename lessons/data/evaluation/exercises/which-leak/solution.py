import numpy as np


def leaking(setups, patient, day, horizon):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        # a row on both sides brings its patient along
        met = np.isin(patient[train], patient[test]).any()
        # the last outcome must have been known before the first test row was measured
        early = day[train].max() + horizon >= day[test].min()
        if met or early:
            found.append(name)
    return found
