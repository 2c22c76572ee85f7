"""What the learner's `Dual` is held against: value and slope of small formulas, by the rules on paper."""

import numpy as np

FUNCTION = "Dual"
FORBIDDEN = ["groundup.math.calculus", "torch", "numpy.gradient"]
RTOL, ATOL = 1e-9, 1e-12  # a handful of roundings; a finite difference reaches 1e-10 at the very best

SCRIPT = '''
def call(namespace, formula, x, y, power):
    """x moves at rate 1, y at rate -2."""
    Dual = namespace["Dual"]
    a, b = Dual(x, 1.0), Dual(y, -2.0)
    out = {
        "sum": lambda: a + b + 3 + (2 + b),
        "difference": lambda: a - b - 1,
        "product": lambda: 3 * a * b * 0.5,
        "from a number": lambda: 5 - a,
        "quotient": lambda: a / b,
        "by a number": lambda: a / 4,
        "a number by": lambda: 7 / b,
        "power": lambda: a**power,
        "all of them": lambda: (1 / (a * a + 2) - b) / (3 - a**power),
    }[formula]()
    assert (a.value, a.slope, b.value, b.slope) == (x, 1.0, y, -2.0), "an operation changed its operands"
    return {"value": out.value, "slope": out.slope}
'''


def reference(formula, x, y, power, *, sign=1.0, squared=True, reverse=True, drop=1, quotient=True):
    dx, dy = 1.0, -2.0

    def divide(v, d, w, f):
        if not quotient:
            return v / w, d / f
        return v / w, (d * w - sign * v * f) / (w**2 if squared else w)

    def raised(v, d):
        return v**power, power * v ** (power - drop) * d

    if formula == "sum":
        return {"value": x + 2 * y + 5, "slope": dx + 2 * dy}
    if formula == "difference":
        return {"value": x - y - 1, "slope": dx - dy}
    if formula == "product":
        return {"value": 1.5 * x * y, "slope": 1.5 * (dx * y + x * dy)}
    if formula == "from a number":
        return {"value": 5 - x, "slope": -dx} if reverse else {"value": x - 5, "slope": dx}
    if formula == "quotient":
        value, slope = divide(x, dx, y, dy)
    elif formula == "by a number":
        value, slope = x / 4, dx / 4
    elif formula == "a number by":
        value, slope = divide(7.0, 0.0, y, dy) if reverse else (y / 7, dy / 7)
    elif formula == "power":
        value, slope = raised(x, dx)
    else:
        top, top_slope = divide(1.0, 0.0, x * x + 2, 2 * x * dx) if reverse else (x * x + 2, 2 * x * dx)
        power_value, power_slope = raised(x, dx)
        below, below_slope = (3 - power_value, -power_slope) if reverse else (power_value - 3, power_slope)
        value, slope = divide(top - y, top_slope - dy, below, below_slope)
    return {"value": value, "slope": slope}


def cases():
    rng = np.random.default_rng(4)
    names = ["sum", "difference", "product", "from a number", "quotient", "by a number", "a number by"]
    for formula, power in [*((name, 2) for name in names), ("power", 3), ("power", -2), ("power", 0), ("all of them", 2)]:
        x, y = (float(v) for v in rng.uniform(1.2, 3.0, 2) * rng.choice([-1, 1], 2))
        words = f"to the power {power}" if formula == "power" else formula
        yield words, {"formula": formula, "x": x, "y": y, "power": power}


MISTAKES = {
    "the quotient rule subtracts: (d w - v f) / w^2": {"sign": -1.0},
    "the quotient rule divides by the square of the denominator": {"squared": False},
    "the derivative of a quotient is not the quotient of the derivatives": {"quotient": False},
    "with a plain number on the left, 5 - x and 7 / x are not x - 5 and x / 7": {"reverse": False},
    "the derivative of x^n is n x^(n-1), with the exponent lowered by one": {"drop": 0},
}
