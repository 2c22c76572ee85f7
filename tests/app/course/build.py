"""A small course on disk for the app's tests: four lessons in front of the real inventory's concepts.

Tests stand on this and not on the lessons that learners read, which change.
"""

from pathlib import Path
from textwrap import dedent

INVENTORY = """\
math:
  - {id: linear-algebra, state: partial, needs: [], builds: [LU, QR, SVD], against: numpy.linalg}
  - {id: calculus, state: partial, needs: [linear-algebra], builds: [dual numbers], against: torch.func}
  - {id: probability, state: partial, needs: [calculus], builds: [distributions], against: scipy.stats}
  - {id: statistics, state: planned, needs: [probability], builds: [tests, bootstrap], against: scipy.stats}
  - {id: optimization, state: planned, needs: [calculus], builds: [gradient descent, Newton], against: scipy.optimize}
classical:
  - {id: linear-regression, state: planned, needs: [linear-algebra, optimization, statistics], builds: [QR]}
neural:
  - {id: perceptron, state: partial, needs: [linear-algebra], builds: [perceptron rule], against: sklearn}
"""

LESSONS = [
    ("math", "linear-algebra", "Linear algebra", [], "What a matrix does to space, and how to undo it."),
    ("math", "calculus", "Calculus", ["linear-algebra"], "How an answer changes when its question changes a little."),
    ("math", "probability", "Probability", ["calculus"], "Reasoning with numbers about what is not certain."),
    ("neural", "perceptron", "The perceptron", ["linear-algebra"], "The smallest thing that learns from its mistakes."),
]

FRONT = """\
---
id: {id}
title: {title}
track: {track}
requires: [{requires}]
implements: [{implements}]
minutes: 30
level: core
summary: {summary}
card:
  use_when: [always, often]
  strengths: [short, clear, exact]
  weaknesses: [slow, plain, small]
  cost: {{time: O(n)}}
  in_production: a library
---
# {title}

The text of the lesson on {title}, with $x^2$.

## Projections

```{{code-cell}} python
:name: first-cell
print("{id}", 6 * 7)
```

{shown}
{exercises}
"""

SHOWN = {"calculus": ("groundup.math.calculus", "```{source} groundup.math.calculus.finite.difference\n```")}

EXERCISES = {
    ("linear-algebra", "double"): {
        "instructions.md": """\
            # Double a vector
            Write `double(x)` which returns twice the vector.

            | argument | shape | |
            |---|---|---|
            | `x` | (n,) | float |

            It has to hold that $y = 2x$.
            """,
        "stub.py": '''\
            import numpy as np


            def double(x):
                """Return 2 x, of shape (n,)."""
                raise NotImplementedError("write me")
            ''',
        "solution.py": """\
            def double(x):
                return 2 * x
            """,
        "hints.md": """\
            1. What is one and one?
            2. NumPy multiplies each element: `2 * x`.
            """,
        "grader.py": '''\
            """What the learner's `double` is held against."""

            import numpy as np

            FUNCTION = "double"
            FORBIDDEN = ["torch"]
            RTOL, ATOL = 1e-9, 1e-12


            def reference(x, *, factor=2.0):
                return factor * x


            def cases():
                rng = np.random.default_rng(1)
                for name, n in [("three numbers", 3), ("five numbers", 5), ("one number", 1)]:
                    yield name, {"x": rng.normal(size=n)}


            MISTAKES = {
                "multiply by two, not by three": {"factor": 3.0},
                "the vector came back as it was: multiply it": {"factor": 1.0},
                "the sign is turned": {"factor": -2.0},
            }
            ''',
        "wrong_three.py": """\
            # named: multiply by two, not by three
            def double(x):
                return 3 * x
            """,
        "wrong_same.py": """\
            # named: the vector came back as it was
            def double(x):
                return 1.0 * x
            """,
        "wrong_sign.py": """\
            # named: the sign is turned
            def double(x):
                return -2 * x
            """,
    }
}


def build_course(folder: Path) -> Path:
    """Write the course below ``folder``; returns ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    for track, id, title, requires, summary in LESSONS:
        names = [name for lesson, name in EXERCISES if lesson == id]
        placed = "\n".join(f"```{{exercise}} {name}\n```" for name in names)
        implements, shown = SHOWN.get(id, ("", ""))
        text = FRONT.format(
            id=id,
            title=title,
            track=track,
            requires=", ".join(requires),
            implements=implements,
            summary=summary,
            shown=shown,
            exercises=placed,
        )
        place = folder / track / id
        place.mkdir(parents=True)
        (place / "lesson.md").write_text(text, encoding="utf-8")
        for name in names:
            exercise = place / "exercises" / name
            exercise.mkdir(parents=True)
            for file, content in EXERCISES[id, name].items():
                (exercise / file).write_text(dedent(content), encoding="utf-8")
    return folder
