"""Every implementation beside the library that people trust: written once, run by tests, page and command."""

from groundup.proofs.core import Case, Proof, Result, available, load, relative_error

__all__ = ["Case", "Proof", "Result", "available", "load", "relative_error"]
