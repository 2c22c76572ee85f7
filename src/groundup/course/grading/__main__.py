"""For authors: ``python -m groundup.course.grading EXERCISE [FILE]``.

With FILE, grades it and shows every case. Without, holds the exercise's own files against what each should get: the
stub fails, the solution passes, each ``wrong_*.py`` gets the message that it names.
"""

import argparse
import json
import sys
import textwrap
from pathlib import Path

from groundup.course.errors import ContentError
from groundup.course.exercise import Exercise
from groundup.course.grading import Report, grade


def told(report: Report) -> str:
    """All that a report says to the learner, in one text."""
    parts = [report.message, *(text for case in report.cases for text in (case.message, case.mistake, case.hint))]
    return "\n".join(parts)


def _print(report: Report) -> None:
    print(f"{report.exercise}: {report.status}, {report.seconds:.2f} s")
    if not report.cases:
        print(textwrap.indent(report.message, "  "))
    for case in report.cases:
        print(f"  {case.status:5} {case.name} ({1000 * case.seconds:.0f} ms)")
        if case.status != "pass":
            likely = f"likely: {case.mistake}" if case.mistake else ""
            parts = {
                "": case.message,
                " ": likely,
                "  ": case.hint,
                "call": case.call,
                "got": case.got,
                "expected": case.expected,
            }
            for label, text in parts.items():
                if text:
                    print(textwrap.indent(f"{label}: {text}" if label.strip() else text, "        "))
        if case.output:
            print(textwrap.indent(case.output, "      | "))


def _prove(exercise: Exercise) -> bool:
    fine = True
    expected = {"stub": ("", exercise.stub), "solution": (None, exercise.solution)}
    expected |= {f"wrong_{name}": (exercise.named[name], code) for name, code in exercise.wrong.items()}
    for name, (named, code) in expected.items():
        report = grade(exercise, code)
        right = report.passed if named is None else not report.passed and named in told(report)
        fine &= right
        print(f"{'ok   ' if right else 'WRONG'} {name}: {report.status}, {report.seconds:.2f} s")
        if not right or name != "solution":
            print(textwrap.indent(report.message.splitlines()[0] if report.message else "passed", "        "))
        if not right and named:
            print(f"        should have said: {named}")
    return fine


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 0 when all is well."""
    description = (__doc__ or "").split("\n\n")[0]
    parser = argparse.ArgumentParser(prog="python -m groundup.course.grading", description=description)
    parser.add_argument("exercise", type=Path, help="folder of the exercise")
    parser.add_argument("file", type=Path, nargs="?", help="solution to grade")
    parser.add_argument("--json", action="store_true", help="print Exercism's results.json")
    args = parser.parse_args(arguments)
    try:
        exercise = Exercise.load(args.exercise)
        if args.file is None:
            return 0 if _prove(exercise) else 1
        report = grade(exercise, args.file.read_text(encoding="utf-8"))
    except (ContentError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(report.to_json(), indent=2))
    else:
        _print(report)
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
