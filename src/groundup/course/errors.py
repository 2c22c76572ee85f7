"""The one exception for faults in content: it says in which file, on which line and in which field."""

from pathlib import Path

__all__ = ["ContentError", "GraphError", "read_text"]


class ContentError(ValueError):
    """A fault in a lesson, its questions or exercises, the inventory or the bibliography.

    Parameters
    ----------
    file : Path or str
    line : int or None
        Counted from 1; None when the fault is the file's absence.
    field : str or None
        Dotted path of a field (``card.use_when``), name of a cell, or directive.
    message : str
        What came and what is expected.
    """

    def __init__(self, file: Path | str, line: int | None, field: str | None, message: str) -> None:
        self.file, self.line, self.field, self.message = Path(file), line, field, message
        where = f"{file}:{line}" if line else f"{file}"
        super().__init__(f"{where}: {field}: {message}" if field else f"{where}: {message}")

    def __reduce__(self) -> tuple:
        return type(self), (self.file, self.line, self.field, self.message)


class GraphError(ContentError):
    """A fault in the prerequisites of one concept."""

    def __init__(self, file: Path | str, line: int | None, concept: str, message: str) -> None:
        super().__init__(file, line, f"requires of {concept}", message)
        self.concept = concept

    def __reduce__(self) -> tuple:
        return type(self), (self.file, self.line, self.concept, self.message)


def read_text(file: Path) -> str:
    """A content file's text.

    Raises
    ------
    ContentError
        If the file is missing or not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ContentError(file, None, None, "this file is missing") from None
    except UnicodeDecodeError as error:
        line = 1 + file.read_bytes()[: error.start].count(b"\n")
        raise ContentError(file, line, None, f"is not UTF-8: {error.reason}") from None
