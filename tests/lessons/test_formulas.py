"""Every formula of the course is TeX that KaTeX understands: lessons, questions, instructions and hints."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundup.course.catalog import Catalog
from groundup.course.render import fragment, render

WEB = Path(__file__).parents[2] / "web"
FORMULA = re.compile(r'<(?:span|div) class="math (inline|block)">(.*?)</(?:span|div)>', re.DOTALL)
CHECK = """
const katex = require("katex");
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const faults = [];
formulas.forEach(({where, tex, block}) => {
  try { katex.renderToString(tex, {displayMode: block, throwOnError: true, strict: "error", trust: false}); }
  catch (error) { faults.push(`${where}: ${tex}: ${error.message}`); }
});
console.log(JSON.stringify(faults));
"""


def formulas() -> Iterator[dict]:
    catalog = Catalog.load(strict=False)

    def found(where: str, page: str) -> Iterator[dict]:
        for form, tex in FORMULA.findall(page):
            yield {"where": where, "tex": html.unescape(tex), "block": form == "block"}

    for lesson in catalog.lessons.values():
        page = render(lesson, catalog)
        yield from found(str(lesson.file), page.html + page.title_html)
        for question in lesson.questions:
            for text in texts(question.model_dump()):
                yield from found(f"{lesson.path / 'questions.yaml'}: {question.id}", fragment(text, catalog))
    for exercise in catalog.exercises.values():
        for text in (exercise.instructions, *exercise.hints):
            yield from found(str(exercise.path), fragment(text, catalog, lesson=catalog.lessons[exercise.lesson]))


def texts(value: object) -> Iterator[str]:
    """All strings in nested data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def faults(found: list[dict]) -> list[str]:
    done = subprocess.run(
        ["node", "-e", CHECK], cwd=WEB, input=json.dumps(found), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def katex():
    if shutil.which("node") is None or not (WEB / "node_modules/katex").is_dir():
        pytest.skip("KaTeX is not built here (node and web/node_modules)")


def test_every_formula_renders():
    found = list(formulas())
    assert faults(found) == []
    assert found or not Catalog.load(strict=False).lessons


def test_a_faulty_formula_is_found():
    wrong = [{"where": "here", "tex": tex, "block": False} for tex in (r"\frac{1}", r"\nosuch", "x^a^b")]
    assert [fault[: fault.index(": K")] for fault in faults(wrong)] == [rf"here: {w['tex']}" for w in wrong]
