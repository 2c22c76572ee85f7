"""Machine learning learned by building it: readable, verified, fast.

Importing this package imports nothing heavy; take what you need from a family, for instance
``from groundup.math.linear_algebra import lu``.
"""

__version__ = "0.1.0"
