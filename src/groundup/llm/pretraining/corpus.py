"""A corpus is a list of documents: named texts, each of which ends by itself.

They come from files (also gzip-compressed), from folders of them, or from the sources of installed packages, which are
the same on every machine that has the same versions. The fingerprint says which corpus it was.
"""

import gzip
import hashlib
import importlib.metadata
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.checks import check_choice, check_number

__all__ = [
    "CorpusError",
    "Document",
    "fingerprint",
    "package_documents",
    "read_documents",
    "split",
    "without_copies",
]

SUFFIXES = (".txt", ".md", ".py", ".rst", ".jsonl", ".csv")


class CorpusError(ValueError):
    """A corpus cannot be read or used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Document:
    """A text and where it came from."""

    name: str
    text: str


def read_documents(sources: Any, *, errors: str = "strict", suffixes: Sequence[str] = SUFFIXES) -> list[Document]:
    """Every file that is named, and every text file below every folder that is named, each a document.

    Parameters
    ----------
    sources : path or sequence of paths
        A file is read whatever its name; of a folder, the files with one of `suffixes`, also followed by ``.gz``.
    errors : {"strict", "replace"}
        What becomes of bytes that are no UTF-8: an error that names the place, or U+FFFD in their stead.
    suffixes : sequence of str

    Returns
    -------
    list of Document
        In the order of the sources, below a folder in the order of names. Empty files are left out.

    Raises
    ------
    CorpusError
        If a source does not exist, cannot be read or is no text, or if nothing is left.
    """
    check_choice("errors", errors, ("strict", "replace"))
    given = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    files = [pair for source in given for pair in _files(Path(source), tuple(suffixes))]
    documents = [Document(name, _text(file, errors)) for file, name in files]
    if found := [document for document in documents if document.text]:
        return found
    if not given:
        raise CorpusError("sources must name at least one file or folder; got none")
    what = ", ".join(map(str, given))
    if not files:
        raise CorpusError(f"{what} has no file that ends in {', '.join(suffixes)}")
    raise CorpusError(f"{what} has no text: {len(files)} file{'s' * (len(files) > 1)}, all empty")


def _files(source: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    if source.is_file():
        yield source, source.name
        return
    if not source.is_dir():
        raise CorpusError(f"{source} does not exist")
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.name.removesuffix(".gz").endswith(suffixes):
            yield file, file.relative_to(source).as_posix()


def _text(file: Path, errors: str) -> str:
    try:
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        return content.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{file} is not UTF-8: byte 0x{error.object[error.start]:02x} at {error.start} ({error.reason})"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def package_documents(packages: str | Sequence[str]) -> list[Document]:
    """The Python sources of installed packages, each file a document named ``package-version/path``.

    Parameters
    ----------
    packages : str or sequence of str
        Names of distributions, as pip knows them.

    Returns
    -------
    list of Document
        In the order of packages and names; without empty files.

    Raises
    ------
    CorpusError
        If a package is not installed, or has no source.
    """
    documents = []
    for package in [packages] if isinstance(packages, str) else packages:
        try:
            found = importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError as error:
            raise CorpusError(f"the package {package!r} is not installed, so its sources cannot be read") from error
        files = sorted((str(file), Path(str(file.locate()))) for file in found.files or () if file.suffix == ".py")
        texts = [(f"{package}-{found.version}/{name}", _text(file, "strict")) for name, file in files if file.is_file()]
        if not texts:
            raise CorpusError(f"the package {package!r} has no Python sources")
        documents += [Document(name, text) for name, text in texts if text]
    return documents


def without_copies(documents: Iterable[Document]) -> list[Document]:
    """The documents without those that equal an earlier one, case and spaces aside; in the same order."""
    seen, kept = set(), []
    for document in documents:
        key = hashlib.sha256(" ".join(document.text.casefold().split()).encode("utf-8", "surrogatepass"))
        if key.digest() not in seen:
            seen.add(key.digest())
            kept.append(document)
    return kept


def fingerprint(documents: Iterable[Document]) -> str:
    """SHA-256 of names and texts: equal for equal corpora, on every machine."""
    whole = hashlib.sha256()
    for document in documents:
        for part in (document.name, document.text):
            content = part.encode("utf-8", "surrogatepass")
            whole.update(len(content).to_bytes(8, "little") + content)
    return whole.hexdigest()


def split(documents: Sequence[Document], share: float = 0.1) -> tuple[list[Document], list[Document]]:
    """Documents to train on, and documents to judge by.

    Whole documents are chosen by a hash of their names, so that a document never changes sides when others come or go.
    A single document is cut instead: its end is for judging.

    Parameters
    ----------
    documents : sequence of Document
    share : float
        About this share of documents (of characters, where there is one document) is for judging; above 0, below 1.

    Returns
    -------
    training, validation : lists of Document
        Neither is empty.

    Raises
    ------
    CorpusError
        If there is too little to have both.
    """
    check_number("share", share, 0, 1, open_low=True)
    if not documents:
        raise CorpusError("there is no document to split")
    if len(documents) == 1:
        (only,) = documents
        cut = int(len(only.text) * (1 - share))
        if not 0 < cut < len(only.text):
            raise CorpusError(
                f"{only.name} has {len(only.text)} characters, too few to keep a share of {share:g} apart"
            )
        return [Document(only.name, only.text[:cut])], [Document(only.name, only.text[cut:])]
    places = [_place(document.name) for document in documents]
    ranked = sorted(range(len(documents)), key=lambda i: places[i])
    chosen = {i for i in ranked if places[i] < share}
    if len(chosen) in (0, len(documents)):  # few documents: the nearest choice that leaves something on both sides
        chosen = set(ranked[:-1] if chosen else ranked[:1])
    kept = [document for i, document in enumerate(documents) if i not in chosen]
    return kept, [document for i, document in enumerate(documents) if i in chosen]


def _place(name: str) -> float:
    """A number from 0 to 1 that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big") / 2**64
