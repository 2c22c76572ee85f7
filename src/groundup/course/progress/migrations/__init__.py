"""The steps from one layout of the database to the next, run by `groundup.course.progress.opening`."""

HEAD = "0001"  # the newest step; kept here so that opening a current database need not import Alembic
KNOWN = ("0001",)
