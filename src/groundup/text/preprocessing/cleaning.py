"""Cleaning as a list of named steps, each a function from text to text, so that one can see what each of them did."""

import html
import re
import string
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from groundup.text.preprocessing.forms import checked_text, normalize, without_accents

__all__ = ["STEPS", "Change", "Pipeline"]

URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]}]", re.IGNORECASE)
EMAIL = re.compile(r"(?<!\w)(?<!\w[.+-])\w[\w.+-]*@[\w-]+(?:\.[\w-]+)+\b")
TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-z][^<>]*>", re.IGNORECASE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SPACES = re.compile(r"[^\S\n]+")
LINES = re.compile(r"\s*\n\s*\n\s*")
QUOTES = str.maketrans("‘’‚‛“”„‟«»‹›–—−…", "''''\"\"\"\"\"\"''---…")
PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "‘’“”„«»‹›–—…¿¡", " "))


def _markup(text: str) -> str:
    """Tags away, with all that is in scripts and styles; entities such as &amp; become characters."""
    return html.unescape(TAG.sub(" ", text))


def _controls(text: str) -> str:
    """Characters that nobody sees: controls other than tab and line end, byte order marks, zero-width characters.

    The joiners U+200C and U+200D stay: Persian words and emoji of several parts are written with them.
    """
    keep = "\t\n\u200c\u200d"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in keep or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))


def _spaces(text: str) -> str:
    """Runs of white space become one space, empty lines one empty line; nothing at the ends."""
    return LINES.sub("\n\n", SPACES.sub(" ", text)).strip()


STEPS: dict[str, Callable[[str], str]] = {
    "markup": _markup,
    "controls": _controls,
    "nfc": lambda text: normalize(text, "NFC"),
    "nfkc": lambda text: normalize(text, "NFKC"),
    "quotes": lambda text: text.translate(QUOTES),
    "urls": lambda text: URL.sub("<url>", text),
    "emails": lambda text: EMAIL.sub("<email>", text),
    "numbers": lambda text: NUMBER.sub("<number>", text),
    "casefold": str.casefold,
    "accents": without_accents,
    "punctuation": lambda text: text.translate(PUNCTUATION),
    "spaces": _spaces,
}


@dataclass(frozen=True)
class Change:
    """What one step made of a text.

    Parameters
    ----------
    step : str
        Its name.
    before, after : str
    """

    step: str
    before: str
    after: str


class Pipeline:
    """Steps of cleaning, one after the other. What a step takes away is gone for all that come after it.

    Parameters
    ----------
    *steps : str or callable
        Names in `STEPS`, or own functions from text to text.

    Raises
    ------
    ValueError
        If a name is unknown.
    TypeError
        If something else is given.

    Examples
    --------
    >>> Pipeline("markup", "casefold", "spaces")("<b>Caf\\u00c9</b>  &amp; Bar")
    'café & bar'
    """

    def __init__(self, *steps: str | Callable[[str], str]) -> None:
        self.steps: list[tuple[str, Callable[[str], str]]] = []
        for step in steps:
            if isinstance(step, str):
                if step not in STEPS:
                    raise ValueError(f"steps must be among {', '.join(STEPS)}, or functions; got {step!r}")
                self.steps.append((step, STEPS[step]))
            elif callable(step):
                self.steps.append((getattr(step, "__name__", type(step).__name__), step))
            else:
                raise TypeError(f"steps must be names or functions; got {step!r}")

    def __call__(self, text: str) -> str:
        """The text after all steps."""
        return self.changes(text)[-1].after if self.steps else checked_text(text)

    def changes(self, text: str) -> list[Change]:
        """The text before and after each step."""
        text, found = checked_text(text), []
        for name, step in self.steps:
            after = step(text)
            found.append(Change(name, text, after))
            text = after
        return found

    def many(self, texts: Iterable[str]) -> list[str]:
        """Every text after all steps."""
        return [self(text) for text in texts]
