"""Statistics: what a sample says about what it was drawn from.

Lesson: statistics
"""

from groundup.math.statistics.bootstrap import BootstrapResult, FunctionOfMeans, bootstrap
from groundup.math.statistics.results import Interval

__all__ = ["BootstrapResult", "FunctionOfMeans", "Interval", "bootstrap"]
