"""The learner's progress: drafts, attempts, hints and solutions shown, positions, settings, on SQLite.

`Store` is the only way in; it knows neither the web nor the terminal.
"""

from groundup.course.progress.errors import DraftConflict, StoreError
from groundup.course.progress.records import Attempt, Copy, Draft, Help, LessonProgress
from groundup.course.progress.store import Store

__all__ = ["Attempt", "Copy", "Draft", "DraftConflict", "Help", "LessonProgress", "Store", "StoreError"]
