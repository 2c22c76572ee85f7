"""Alembic's entry point: runs the steps on the connection that the store hands over."""

from alembic import context

from groundup.course.progress.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
