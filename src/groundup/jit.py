"""Numba with a cache of our own: ``from groundup.jit import njit, prange``, never ``numba.njit``.

Numba's cache looks at the file of the compiled function alone. It misses an edit in a helper that was imported from
another file, writes beside the source (which may be read-only), and numbers its files, so that two processes that
compile at once can overwrite each other. Here

- compiled kernels lie in ``cache_dir()/kernels/<stamp>``; the stamp is a hash of all ``_*_kernels.py`` files of the
  package and of Numba's version, so an edit of any kernel file starts a fresh folder;
- there is no index: a file a signature, named by the hash of its key and put in place in one step;
- with ``GROUNDUP_KERNELS_READONLY=1`` nothing is ever written: for processes that run somebody else's code. Cache
  files are pickles, so who may write them may run code in whoever reads them.

Only functions in files named ``_*_kernels.py`` inside a package are cached; elsewhere (a lesson's cell, a script)
`njit` compiles in memory. Kernel files import nothing of ours but other kernel files, else the stamp would not see it.
"""

import functools
import hashlib
import inspect
import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import prange
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.serialize import dumps

from groundup import paths

__all__ = ["kernel_folder", "njit", "prange", "stamp"]

KEPT_DAYS = 30  # a stamp's folder that nobody used for so long is deleted when a new one is made


def njit(function: Callable | None = None, /, *, cache: bool = True, **options: Any) -> Any:
    """`numba.njit` whose machine code is kept in groundup's cache.

    Parameters
    ----------
    function : callable, optional
        Given when used as a bare decorator.
    cache : bool
        False compiles anew in every process.
    **options
        As for `numba.njit` (``parallel``, ``fastmath``, ``error_model``, ...).

    Returns
    -------
    Numba dispatcher, or a decorator when called with options alone.
    """
    if function is None:
        return functools.partial(njit, cache=cache, **options)
    dispatcher = numba.njit(**options)(function)
    root = _package_root(Path(inspect.getfile(function)))
    # with NUMBA_DISABLE_JIT the plain function comes back, and there is nothing to keep
    if cache and root is not None and hasattr(dispatcher, "enable_caching"):
        # Numba knows no public way to give a dispatcher another cache
        dispatcher._cache = _KernelCache(function)  # pyright: ignore[reportAttributeAccessIssue]
    return dispatcher


def stamp(root: Path) -> str:
    """Hash over names and contents of all kernel files below `root`, and Numba's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(root.rglob("_*_kernels.py")):
        digest.update(f"\0{file.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]


def kernel_folder() -> Path:
    """Where compiled kernels are kept, one folder a stamp."""
    return paths.cache_dir() / "kernels"


_stamp_at_import = functools.cache(stamp)


def _package_root(file: Path) -> Path | None:
    """The outermost package around a kernel file; None for any other file."""
    if not (file.name.startswith("_") and file.name.endswith("_kernels.py")):
        return None
    root = None
    for folder in file.resolve().parents:
        if not (folder / "__init__.py").is_file():
            break
        root = folder
    return root


def _read_only() -> bool:
    return os.environ.get("GROUNDUP_KERNELS_READONLY", "") not in ("", "0")


class _Locator(_CacheLocator):
    """Says to Numba which folder and which stamp belong to a function."""

    def __init__(self, function: Callable, file: str) -> None:
        self._py_file = file  # Numba reads this name for its warnings
        root = _package_root(Path(file))
        assert root is not None
        self.root = root
        self._where = f"{Path(file).resolve().relative_to(root)}:{function.__code__.co_firstlineno}"

    @classmethod
    def from_function(cls, py_func: Callable, py_file: str) -> "_Locator":
        return cls(py_func, py_file)

    def get_cache_path(self) -> str:
        return str(kernel_folder() / self.get_source_stamp())

    def get_source_stamp(self) -> str:
        return _stamp_at_import(self.root)

    def get_disambiguator(self) -> str:
        return hashlib.sha256(self._where.encode()).hexdigest()[:10]


class _Impl(CompileResultCacheImpl):
    _locator_classes = (_Locator,)


class _Files:
    """A file a key, in the folder of a stamp; takes the place of Numba's index and numbered files."""

    def __init__(self, locator: _Locator, base: str) -> None:
        self._locator, self._base = locator, base

    def _path(self, key: tuple) -> Path:
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:20]
        return Path(self._locator.get_cache_path()) / f"{self._base}-{name}.nbc"

    def load(self, key: tuple) -> Any:
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        stored, payload = pickle.loads(data)
        return payload if stored == repr(key) else None

    def save(self, key: tuple, data: Any) -> None:
        # a kernel file edited since the import: this machine code may be of neither state, so it is not kept
        if _read_only() or stamp(self._locator.root) != self._locator.get_source_stamp():
            return
        try:
            path = self._path(key)
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                _forget_old(path.parent)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, delete=False) as file:
                file.write(dumps((repr(key), data)))
            os.replace(file.name, path)
        except OSError:  # a full disk or a read-only cache costs time, not results
            return

    def flush(self) -> None:
        for file in Path(self._locator.get_cache_path()).glob(f"{self._base}-*.nbc"):
            file.unlink(missing_ok=True)


class _KernelCache(FunctionCache):
    _impl_class = _Impl

    def __init__(self, py_func: Callable) -> None:
        self._name = repr(py_func)
        self._py_func = py_func
        self._impl = _Impl(py_func)
        self._cache_file = _Files(self._impl.locator, self._impl.filename_base)
        self._impl.locator.get_source_stamp()  # taken now, beside the import, not at the first call
        self.enable()

    @property
    def cache_path(self) -> str:
        return self._impl.locator.get_cache_path()

    def save_overload(self, sig: Any, data: Any) -> None:
        if self._enabled and not _read_only() and self._impl.check_cachable(data):
            self._cache_file.save(self._index_key(sig, data.codegen), self._impl.reduce(data))


def _forget_old(current: Path) -> None:
    """Delete the folders of stamps that nobody has written to for KEPT_DAYS."""
    for folder in current.parent.iterdir():
        if folder != current and folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)
