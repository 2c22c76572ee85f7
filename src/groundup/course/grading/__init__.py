"""Grading: learner's code against a grader, in processes apart. docs/exercises.md says how exercises are written.

`grade` takes an `Exercise` and code, and returns a `Report`. Three processes take part: this one, which only asks; a
*judge*, which is trusted and holds `grader.py` (reference, expected values, mistakes); and a *worker*, which holds the
learner's code and nothing else. Arguments go to the worker and answers come back as plain data. Judge and worker are
forked from helpers that have imported NumPy already, so that a grading takes tenths of a second.

A coding exercise binds `reference`, a judgement exercise `judge(decision, case)`; the latter's cases are
``(name, kwargs, held)``: the function gets `kwargs` (tuning data) and returns a decision; `held` stays in the judge.
"""

from groundup.course.grading.client import close, grade, warm
from groundup.course.grading.launch import layers
from groundup.course.grading.report import CaseResult, Layer, Limits, Report

__all__ = ["CaseResult", "Code",  # pyright: ignore[reportUnsupportedDunderAll]  # Code comes by __getattr__
           "Layer", "Limits", "Report", "close", "grade", "layers", "warm"]  # fmt: skip


def __getattr__(name: str):
    if name == "Code":  # it needs NumPy, which the course's own process can do without
        from groundup.course.grading.values import Code

        return Code
    raise AttributeError(name)
