"""Names that a family offers without loading their modules: ``from groundup.classical import LinearRegression``.

A lesson on one estimator must not depend on the files of all the others, and ``import groundup.neural`` must not
load torch. So a family's ``__init__`` says in which module each name lives, and the module is imported when the name
is first asked for (PEP 562).
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["lazily"]


def lazily(package: str, homes: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package whose names live in its modules.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    homes : dict of str to str
        Name -> module of the package, without the package's name.

    Examples
    --------
    >>> from groundup.lazy import lazily
    >>> get, names = lazily("groundup.math", {"softmax": "probability"})
    >>> get("softmax").__module__
    'groundup.math.probability.softmax'
    >>> names()
    ['softmax']
    """

    def get(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def names() -> list[str]:
        return sorted(homes)

    return get, names
