"""What the tests of tiled attention share: a value and its gradients."""

import numpy as np

from groundup.neural.autograd import Tensor


def gradients(function, leaves, **options):
    """Value and gradients with respect to q, k, v and, if there is a fourth leaf, a bias through our tensors."""
    leaves = [Tensor(x.copy(), requires_grad=True) for x in leaves]
    if len(leaves) > 3:
        options["bias"] = leaves[3]
    out = function(*leaves[:3], **options)
    g = np.random.default_rng(2).normal(size=out.shape).astype(out.dtype)
    out.backward(g)
    return [out.data, *(leaf.grad for leaf in leaves)], g
