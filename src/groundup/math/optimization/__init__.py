"""Walking downhill: gradient descent, momentum, Nesterov, Newton, L-BFGS, line search, and the landscapes they walk on.

| file | |
|---|---|
| `interface` | `minimize`, the door to every method |
| `objective`, `iteration` | where derivatives come from; the loop, when it stops, the path it keeps |
| `line_search` | backtracking and the strong Wolfe conditions |
| `descent`, `newton`, `lbfgs` | the methods |
| `rates` | how fast fixed steps converge on a quadratic |
| `critical` | minimum, maximum or saddle; convexity |
| `landscapes`, `drawing` | test functions, and pictures of paths on them |

Lesson: optimization
"""

from groundup.math.optimization.critical import (
    CriticalPoint,
    classify,
    critical_point,
    find_nonconvexity,
    is_convex_quadratic,
)
from groundup.math.optimization.descent import gradient_descent, momentum, nesterov
from groundup.math.optimization.drawing import draw_landscape, heights
from groundup.math.optimization.interface import METHODS, minimize
from groundup.math.optimization.iteration import NoProgress, OptimizeResult, Path, Stopping, iterate
from groundup.math.optimization.landscapes import LANDSCAPES, Landscape, quadratic, rastrigin, rosenbrock
from groundup.math.optimization.lbfgs import bfgs_update, lbfgs, two_loop
from groundup.math.optimization.line_search import backtracking, cubic_minimizer, satisfies_wolfe, wolfe
from groundup.math.optimization.newton import newton, newton_step, safe_step
from groundup.math.optimization.objective import Objective, Point
from groundup.math.optimization.rates import best_parameters, convergence_rate

__all__ = [
    "LANDSCAPES",
    "METHODS",
    "CriticalPoint",
    "Landscape",
    "NoProgress",
    "Objective",
    "OptimizeResult",
    "Path",
    "Point",
    "Stopping",
    "backtracking",
    "best_parameters",
    "bfgs_update",
    "classify",
    "convergence_rate",
    "critical_point",
    "cubic_minimizer",
    "draw_landscape",
    "find_nonconvexity",
    "gradient_descent",
    "heights",
    "is_convex_quadratic",
    "iterate",
    "lbfgs",
    "minimize",
    "momentum",
    "nesterov",
    "newton",
    "newton_step",
    "quadratic",
    "rastrigin",
    "rosenbrock",
    "safe_step",
    "satisfies_wolfe",
    "two_loop",
    "wolfe",
]
