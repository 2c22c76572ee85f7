"""Near copies among many documents, found without comparing all pairs.

Two documents are alike as far as their sets of word runs (shingles) overlap, J(A, B) = |A ∩ B| / |A ∪ B|. Under a
random order of all shingles, the first of A ∪ B belongs to both with probability J; so the share of hash functions
under which the smallest hashes agree estimates J with variance J (1 - J) / H (Broder 1997, "On the resemblance and
containment of documents", section 3). Cut into b bands of r hashes, two signatures agree in a whole band with
probability 1 - (1 - J^r)^b, a step near (1/b)^(1/r) (Leskovec, Rajaraman & Ullman 2014, section 3.4.2): only such
pairs are compared, and by their true overlap.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundup.checks import check_count, check_number
from groundup.llm.pretraining._minhash_kernels import gram_hashes, signature
from groundup.llm.pretraining.corpus import Document

__all__ = ["Bands", "bands_for", "jaccard", "minhash", "near_copies", "shingles", "without_near_copies"]


def shingles(text: str, size: int = 5) -> np.ndarray:
    """Hashes of the runs of `size` words in a text, each once, sorted; case and punctuation do not count.

    Parameters
    ----------
    text : str
        A shorter one has a single run, all of its words; one without words has none.
    size : int

    Returns
    -------
    array of uint64
    """
    check_count("size", size)
    return np.unique(gram_hashes(np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8), size))


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """|A ∩ B| / |A ∪ B| of two sorted arrays without repeats; 1 where both are empty."""
    common = len(np.intersect1d(a, b, assume_unique=True))
    union = len(a) + len(b) - common
    return common / union if union else 1.0


def minhash(elements: np.ndarray, hashes: int = 128, seed: int = 0) -> np.ndarray:
    """The smallest hash of a set under each of many hash functions.

    Parameters
    ----------
    elements : array of uint64
    hashes : int
        H.
    seed : int
        Of the functions: signatures of one seed can be compared.

    Returns
    -------
    array of uint64, shape (hashes,)
    """
    check_count("hashes", hashes)
    if len(elements) and np.asarray(elements).dtype.kind != "u":
        raise TypeError(f"elements must be hashes, unsigned whole numbers; got {np.asarray(elements).dtype}")
    keys = np.random.default_rng(seed).integers(0, 2**64, hashes, dtype=np.uint64)
    return signature(np.ascontiguousarray(elements, np.uint64), keys)


@dataclass(frozen=True)
class Bands:
    """A signature of ``bands * rows`` hashes, cut into bands."""

    bands: int
    rows: int

    def probability(self, similarity: float) -> float:
        """Of two documents so alike to agree in at least one band."""
        return 1 - (1 - similarity**self.rows) ** self.bands


def bands_for(threshold: float, hashes: int = 128, recall: float = 0.95) -> Bands:
    """The cut with the fewest candidates that still finds this share of pairs at the threshold.

    Raises
    ------
    ValueError
        If the threshold is not above 0 and at most 1, or no cut of so many hashes finds that share.
    """
    check_number("threshold", threshold, 0, open_low=True)
    check_number("threshold", threshold, 0, 1 + 1e-12)
    check_count("hashes", hashes)
    for rows in range(hashes, 0, -1):
        cut = Bands(hashes // rows, rows)
        if cut.probability(threshold) >= recall:
            return cut
    raise ValueError(f"{hashes} hashes do not find {recall:g} of the pairs with a similarity of {threshold:g}")


def near_copies(
    texts: Sequence[str], threshold: float = 0.8, *, size: int = 5, hashes: int = 128, seed: int = 0
) -> list[tuple[int, int, float]]:
    """Pairs of texts whose word runs overlap by at least the threshold.

    Every pair that is returned was compared exactly; of the pairs at the threshold about 5 in 100 are missed, of
    more similar ones fewer. Texts without words are no copies of each other.

    Parameters
    ----------
    texts : sequence of str
    threshold : float
        Least J, above 0 and at most 1.
    size, hashes, seed : int
        As for `shingles` and `minhash`.

    Returns
    -------
    list of (i, j, J)
        i < j, in order.
    """
    if isinstance(texts, str | bytes):
        raise TypeError(f"texts must be a sequence of texts; got one {type(texts).__name__}")
    cut = bands_for(threshold, hashes)
    sets = [shingles(text, size) for text in texts]
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for i, elements in enumerate(sets):
        if len(elements):
            rows = minhash(elements, hashes, seed)[: cut.bands * cut.rows].reshape(cut.bands, cut.rows)
            for band, row in enumerate(rows):
                buckets[band, row.tobytes()].append(i)
    candidates = {(i, j) for members in buckets.values() for at, j in enumerate(members) for i in members[:at]}
    compared = ((i, j, jaccard(sets[i], sets[j])) for i, j in sorted(candidates))
    return [pair for pair in compared if pair[2] >= threshold]


def without_near_copies(documents: Sequence[Document], threshold: float = 0.8) -> list[Document]:
    """The documents without those that are near copies of an earlier one that is kept."""
    dropped: set[int] = set()
    for i, j, _ in near_copies([document.text for document in documents], threshold):
        if i not in dropped:
            dropped.add(j)
    return [document for i, document in enumerate(documents) if i not in dropped]
