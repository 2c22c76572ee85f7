# named: row numbers are in no order
import numpy as np


def leaking(setups, patient, day, horizon):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        met = np.isin(patient[train], patient[test]).any()
        early = train.max() + horizon >= test.min()
        if met or early:
            found.append(name)
    return found
