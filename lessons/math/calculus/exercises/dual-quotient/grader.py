"""What the learner's `Dual` is held against: value and slope of small formulas, by the rules on paper."""

import numpy as np

FUNCTION = "Dual"
FORBIDDEN = ["groundup.math.calculus", "torch", "numpy.gradient"]
RTOL, ATOL = 1e-9, 1e-12  # a handful of roundings; a finite difference reaches 1e-10 at the very best

SCRIPT = '''
def call(namespace, formula, x, y, power):
    """x moves at rate 3, y at rate -2."""
    Dual = namespace["Dual"]
    a, b = Dual(x, 3.0), Dual(y, -2.0)
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
    assert (a.value, a.slope, b.value, b.slope) == (x, 3.0, y, -2.0), "an operation changed its operands"
    return {"value": out.value, "slope": out.slope}
'''


def reference(
    formula, x, y, power, *, sign=1.0, squared=True, quotient=True, reverse=True, drop=1, inner=True, plain=0.0, negative=True
):
    """Dual numbers as pairs (value, slope), by the rules on paper."""

    def number(c):
        return float(c), plain

    def plus(p, q, factor=1.0):
        return p[0] + factor * q[0], p[1] + factor * q[1]

    def times(p, q):
        return p[0] * q[0], p[1] * q[0] + p[0] * q[1]

    def over(p, q):
        (v, d), (w, f) = p, q
        if not quotient:
            return v / w, d / f if f else d / w
        return v / w, (d * w - sign * v * f) / (w**2 if squared else w)

    def from_left(operation, c, p):
        return operation(number(c), p) if reverse else operation(p, number(c))

    def minus(p, q):
        return plus(p, q, -1.0)

    def raised(p):
        if power < 0 and not negative:
            return 1.0, 0.0
        return p[0] ** power, power * p[0] ** (power - drop) * (p[1] if inner else 1.0)

    a, b = (x, 3.0), (y, -2.0)
    formulas = {
        "sum": lambda: plus(plus(plus(a, b), number(3)), plus(number(2), b)),
        "difference": lambda: minus(minus(a, b), number(1)),
        "product": lambda: times(times(times(number(3), a), b), number(0.5)),
        "from a number": lambda: from_left(minus, 5, a),
        "quotient": lambda: over(a, b),
        "by a number": lambda: over(a, number(4)),
        "a number by": lambda: from_left(over, 7, b),
        "power": lambda: raised(a),
        "all of them": lambda: over(
            minus(from_left(over, 1, plus(times(a, a), number(2))), b), from_left(minus, 3, raised(a))
        ),
    }
    value, slope = formulas[formula]()
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
    "a power is a chain: n x^(n-1) times the slope that x itself has": {"inner": False},
    "a plain number does not move: its slope is 0": {"plain": 1.0},
    "multiplying n times makes no negative power: x^-2 is 1 / x^2": {"negative": False},
}
