"""Expressions over bytes, and their derivatives: what may still come after a byte has come.

The derivative of an expression E by a byte b is an expression for the rest of every text of E that begins with b
(Brzozowski 1964). So an expression is its own automaton: the state is what may still come, a step is a derivative, and
a text is whole when the state allows the empty rest. Rules for a byte b:

    b(c)    = "" if b in c, nothing otherwise       for a set of bytes c
    b(A|B)  = b(A) | b(B)
    b(A B)  = b(A) B, and b(B) too if A may be empty
    b(A*)   = b(A) A*

Expressions are made by `literal`, `one_of`, `sequence`, `either`, `many`, `up_to`. Equal ones are one object, so
there are few states and derivatives are looked up, not computed, from the second time on.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

__all__ = ["EMPTY", "NOTHING", "Expression", "either", "literal", "many", "one_of", "sequence", "up_to"]

NEVER = 1 << 30  # more bytes than any text has


class Expression:
    """A set of byte strings. Not made by itself, but by the functions of this module.

    Parameters
    ----------
    kind : {"bytes", "then", "or", "star", "empty", "nothing"}
    parts : tuple
        Bytes of a set, or expressions.

    Attributes
    ----------
    nullable : bool
        Whether the empty string is one of them.
    """

    __slots__ = ("_derived", "kind", "nullable", "parts")
    _made: ClassVar[dict[Any, "Expression"]] = {}

    kind: str
    parts: tuple[Any, ...]
    nullable: bool
    _derived: dict[int, "Expression"]

    def __new__(cls, kind: str, parts: tuple[Any, ...] = ()) -> "Expression":
        known = cls._made.get((kind, parts))
        if known is None:
            known = cls._made[kind, parts] = object.__new__(cls)
            known.kind, known.parts, known._derived = kind, parts, {}
            known.nullable = {
                "bytes": lambda: False,
                "nothing": lambda: False,
                "empty": lambda: True,
                "star": lambda: True,
                "then": lambda: parts[0].nullable and parts[1].nullable,
                "or": lambda: any(part.nullable for part in parts),
            }[kind]()
        return known

    def derive(self, byte: int) -> "Expression":
        """What may come after this byte."""
        known = self._derived.get(byte)
        if known is None:
            known = self._derived[byte] = self._derive(byte)
        return known

    def _derive(self, byte: int) -> "Expression":
        parts = self.parts
        if self.kind == "bytes":
            return EMPTY if byte in parts[0] else NOTHING
        if self.kind == "or":
            return either(*(part.derive(byte) for part in parts))
        if self.kind == "then":
            first = sequence(parts[0].derive(byte), parts[1])
            return either(first, parts[1].derive(byte)) if parts[0].nullable else first
        if self.kind == "star":
            return sequence(parts[0].derive(byte), self)
        return NOTHING

    def after(self, text: bytes) -> "Expression":
        """What may come after all of these bytes."""
        state = self
        for byte in text:
            state = state.derive(byte)
        return state

    def shortest(self, known: dict["Expression", int], cost: Any = None) -> int:
        """Least number of bytes of a string of the set, or of their costs; NEVER when there is none.

        Parameters
        ----------
        known : dict
            Answers so far, for one `cost`; it is added to.
        cost : callable, optional
            What a byte costs; 1 by default.
        """
        chain, end = [], self  # a long literal is a long chain: no recursion along it
        while end.kind == "then" and not end.nullable and end not in known:
            chain.append(end)
            end = end.parts[1]
        if end.nullable:
            total = 0
        elif end in known:
            total = known[end]
        elif end.kind == "bytes":
            total = known[end] = min(cost(byte) if cost else 1 for byte in end.parts[0])
        else:  # "or"; "nothing" has no parts
            total = known[end] = min((part.shortest(known, cost) for part in end.parts), default=NEVER)
        for link in reversed(chain):
            total = known[link] = min(link.parts[0].shortest(known, cost) + total, NEVER)
        return total


NOTHING = Expression("nothing")  # no string at all
EMPTY = Expression("empty")  # the empty string alone


def one_of(values: Iterable[int]) -> Expression:
    """One byte out of several."""
    chosen = frozenset(values)
    return Expression("bytes", (chosen,)) if chosen else NOTHING


def literal(text: str | bytes) -> Expression:
    """This text alone."""
    data = text.encode() if isinstance(text, str) else text
    return sequence(*(one_of((byte,)) for byte in data))


def sequence(*parts: Expression) -> Expression:
    """One after the other."""
    if NOTHING in parts:
        return NOTHING
    flat: list[Expression] = []
    for part in parts:  # (A B) C is kept as A (B C), so that equal sequences are one object
        while part.kind == "then":
            flat.append(part.parts[0])
            part = part.parts[1]
        if part is not EMPTY:
            flat.append(part)
    whole = flat.pop() if flat else EMPTY
    for part in reversed(flat):
        whole = Expression("then", (part, whole))
    return whole


def either(*parts: Expression) -> Expression:
    """Any of several."""
    flat: dict[Expression, None] = {}
    for part in parts:
        for one in part.parts if part.kind == "or" else (part,):
            if one is not NOTHING:
                flat[one] = None
    if len(flat) <= 1:
        return next(iter(flat), NOTHING)
    return Expression("or", tuple(sorted(flat, key=id)))


def many(part: Expression) -> Expression:
    """As often as one likes, also never."""
    return EMPTY if part in (EMPTY, NOTHING) else part if part.kind == "star" else Expression("star", (part,))


def up_to(part: Expression, times: int) -> Expression:
    """At most so many times."""
    whole = EMPTY
    for _ in range(times):
        whole = either(EMPTY, sequence(part, whole))
    return whole
