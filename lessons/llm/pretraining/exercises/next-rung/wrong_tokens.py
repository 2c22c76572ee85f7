# named: the number of weights is asked for
from groundup.llm.pretraining.scaling import fit_scaling_law


def next_size(parameters, tokens, losses, budget):
    return fit_scaling_law(parameters, tokens, losses).optimal(budget)[1]
