"""Run lessons and keep their outputs beside them: ``python -m groundup.course.record [ID ...]``.

Without ids, every lesson whose recorded outputs are stale. With ``--force`` also those that are current.
Each lesson is written whole or not at all, so that several recordings may run at once.
"""

import argparse
import sys

from groundup.course.catalog import Catalog
from groundup.course.errors import ContentError
from groundup.course.execute import LESSON_SECONDS, LessonRun, run_lesson
from groundup.course.lesson import Lesson
from groundup.course.outputs import Recorded, RecordedCell, save_recorded
from groundup.course.stamps import is_current, stamp

__all__ = ["NORMAL_SECONDS", "main", "record", "recorded_of"]

NORMAL_SECONDS = 5.0  # what lessons should take in the mean


def recorded_of(lesson: Lesson, run: LessonRun) -> Recorded:
    """What to ship of a run."""
    cells = {cell.name: RecordedCell(cell.hash, round(cell.seconds, 4), cell.outputs) for cell in run.cells}
    return Recorded.now(lesson, stamp(lesson), cells)


def record(lesson: Lesson) -> Recorded:
    """Run a lesson and write its ``recorded.json``.

    Raises
    ------
    ContentError
        If a cell fails, or the lesson takes longer than lessons may.
    """
    before = stamp(lesson)
    run = run_lesson(lesson)
    if run.seconds > LESSON_SECONDS:
        run = run_lesson(lesson)  # the first run may have compiled kernels, which a reader finds compiled
    if run.seconds > LESSON_SECONDS:
        slowest = max(run.cells, key=lambda cell: cell.seconds)
        line = lesson.cell(slowest.name).line
        message = f"the lesson takes {run.seconds:.1f} s, over {LESSON_SECONDS:.0f}; this cell {slowest.seconds:.1f} s"
        raise ContentError(lesson.file, line, f"cell {slowest.name}", message)
    recorded = recorded_of(lesson, run)
    if recorded.stamp != before:
        raise ContentError(lesson.file, None, None, "the lesson or its modules changed while it ran; run it again")
    save_recorded(lesson, recorded)
    return recorded


def main(arguments: list[str] | None = None) -> int:
    """Record the lessons named on the command line; 0 only if all of them ran."""
    description = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m groundup.course.record", description=description)
    parser.add_argument("ids", nargs="*", metavar="ID", help="lessons; all that are stale when left out")
    parser.add_argument("--force", action="store_true", help="also those whose outputs are current")
    named = parser.parse_args(arguments)
    catalog = Catalog.load(strict=False)
    failed = 0
    for fault in catalog.faults:
        print(fault, file=sys.stderr)
        failed += not named.ids or fault.file.parent.name in named.ids
    unknown = [id for id in named.ids if id not in catalog.lessons]
    for id in unknown:
        print(f"no lesson {id!r}; there are {', '.join(catalog.lessons) or 'none'}", file=sys.stderr)
    for id, lesson in catalog.lessons.items():
        if named.ids and id not in named.ids:
            continue
        try:
            if is_current(lesson) and not named.force:
                print(f"{id}: current")
                continue
            recorded = record(lesson)
        except ContentError as fault:
            print(fault, file=sys.stderr)
            failed += 1
        else:
            size = (lesson.path / "recorded.json").stat().st_size
            print(f"{id}: {len(recorded.cells)} cells, {recorded.seconds:.1f} s, {size / 1000:.0f} kB")
    return 1 if failed or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
