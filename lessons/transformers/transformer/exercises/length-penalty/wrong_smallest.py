# named: the best choice gives
import numpy as np


def choose_alpha(log_p, lengths, matches, references, alphas):
    rows = np.arange(len(log_p))

    def bleu(alpha):
        taken = (log_p / ((5 + lengths) / 6) ** alpha).argmin(axis=1)
        size, hits = lengths[rows, taken], matches[rows, taken].sum(axis=0)
        totals = [(size - n).sum() for n in range(4)]
        penalty = min(0.0, 1 - references.sum() / size.sum())
        return np.exp(penalty + np.log(np.maximum(hits, 1e-9) / totals).mean())

    return max(alphas, key=bleu)
