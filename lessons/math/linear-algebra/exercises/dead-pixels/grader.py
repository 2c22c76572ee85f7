"""What the learner's `repair` is held against: least squares on the rows that are there."""

import numpy as np

FUNCTION = "repair"
FORBIDDEN = ["groundup.math.linear_algebra", "scipy", "sklearn"]
RTOL, ATOL = 1e-7, 1e-9  # the patterns' live rows have condition numbers up to some hundred, so normal equations pass


def reference(
    images, patterns, alive, *, fitted="live", orthonormal=False, overwrite=False, inverted=False, dead_blank=False,
    one_at_a_time=False,
):  # fmt: skip
    mask = ~alive if inverted else alive
    if fitted == "all":
        seen, values = patterns, images
    elif fitted == "guessed":
        seen, values = patterns, np.where(alive, images, images[:, alive].mean(axis=1, keepdims=True))
    else:
        seen, values = patterns[mask], images[:, mask]
    if orthonormal:
        amounts = seen.T @ values.T
    elif one_at_a_time:
        amounts = seen.T @ values.T / (seen**2).sum(axis=0)[:, None]
    else:
        with np.errstate(all="ignore"):
            amounts = np.linalg.pinv(seen) @ values.T
    drawn = (patterns @ amounts).T
    if overwrite:
        return drawn
    return np.where(alive, images, 0.0 if dead_blank else drawn)


def cases():
    rng = np.random.default_rng(8)
    for name, m, n, k, dead, nonsense in [
        ("one image of four pixels, one pattern", 1, 4, 1, 1, 9.0),
        ("five images, two patterns", 5, 10, 2, 3, 5.0),
        ("no pixel is dead", 3, 8, 2, 0, 0.0),
        ("as many live pixels as patterns", 4, 9, 3, 6, -3.0),
        ("images that no mixture fits", 6, 20, 4, 8, 2.0),
        ("dead pixels report NaN", 4, 12, 3, 4, np.nan),
    ]:
        patterns = np.linalg.qr(rng.normal(size=(n, k)))[0]
        images = rng.normal(size=(m, k)) @ patterns.T
        if name.startswith("images that"):
            images = images + 0.3 * rng.normal(size=(m, n))
        alive = np.ones(n, bool)
        alive[rng.choice(n, dead, replace=False)] = False
        images[:, ~alive] = nonsense + 0 * images[:, ~alive] + (rng.normal(size=(m, dead)) if dead else 0)
        yield name, {"images": images, "patterns": patterns, "alive": alive}


MISTAKES = {
    "live pixels stay as they came: only the dead ones are drawn": {"overwrite": True},
    "fit the amounts on the live pixels alone: dead ones report nonsense": {"fitted": "all"},
    "a value made up for a dead pixel pulls at the fit: leave the pixel out of it": {"fitted": "guessed"},
    "without the dead rows the patterns overlap: fit them together, not each by itself": {"one_at_a_time": True},
    "without the dead rows the patterns are no longer orthonormal: their dot products are not the amounts": {
        "orthonormal": True
    },
    "alive is True where a pixel works: the fit belongs to those": {"inverted": True},
    "fill the dead pixels with the mixture of patterns, not with 0": {"dead_blank": True},
}
