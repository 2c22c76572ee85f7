"""The command line ``groundup``. Commands import what they need when they run, so that ``--help`` answers at once."""

from groundup.cli.main import app, main

__all__ = ["app", "main"]
