"""Say what spoils a straight line: influence, shape or spread; and leave a good fit alone."""

import numpy as np

FUNCTION = "diagnose"
FORBIDDEN = ["sklearn", "statsmodels", "groundup.classical"]
WORDS = ("curve", "spread", "point", "nothing")


def cases():
    """(name, what the function gets, what stays here). Effects are far from the border, so that luck does not decide."""
    rng = np.random.default_rng(3)

    def table(n, truth, bend=0.0, growth=0.0, far=None, noise=1.0):
        x = rng.uniform(-2, 2, n)
        slope = float(rng.choice([-1, 1]) * rng.uniform(1.5, 2.5))
        y = slope * x + bend * x**2 + noise * np.exp(growth * x) * rng.normal(size=n)
        if far is not None:
            at, off = far
            x[n // 3], y[n // 3] = at, slope * at + off
        scale, shift = rng.uniform(0.5, 20), rng.uniform(-5, 50)
        return {"x": x * scale + shift, "y": y * 10 + 100}, {"truth": truth}

    for name, made in [
        ("a plain line", table(200, "nothing")),
        ("a bend that is easily seen", table(150, "curve", bend=1.5)),
        ("a bend where the line fits well: R² above 0.9", table(300, "curve", bend=0.2, noise=0.4)),
        ("errors that grow", table(300, "spread", growth=0.7)),
        ("errors that shrink", table(300, "spread", growth=-0.7)),
        ("a row far from the others and the line", table(300, "point", far=(5.0, 20.0))),
        ("a far row that the line follows", table(60, "point", far=(8.0, -14.0))),
        ("a far row that agrees", table(120, "nothing", far=(8.0, 0.0))),
        ("a line in much noise", table(250, "nothing", noise=4.0)),
    ]:
        yield name, *made


def judge(decision, case):
    """None when the decision is right, else the sentence to say."""
    if not isinstance(decision, str) or decision not in WORDS:
        return f"one of {', '.join(map(repr, WORDS))} is expected, {decision!r} came"
    if decision != case.held["truth"]:
        return f"{decision!r} is not what a look at the plot of {case.name} would say"
    return None


def reference(x, y, *, point="cook", point_first=True, bend_from="residuals", squares=True, by_r2=False):
    z = (x - x.mean()) / x.std()
    n = len(x)
    q, _ = np.linalg.qr(np.column_stack([np.ones_like(z), z]))
    e, h = y - q @ (q.T @ y), (q**2).sum(axis=1)
    s2 = e @ e / (n - 2)
    if by_r2 and 1 - (e @ e) / np.sum((y - y.mean()) ** 2) > 0.85:
        return "nothing"
    decides = {
        "cook": np.max(e**2 * h / (2 * s2 * (1 - h) ** 2)) > 1,
        "leverage": h.max() > 6 / n,
        "residual": np.max(np.abs(e)) > 5 * np.sqrt(s2),
    }[point]
    bend = z**2 - q @ (q.T @ z**2)
    curved = n * (bend @ e) ** 2 / (bend @ bend) / (e @ e) > 16 and bend_from == "residuals"
    size = e**2 if squares else e
    uneven = n * np.corrcoef(z, size)[0, 1] ** 2 > 14
    found = [("point", decides), ("curve", curved), ("spread", uneven)]
    if not point_first:
        found = [found[1], found[2], found[0]]
    return next((word for word, true in found if true), "nothing")


MISTAKES = {
    "a high R² says nothing against a curve, and nothing for the line": {"by_r2": True},
    "a far row that agrees with the others does no harm: leverage alone is not influence": {"point": "leverage"},
    "a far row pulls the line to itself, so its residual is small: ask for its influence": {"point": "residual"},
    "one row can look like a curve: ask for the point first": {"point_first": False},
    "residuals never correlate with x: correlate them with x²": {"bend_from": "x"},
    "residuals never correlate with x: their squares do, where the spread changes": {"squares": False},
}
