"""Tokens become text while they come: never half a character, never the beginning of a stop string."""

import codecs
from collections.abc import Callable, Sequence

__all__ = ["TextStream"]


class TextStream:
    """Takes tokens, gives the text that is certain.

    A token may end within a character, and a stop string may begin in one token and end in another. So bytes are
    held back while they could still become a stop string, and then until they make whole characters. The text is cut
    before the stop string that is complete first (of two that end together, the longer), whatever the tokens are.

    Parameters
    ----------
    token_bytes : callable
        Of a tokenizer.
    stops : sequence of str
        Texts that end the text.

    Attributes
    ----------
    stopped : bool
        Whether a stop string came; nothing is given after it.
    """

    def __init__(self, token_bytes: Callable[[int], bytes], stops: Sequence[str] = ()) -> None:
        for stop in stops:
            if not isinstance(stop, str):
                raise TypeError(f"stop must hold texts; got {stop!r}")
            if not stop:
                raise ValueError("stop must hold texts that are not empty")
        self._token_bytes = token_bytes
        self._stops = [stop.encode("utf-8", "surrogatepass") for stop in stops]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = b""
        self._given: list[str] = []
        self.stopped = False

    @property
    def text(self) -> str:
        """All that was given so far."""
        return "".join(self._given)

    def push(self, token: int) -> str:
        """The text that has become certain with this token."""
        if self.stopped:
            return ""
        self._held += self._token_bytes(token)
        found = [(at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            certain, self._held = self._held[: min(found)[1]], b""
        else:
            border = len(self._held) - self._undecided()
            certain, self._held = self._held[:border], self._held[border:]
        return self._give(self._decoder.decode(certain))

    def finish(self) -> str:
        """The rest: no more tokens will come. A character that is not whole becomes U+FFFD."""
        rest, self._held = self._held, b""
        return self._give(self._decoder.decode(rest, final=True))

    def _undecided(self) -> int:
        """Length of the longest end of what is held that is the beginning of a stop string."""
        longest = max(map(len, self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            end = self._held[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                return length
        return 0

    def _give(self, piece: str) -> str:
        self._given.append(piece)
        return piece
