"""What front matter, questions and inventory rows must look like, and where a fault in them stands.

Every model is frozen and refuses unknown fields, so that a misspelt field is a fault and not a silence.
`read` turns YAML into a model; `ContentError` names file, line and field.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from groundup.course.errors import ContentError

__all__ = [
    "Card",
    "Choice",
    "Compute",
    "Concept",
    "ContentError",
    "FrontMatter",
    "Open",
    "Option",
    "Question",
    "load_yaml",
    "read",
    "read_questions",
]

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Module = Annotated[str, Field(pattern=r"^groundup(\.[a-zA-Z_]\w*)+$")]
Text = Annotated[str, Field(min_length=1)]
Level = Literal["junior", "mid", "senior"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Card(_Model):
    """The one-glance card of a lesson."""

    use_when: list[Text] = Field(min_length=2, max_length=4)
    strengths: list[Text] = Field(min_length=3, max_length=5)
    weaknesses: list[Text] = Field(min_length=3, max_length=5)
    cost: dict[str, Text] = Field(min_length=1)
    in_production: Text


class FrontMatter(_Model):
    """The YAML head of a ``lesson.md``."""

    id: Id
    title: Text
    track: Id
    requires: list[Id] = []
    implements: list[Module] = []
    minutes: int = Field(ge=5, le=180)
    level: Literal["core", "depth", "frontier"]
    summary: Text
    card: Card
    references: list[Text] = []


class _Question(_Model):
    id: Id
    level: Level
    question: Text
    trap: str = ""
    see: str = ""


class Open(_Question):
    """A question answered aloud."""

    kind: Literal["open"]
    answer: Text
    follow_ups: list[Text] = []


class Option(_Model):
    """An answer to choose, and why it is right or wrong."""

    text: Text
    why: Text
    right: bool = False


class Choice(_Question):
    """A question with exactly one right option, each of them explained."""

    kind: Literal["choice"]
    options: list[Option] = Field(min_length=2)

    @model_validator(mode="after")
    def _one_right(self) -> "Choice":
        right = sum(option.right for option in self.options)
        if right != 1:
            raise ValueError(f"exactly one option must have 'right: true'; {right} have")
        texts = [option.text for option in self.options]
        if len(set(texts)) < len(texts):
            raise ValueError("two options have the same text")
        return self


class Compute(_Question):
    """A question whose answer is a number, right within `tolerance` (absolute)."""

    kind: Literal["compute"]
    answer: int | float
    tolerance: int | float = Field(ge=0)
    explain: Text
    unit: str = ""
    follow_ups: list[Text] = []


Question = Annotated[Open | Choice | Compute, Field(discriminator="kind")]


class Concept(_Model):
    """A row of the inventory: a concept that is planned, partly there, or complete."""

    id: Id
    track: Id
    state: Literal["planned", "partial", "complete"]
    needs: list[Id]
    builds: list[Text]
    title: Text = ""
    kind: Literal["method", "tool", "guide"] = "method"
    against: str = ""
    cards: list[str] = []
    line: int = Field(default=0, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _title_from_id(cls, row: Any) -> Any:
        """The id as words is the title where none is given."""
        if isinstance(row, dict) and isinstance(id := row.get("id"), str) and id and "title" not in row:
            return {**row, "title": id[0].upper() + id[1:].replace("-", " ")}
        return row


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # pyright: ignore[reportGeneralTypeIssues]
    """YAML's safe loader, which also refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            seen: set[Any] = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return mapping


def load_yaml(text: str, file: Path, first_line: int = 1) -> Any:
    """Parse YAML; a syntax error becomes a ContentError on its line.

    Parameters
    ----------
    text : str
    file : Path
        Named in the error.
    first_line : int
        Line of the file at which `text` begins, counted from 1.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise ContentError(file, line, None, f"not valid YAML: {said}") from None
    except yaml.YAMLError as error:
        raise ContentError(file, first_line, None, f"not valid YAML: {error}") from None


Wanted = TypeVar("Wanted")


def read(kind: type[Wanted] | TypeAdapter[Wanted], text: str, file: Path, first_line: int = 1) -> Wanted:
    """Parse YAML and validate it; the first fault is raised as a ContentError with line and field."""
    data = load_yaml(text, file, first_line)
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        path = [part for part in fault["loc"] if part not in _UNION]
        line = first_line + line_of(text, path)
        raise ContentError(file, line, _dotted(path), _said(fault)) from None


# members of unions, which pydantic puts into the path of a fault
_UNION = ("open", "choice", "compute", "int", "float")
_questions = TypeAdapter(list[Question])


def read_questions(text: str, file: Path) -> list[Open | Choice | Compute]:
    """Questions of one lesson; ids must be unique in it (and in the course: `Catalog.questions`)."""
    questions = read(_questions, text, file)
    seen: set[str] = set()
    for index, question in enumerate(questions):
        if question.id in seen:
            line = 1 + line_of(text, [index, "id"])
            raise ContentError(file, line, f"{index}.id", f"the id {question.id!r} stands twice")
        seen.add(question.id)
    return questions


def line_of(text: str, path: list[str | int]) -> int:
    """Line (from 0) of the deepest part of `path` that exists in YAML text."""
    node = yaml.compose(text, Loader=_Loader)
    line = 0
    for part in path:
        child = _child(node, part)
        if child is None:
            break
        line, node = child
    return line


def _child(node: Any, part: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line, node.value[part]
    return None


def _dotted(path: list[str | int]) -> str | None:
    return ".".join(map(str, path)) or None


def _said(fault: Any) -> str:
    kind, came = fault["type"], fault.get("input")
    if kind == "missing":
        return "is missing"
    if fault["loc"][-2:] in (("answer", "int"), ("tolerance", "int")) and kind == "int_type":
        return f"must be a number; got {came!r}"
    if kind == "extra_forbidden":
        quoted = "; between braces a comma ends a value, so a text with commas needs quotes" if came is None else ""
        return f"is no known field{quoted}"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    shown = repr(came)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return f"{fault['msg']}; got {shown}"
