"""Token ids on disk: a few large files of 16- or 32-bit numbers, mapped into memory, and an index that is written last.

Without the index a folder holds nothing, so a preparation that was killed is begun again and never half used.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.files import flush, write_whole
from groundup.llm.pretraining.corpus import CorpusError, Document

__all__ = ["Shards", "write_shards"]

INDEX, FORMAT = "index.json", "groundup token shards 1"


def write_shards(
    documents: Iterable[Document],
    tokenizer: Any,
    folder: Any,
    *,
    end: int | None = None,
    per_shard: int = 2**24,
    about: str = "",
) -> "Shards":
    """Encode documents one after the other into shards.

    Parameters
    ----------
    documents : iterable of Document
        Gone through once, never held together.
    tokenizer : groundup.text.tokenization.Tokenizer
    folder : path
        Made when missing; earlier shards in it are replaced.
    end : int, optional
        Token written after each document, so that a model learns where one ends.
    per_shard : int
        Tokens a file; the last has fewer.
    about : str
        Kept in the index, to tell later whether these are the shards that are wanted.

    Returns
    -------
    Shards

    Raises
    ------
    CorpusError
        If not one token came of it.
    OSError
        If a file cannot be written.
    """
    check_count("per_shard", per_shard)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)
    dtype = np.uint16 if tokenizer.vocab_size <= 2**16 else np.uint32
    waiting, length, files = [], 0, []
    for document in documents:
        ids = tokenizer.encode_array(document.text).astype(dtype)
        waiting.append(ids if end is None else np.append(ids, dtype(end)))
        length += len(waiting[-1])
        while length >= per_shard:
            whole = np.concatenate(waiting)
            files.append(_write(folder, len(files), whole[:per_shard]))
            waiting, length = [whole[per_shard:]], length - per_shard
    if length:
        files.append(_write(folder, len(files), np.concatenate(waiting)))
    if not files:
        raise CorpusError("the documents gave no token: there is no text in them")
    index = {"format": FORMAT, "vocab_size": tokenizer.vocab_size, "dtype": np.dtype(dtype).name, "end": end,
             "about": about, "files": files}  # fmt: skip
    write_whole(folder / INDEX, json.dumps(index, indent=1))
    return Shards(folder)


def _write(folder: Path, number: int, ids: np.ndarray) -> dict[str, Any]:
    file = folder / f"tokens-{number:05d}.bin"
    content = ids.astype(ids.dtype.newbyteorder("<")).tobytes()
    file.write_bytes(content)
    flush(file)
    return {"name": file.name, "tokens": len(ids), "sha256": hashlib.sha256(content).hexdigest()}


class Shards:
    """The tokens of a folder of shards, as one long sequence that is read from disk where it is asked for.

    Parameters
    ----------
    folder : path
        As `write_shards` left it.

    Attributes
    ----------
    vocab_size : int
    end : int or None
        Token after each document.
    about : str

    Raises
    ------
    CorpusError
        If there is no index, it cannot be understood, or a file is missing or of another length than it says.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        index = self._index()
        self.vocab_size, self.end, self.about = index["vocab_size"], index["end"], index["about"]
        self.files, dtype = index["files"], np.dtype(index["dtype"]).newbyteorder("<")
        self._maps = [self._mapped(entry, dtype) for entry in self.files]
        self._starts = np.cumsum([0, *(len(part) for part in self._maps)])

    def _index(self) -> dict[str, Any]:
        file = self.folder / INDEX
        try:
            index = json.loads(file.read_bytes())
        except FileNotFoundError as error:
            raise CorpusError(f"{self.folder} holds no shards: there is no {INDEX}") from error
        except (OSError, ValueError) as error:
            raise CorpusError(f"{file} cannot be read: {error}") from error
        if not isinstance(index, dict) or index.get("format") != FORMAT:
            raise CorpusError(f"{file} is no index of token shards")
        return index

    def _mapped(self, entry: dict[str, Any], dtype: np.dtype) -> np.ndarray:
        file = self.folder / entry["name"]
        size = file.stat().st_size if file.is_file() else 0
        if size != entry["tokens"] * dtype.itemsize:
            raise CorpusError(f"{file} has {size} bytes; {INDEX} says {entry['tokens'] * dtype.itemsize}")
        return np.memmap(file, dtype, mode="r")

    def __len__(self) -> int:
        return int(self._starts[-1])

    def read(self, start: int, length: int) -> np.ndarray:
        """So many ids from a place on, across files, as int64.

        Raises
        ------
        IndexError
            If they do not lie within the sequence.
        """
        if not 0 <= start <= start + length <= len(self):
            raise IndexError(f"ids {start} to {start + length} do not lie within the {len(self)} of {self.folder}")
        out, done = np.empty(length, np.int64), 0
        part = int(np.searchsorted(self._starts, start, side="right")) - 1
        while done < length:
            here = self._maps[part][start + done - self._starts[part] :][: length - done]
            out[done : done + len(here)] = here
            done, part = done + len(here), part + 1
        return out

    def damaged(self) -> list[str]:
        """Names of files whose content is not what was written; reads everything."""
        sums = {entry["name"]: entry["sha256"] for entry in self.files}
        return [n for n, known in sums.items() if hashlib.sha256((self.folder / n).read_bytes()).hexdigest() != known]
