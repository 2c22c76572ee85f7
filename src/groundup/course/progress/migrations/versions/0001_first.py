"""The first layout: drafts and their copies, attempts, help, lessons, settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "draft",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("lesson", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "draft_copy",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lesson", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    op.create_index("draft_copy_of", "draft_copy", ["kind", "lesson", "name"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("exercise", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_attempt_exercise", "attempt", ["exercise"])
    op.create_table(
        "help",
        sa.Column("exercise", sa.String(), primary_key=True),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("solution_shown", sa.DateTime(), nullable=True),
        sa.Column("solution_reason", sa.String(), nullable=True),
    )
    op.create_table(
        "lesson",
        sa.Column("lesson", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("anchor", sa.String(), nullable=True),
        sa.Column("cell", sa.String(), nullable=True),
        sa.Column("scroll", sa.Float(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
    )
