"""Regular expressions as `Expression`s: the part of Python's syntax that describes a finite automaton.

Understood: characters, ``.``, ``[a-z]`` and ``[^a-z]``, ``\\d \\w \\s`` (ASCII), escaped characters, groups ``( )``
and ``(?: )``, ``|``, ``* + ?``, ``{m}``, ``{m,}``, ``{m,n}``. The whole text has to match; ``^ $`` at the ends are
allowed and say nothing.
"""

from groundup.llm.decoding.grammar import EMPTY, Expression, either, literal, many, one_of, sequence, up_to

__all__ = ["parse"]

_ASCII = frozenset(range(0x80))
_CLASSES = {
    "d": frozenset(b"0123456789"),
    "w": frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
    "s": frozenset(b" \t\n\r\f\v"),
}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


def parse(pattern: str) -> Expression:
    """The texts that match a pattern.

    Raises
    ------
    ValueError
        If the pattern is not understood; the message says where.
    """
    inner = pattern[1:] if pattern.startswith("^") else pattern
    inner = inner[:-1] if inner.endswith("$") and not inner.endswith("\\$") else inner
    reader = _Reader(inner)
    whole = reader.alternatives()
    if reader.at < len(inner):
        raise reader.error(f"{inner[reader.at]!r} was not expected")
    return whole


class _Reader:
    """Recursive descent: alternatives of sequences of repeated atoms."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def error(self, why: str) -> ValueError:
        return ValueError(f"pattern {self.pattern!r}, character {self.at}: {why}")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        if self.at == len(self.pattern):
            raise self.error("the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self) -> Expression:
        found = [self.items()]
        while self.peek() == "|":
            self.take()
            found.append(self.items())
        return either(*found)

    def items(self) -> Expression:
        found = []
        while self.peek() not in ("", "|", ")"):
            found.append(self.repeated(self.atom()))
        return sequence(*found)

    def repeated(self, part: Expression) -> Expression:
        mark = self.peek()
        if mark and mark in "*+?":
            self.take()
            return {"*": many(part), "+": sequence(part, many(part)), "?": either(EMPTY, part)}[mark]
        if mark != "{":
            return part
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at + 1 : max(end, 0)].partition(",")
        if end < 0 or not low.isdecimal() or (high and not high.isdecimal()) or (high and int(high) < int(low)):
            raise self.error("a repetition is written {m}, {m,} or {m,n} with m at most n")
        self.at = end + 1
        rest = up_to(part, int(high) - int(low)) if high else many(part) if comma else EMPTY
        return sequence(*[part] * int(low), rest)

    def atom(self) -> Expression:
        mark = self.take()
        if mark == "(":
            if self.pattern[self.at : self.at + 2] == "?:":
                self.at += 2
            inside = self.alternatives()
            if self.peek() != ")":
                raise self.error("a bracket was not closed")
            self.take()
            return inside
        if mark == ".":
            return either(one_of(_ASCII - {10}), _beyond_ascii())
        if mark == "[":
            return self.character_class()
        if mark == "\\":
            return self.escaped()
        if mark in "*+?{^$":
            raise self.error(f"{mark!r} stands where a character should; write \\{mark}")
        return literal(mark)

    def escaped(self) -> Expression:
        mark = self.take()
        if mark in _CLASSES:
            return one_of(_CLASSES[mark])
        if mark.isalnum() and mark not in _CONTROL:
            raise self.error(f"\\{mark} is not understood")
        return literal(_CONTROL.get(mark, mark))

    def character_class(self) -> Expression:
        """[abc], [a-z], [^...]; ranges and complements of ASCII characters, other characters one by one."""
        complement = self.peek() == "^"
        if complement:
            self.take()
        chosen: set[int] = set()
        others: list[Expression] = []
        while (mark := self.take()) != "]":
            if mark == "\\":
                mark = self.take()
                if mark in _CLASSES:
                    chosen |= _CLASSES[mark]
                    continue
                mark = _CONTROL.get(mark, mark)
            if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("", "]"):
                self.take()
                last = self.take()
                if not mark < last < "\x80":
                    raise self.error("a range goes upwards, within ASCII")
                chosen |= set(range(ord(mark), ord(last) + 1))
            elif mark < "\x80":
                chosen.add(ord(mark))
            else:
                others.append(literal(mark))
        if complement:
            if others:
                raise self.error("[^ ] takes ASCII characters alone")
            return either(one_of(_ASCII - chosen), _beyond_ascii())
        return either(one_of(chosen), *others) if chosen else either(*others)


def _beyond_ascii() -> Expression:
    """A whole character of two bytes and more."""
    from groundup.llm.decoding.json_schema import CHARACTER

    return either(*(part for part in CHARACTER.parts if part.derive(0x5C).kind == "nothing" and part.kind == "then"))
