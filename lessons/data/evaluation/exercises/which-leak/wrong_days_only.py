# named: another row of a tested patient
import numpy as np


def leaking(setups, patient, day, horizon):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        met = False
        early = day[train].max() + horizon >= day[test].min()
        if met or early:
            found.append(name)
    return found
