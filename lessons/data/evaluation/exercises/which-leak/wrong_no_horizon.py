# named: becomes known horizon days after
import numpy as np


def leaking(setups, patient, day, horizon):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        met = np.isin(patient[train], patient[test]).any()
        early = day[train].max() >= day[test].min()
        if met or early:
            found.append(name)
    return found
