"""``python3 go.py new ID TRACK``: all files of a concept from templates; the audit then lists what they lack.

Run with the Python of .venv, since the inventory is YAML.
"""

import re
import sys
from pathlib import Path
from string import Template

from tools.console import Stop

__all__ = ["create", "main"]

TEMPLATES = Path(__file__).parent / "templates"
INITS = {"src/groundup": "{track}: TODO what the family holds.", "src/groundup/proofs": "Proofs of groundup.{family}."}


def files(id: str, track: str) -> dict[str, str]:
    """Where each template goes, below the root of the checkout."""
    family, stem = track.replace("-", "_"), id.replace("-", "_")
    lesson = f"lessons/{track}/{id}"
    first = f"{lesson}/exercises/first"
    return {
        "module.py": f"src/groundup/{family}/{stem}.py",
        "proof.py": f"src/groundup/proofs/{family}/{stem}.py",
        "test.py": f"tests/{family}/test_{stem}.py",
        "benchmark.py": f"benchmarks/{family}/{stem}.py",
        "lesson.md": f"{lesson}/lesson.md",
        "questions.yaml": f"{lesson}/questions.yaml",
        **{
            name: f"{first}/{name}"
            for name in ("instructions.md", "stub.py", "solution.py", "grader.py", "wrong_axis.py", "hints.md")
        },
    }


def create(root: Path, id: str, track: str) -> list[Path]:
    """Make the files of a concept of the inventory and call it partial there.

    Raises
    ------
    Stop
        If the inventory has no such concept in that track, or one of the files exists.
    """
    import yaml

    inventory_file = root / "lessons" / "inventory.yaml"
    text = inventory_file.read_text(encoding="utf-8")
    rows = {row["id"]: (name, row) for name, concepts in yaml.safe_load(text).items() for row in concepts}
    if id not in rows:
        raise Stop(f"{id!r} is not in lessons/inventory.yaml. Add its row there first, with what it needs and builds.")
    if rows[id][0] != track:
        raise Stop(f"the inventory has {id!r} in the track {rows[id][0]!r}, not {track!r}.")
    row = rows[id][1]
    values = {
        "id": id,
        "track": track,
        "stem": id.replace("-", "_"),
        "module": f"groundup.{track.replace('-', '_')}.{id.replace('-', '_')}",
        "title": row.get("title") or id.replace("-", " ").capitalize(),
        "needs": ", ".join(row["needs"]),
        "against": row.get("against") or "TODO the reference",
    }
    targets = {name: root / place for name, place in files(id, track).items()}
    if there := [path for path in targets.values() if path.exists()]:
        raise Stop(f"{there[0].relative_to(root)} exists already; nothing was made.")
    made = _packages(root, track)
    for name, path in targets.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        template = Template((TEMPLATES / f"{name}.tmpl").read_text(encoding="utf-8"))
        path.write_text(template.substitute(values), encoding="utf-8")
        made.append(path)
    pattern = re.compile(rf"(\{{id: {re.escape(id)}, .*?)state: planned\b")
    inventory_file.write_text(pattern.sub(r"\1state: partial", text, count=1), encoding="utf-8")
    return made


def _packages(root: Path, track: str) -> list[Path]:
    """The family's packages, where this is its first concept."""
    family, made = track.replace("-", "_"), []
    for parent, sentence in INITS.items():
        init = root / parent / family / "__init__.py"
        if not init.exists():
            init.parent.mkdir(parents=True, exist_ok=True)
            init.write_text(f'"""{sentence.format(track=track.capitalize(), family=family)}"""\n', encoding="utf-8")
            made.append(init)
    return made


def main(arguments: list[str]) -> int:
    """Create a concept and say what comes next."""
    root = Path(__file__).resolve().parent.parent
    if len(arguments) != 2:
        print("usage: python3 go.py new ID TRACK, for instance: new k-means classical", file=sys.stderr)
        return 2
    try:
        made = create(root, *arguments)
    except Stop as stop:
        print(f"groundup: {stop}", file=sys.stderr)
        return 1
    for path in made:
        print(f"made {path.relative_to(root)}")
    id, track = arguments
    if any(path.name == "__init__.py" for path in made):
        print(f"This is a new family: add {track!r} to the layers in pyproject.toml and to tests/contract/rules.py.")
    print(f"What it lacks:  .venv/bin/groundup audit --complete {id}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
