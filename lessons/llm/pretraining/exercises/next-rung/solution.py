import numpy as np

from groundup.llm.pretraining.scaling import fit_scaling_law


def next_size(parameters: np.ndarray, tokens: np.ndarray, losses: np.ndarray, budget: float) -> float:
    """The size at which the fitted law is lowest for this budget."""
    return fit_scaling_law(parameters, tokens, losses).optimal(budget)[0]
