# named: one of the two is enough
import numpy as np


def leaking(setups, patient, day, horizon):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        met = np.isin(patient[train], patient[test]).any()
        early = day[train].max() + horizon >= day[test].min()
        if met and early:
            found.append(name)
    return found
