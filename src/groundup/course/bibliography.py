"""The references that lessons cite: a CSV file with verified identifiers."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from groundup.course.errors import ContentError, read_text

__all__ = ["Reference", "load_bibliography"]

_ARXIV = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_COLUMNS = ("key", "title", "first_author", "year", "venue", "identifier", "topics")


@dataclass(frozen=True)
class Reference:
    """One work. `identifier` is an arXiv id, a DOI, an OpenReview id, or words where none exists."""

    key: str
    title: str
    first_author: str
    year: str
    venue: str
    identifier: str
    topics: str
    line: int

    @property
    def label(self) -> str:
        """Author and year, as it stands in the text."""
        return f"{self.first_author} {self.year}"

    @property
    def url(self) -> str | None:
        """Where the work is found; None when it has no identifier on the web."""
        if _ARXIV.fullmatch(self.identifier):
            return f"https://arxiv.org/abs/{self.identifier}"
        if _DOI.fullmatch(self.identifier):
            return f"https://doi.org/{self.identifier}"
        if self.identifier.startswith("openreview:"):
            return f"https://openreview.net/forum?id={self.identifier.removeprefix('openreview:')}"
        return None

    @property
    def identifier_label(self) -> str:
        """The identifier as it is printed: ``arXiv:1706.03762``, ``doi:10.1038/323533a0``."""
        if _ARXIV.fullmatch(self.identifier):
            return f"arXiv:{self.identifier}"
        if _DOI.fullmatch(self.identifier):
            return f"doi:{self.identifier}"
        return self.identifier


def load_bibliography(file: Path) -> dict[str, Reference]:
    """All references by key, in the file's order.

    Raises
    ------
    ContentError
        If a column is missing, a key stands twice, or a field that every work has is empty.
    """
    with io.StringIO(read_text(file), newline="") as handle:
        reader = csv.DictReader(handle)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise ContentError(file, 1, None, f"expected the columns {', '.join(_COLUMNS)}; got {reader.fieldnames}")
        found: dict[str, Reference] = {}
        for row in reader:
            line = reader.line_num
            if None in row or None in row.values():
                raise ContentError(file, line, row["key"], f"expected {len(_COLUMNS)} columns")
            for field in ("key", "title", "first_author", "year", "identifier"):
                if not row[field].strip():
                    raise ContentError(file, line, field, "is empty")
            if row["key"] in found:
                raise ContentError(file, line, "key", f"the key {row['key']!r} stands twice")
            found[row["key"]] = Reference(**row, line=line)
    return found
