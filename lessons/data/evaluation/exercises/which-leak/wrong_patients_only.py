# named: look at days as well
import numpy as np


def leaking(setups, patient, day, horizon):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        met = np.isin(patient[train], patient[test]).any()
        early = False
        if met or early:
            found.append(name)
    return found
