import numpy as np


def leaking(setups, patient, day, horizon):
    """{name: {"train": rows, "test": rows}}, (n,), (n,), int -> list of names"""
    raise NotImplementedError("write me")
