"""The tables. A change here needs a migration beside it (`migrations/versions`); a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Float, Index, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["AttemptRow", "Base", "CopyRow", "DraftRow", "HelpRow", "LessonRow", "SettingRow", "UTCDateTime"]


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes: SQLite keeps no zone, so they go in as UTC and come out as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that the stored time is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of the tables."""

    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: JSON}  # noqa: RUF012 (SQLAlchemy's own protocol)


class DraftRow(Base):
    """The text being written, one row an exercise or cell."""

    __tablename__ = "draft"
    kind: Mapped[str] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    version: Mapped[int]
    base: Mapped[str]
    updated: Mapped[datetime]


class CopyRow(Base):
    """Texts that lost against another one. Not tied to a draft: it outlives it."""

    __tablename__ = "draft_copy"
    __table_args__ = (Index("draft_copy_of", "kind", "lesson", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    lesson: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    reason: Mapped[str]
    created: Mapped[datetime]


class AttemptRow(Base):
    """Runs of an exercise's tests."""

    __tablename__ = "attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    exercise: Mapped[str] = mapped_column(index=True)
    code: Mapped[str]
    status: Mapped[str]
    report: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class HelpRow(Base):
    """Hints and solution shown for an exercise."""

    __tablename__ = "help"
    exercise: Mapped[str] = mapped_column(primary_key=True)
    hints: Mapped[int] = mapped_column(default=0)
    solution_shown: Mapped[datetime | None]
    solution_reason: Mapped[str | None]


class LessonRow(Base):
    """State of a lesson and the place in it."""

    __tablename__ = "lesson"
    lesson: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    anchor: Mapped[str | None]
    cell: Mapped[str | None]
    scroll: Mapped[float] = mapped_column(Float)
    updated: Mapped[datetime]


class SettingRow(Base):
    """Named values, such as the colours chosen."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
