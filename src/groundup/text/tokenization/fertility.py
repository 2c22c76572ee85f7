"""How many tokens a text costs: per word, per character, per byte, and in money."""

from collections.abc import Iterable
from dataclasses import dataclass

from groundup.checks import check_number
from groundup.text.tokenization.base import Tokenizer

__all__ = ["Fertility", "cost", "fertility"]


@dataclass(frozen=True)
class Fertility:
    """Totals over some texts, and their ratios (nan where there is nothing to divide by).

    Attributes
    ----------
    tokens, words, characters, bytes : int
        Words are what white space separates: languages written without it have few, long ones, so compare these by
        characters, or by the tokens of a translation. Characters are code points, bytes are those of UTF-8.
    """

    tokens: int
    words: int
    characters: int
    bytes: int

    @property
    def tokens_per_word(self) -> float:
        """The usual meaning of fertility; 1 when every word is a token."""
        return _ratio(self.tokens, self.words)

    @property
    def tokens_per_character(self) -> float:
        """Small is good; above 1 characters fall into pieces."""
        return _ratio(self.tokens, self.characters)

    @property
    def bytes_per_token(self) -> float:
        """Compression: large is good."""
        return _ratio(self.bytes, self.tokens)


def _ratio(above: int, below: int) -> float:
    return above / below if below else float("nan")


def fertility(tokenizer: Tokenizer, texts: str | Iterable[str]) -> Fertility:
    """Count what a tokenizer makes of texts.

    Examples
    --------
    >>> from groundup.text.tokenization import CharTokenizer
    >>> fertility(CharTokenizer("ab "), "ab ba").tokens_per_word
    2.5
    """
    tokens = words = characters = size = 0
    for text in [texts] if isinstance(texts, str) else texts:
        tokens += len(tokenizer.encode_array(text))
        words += len(text.split())
        characters += len(text)
        size += len(text.encode("utf-8", "surrogatepass"))
    return Fertility(tokens, words, characters, size)


def cost(tokenizer: Tokenizer, texts: str | Iterable[str], price: float) -> float:
    """What texts cost at `price` for a million tokens."""
    check_number("price", price, 0.0)
    return fertility(tokenizer, texts).tokens * price / 1e6
