"""Choose a batch size from norms at two batch sizes; judged by the noise scale that the norms were drawn with."""

import numpy as np

FUNCTION = "choose_batch"
FORBIDDEN = ["groundup.neural.batching", "torch"]


def cases():
    rng = np.random.default_rng(3)
    for name, scale, small, large in [
        ("little noise", 10, 4, 64),
        ("noise as large as the batch", 100, 16, 128),
        ("much noise", 600, 32, 512),
        ("a large model", 5000, 128, 4096),
    ]:
        scale *= rng.uniform(0.7, 1.4)
        d, steps, signal = 40, 4000, rng.uniform(0.5, 2)
        direction = rng.normal(size=d)
        direction *= (signal / np.sum(direction**2)) ** 0.5
        norms = [
            np.sum((direction + (scale * signal / d / size) ** 0.5 * rng.normal(size=(steps, d))) ** 2, axis=1)
            for size in (small, large)
        ]
        yield name, {"small_norms": norms[0], "large_norms": norms[1], "small": small, "large": large}, {"scale": scale}


def judge(decision, case):
    """None when the batch size is good, else the sentence to say."""
    if isinstance(decision, np.ndarray) and decision.ndim == 0:
        decision = decision.item()
    if not isinstance(decision, (int, float, np.number)) or isinstance(decision, bool) or not 0 < decision < np.inf:
        return f"the batch size must be one number above 0; {decision!r} came"
    scale, batch = case.held["scale"], float(decision)
    if batch < scale / 1.5:
        return f"with batches of {batch:.0f} it takes {1 + scale / batch:.1f} times the fewest steps; 2 were allowed, at about {scale:.0f}"
    if batch > scale * 1.5:
        return (
            f"batches of {batch:.0f} need {(batch + scale) / (2 * scale):.1f} times the examples of batches of about {scale:.0f}, "
            "which already take no more than twice the fewest steps"
        )
    return None


def reference(small_norms, large_norms, small, large, *, way="means first"):
    if way == "signal from one batch":  # the large batch's norm taken for the signal
        noise = (np.mean(small_norms) - np.mean(large_norms)) / (1 / small - 1 / large)
        return float(noise / np.mean(large_norms))
    signal = (large * large_norms - small * small_norms) / (large - small)
    noise = (small_norms - large_norms) / (1 / small - 1 / large)
    if way == "quotients":
        return float(abs(np.mean(noise / signal)))
    if way == "total":
        return float(np.mean(small_norms) / np.mean(large_norms))
    return float(noise.mean() / signal.mean())


MISTAKES = {
    "the norm of one batch holds noise too: solve the two equations for the signal": {"way": "signal from one batch"},
    "average before dividing: the mean of the quotients is something else": {"way": "quotients"},
    "the ratio of the two norms is not a batch size: solve for signal and noise": {"way": "total"},
}
