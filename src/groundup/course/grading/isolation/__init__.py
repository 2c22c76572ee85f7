"""Layers that hold learner's code: each is tried on its own, and each says whether it is on."""

from groundup.course.grading.isolation.confine import confine
from groundup.course.grading.isolation.tree import adopt_orphans, die_with_parent, kill_tree, usage
from groundup.course.grading.isolation.users import worker_user

__all__ = ["adopt_orphans", "confine", "die_with_parent", "kill_tree", "usage", "worker_user"]
