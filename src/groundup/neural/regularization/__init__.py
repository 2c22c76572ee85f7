"""Regularization: what keeps a network from learning its training examples by heart."""

from groundup.neural.regularization.early_stopping import EarlyStopping

__all__ = ["EarlyStopping"]
