"""JSON as an expression over bytes: any value down to some depth, or the values that fit a schema.

What is made is a part of what JSON allows: no blanks but at most one after a colon or a comma, properties in the
schema's order, numbers of at most 15 digits before and after the point and two in the exponent, no half of a
surrogate pair written as \\u. A reader of JSON reads all of it, and every value has such a spelling (numbers up to
rounding).
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from groundup.checks import check_count
from groundup.llm.decoding.grammar import EMPTY, Expression, either, literal, many, one_of, sequence, up_to

__all__ = ["json_expression"]

DIGIT = one_of(b"0123456789")
HEX = one_of(b"0123456789abcdefABCDEF")
COLON, COMMA = (sequence(literal(mark), either(EMPTY, literal(" "))) for mark in ":,")
INTEGER = sequence(either(EMPTY, literal("-")), either(literal("0"), sequence(one_of(b"123456789"), up_to(DIGIT, 14))))
NUMBER = sequence(
    INTEGER,
    either(EMPTY, sequence(literal("."), DIGIT, up_to(DIGIT, 14))),
    either(EMPTY, sequence(one_of(b"eE"), either(EMPTY, one_of(b"+-")), DIGIT, either(EMPTY, DIGIT))),
)
_TAIL = one_of(range(0x80, 0xC0))
CHARACTER = either(  # UTF-8 by its lead bytes (RFC 3629), and the escapes
    one_of(set(range(0x20, 0x80)) - set(b'"\\')),
    sequence(one_of(range(0xC2, 0xE0)), _TAIL),
    sequence(one_of((0xE0,)), one_of(range(0xA0, 0xC0)), _TAIL),
    sequence(one_of([*range(0xE1, 0xED), 0xEE, 0xEF]), _TAIL, _TAIL),
    sequence(one_of((0xED,)), one_of(range(0x80, 0xA0)), _TAIL),  # no surrogates
    sequence(one_of((0xF0,)), one_of(range(0x90, 0xC0)), _TAIL, _TAIL),
    sequence(one_of(range(0xF1, 0xF4)), _TAIL, _TAIL, _TAIL),
    sequence(one_of((0xF4,)), one_of(range(0x80, 0x90)), _TAIL, _TAIL),
    sequence(literal("\\"), one_of(b'"\\/bfnrt')),
    sequence(literal("\\u"), one_of(b"0123456789abcefABCEF"), HEX, HEX, HEX),
    sequence(literal("\\u"), one_of(b"dD"), one_of(b"01234567"), HEX, HEX),
)
QUOTE = literal('"')
STRING = sequence(QUOTE, many(CHARACTER), QUOTE)
BOOLEAN = either(literal("true"), literal("false"))
KNOWN = {
    "type", "properties", "required", "additionalProperties", "enum", "const", "items", "minItems", "maxItems",
    "minLength", "maxLength", "anyOf", "title", "description", "$schema",
}  # fmt: skip


def json_expression(schema: Mapping[str, Any] | None = None, depth: int = 3) -> Expression:
    """The JSON texts that fit a schema.

    Parameters
    ----------
    schema : dict, optional
        With type (string, number, integer, boolean, null, array, object), properties, required, enum, const, items,
        minItems, maxItems, minLength, maxLength, anyOf. An object has no other properties than those named. Without
        a schema: any object or array.
    depth : int
        How deep what no schema describes may be nested.

    Raises
    ------
    ValueError
        If the schema asks for something else; the message names the keyword and its place.
    """
    check_count("depth", depth, 0)
    if schema is None:
        return either(*_anything(max(depth, 1))[-2:])
    return _of(schema, "schema", depth)


@cache
def _anything(depth: int) -> tuple[Expression, ...]:
    """Values of any kind; the last two are arrays and objects, of a depth above 0."""
    plain = STRING, NUMBER, BOOLEAN, literal("null")
    if depth == 0:
        return plain
    value = either(*_anything(depth - 1))
    member = sequence(STRING, COLON, value)
    return *plain, _bracketed("[]", _listed(value, 0, None)), _bracketed("{}", _listed(member, 0, None))


def _bracketed(marks: str, inside: Expression) -> Expression:
    return sequence(literal(marks[0]), inside, literal(marks[1]))


def _listed(item: Expression, least: int, most: int | None) -> Expression:
    """From `least` to `most` items with commas."""
    if most == 0:
        return EMPTY
    next_one = sequence(COMMA, item)
    rest = many(next_one) if most is None else up_to(next_one, most - max(least, 1))
    whole = sequence(item, *[next_one] * (least - 1), rest)
    return whole if least else either(EMPTY, whole)


def _of(schema: Any, place: str, depth: int) -> Expression:
    """The expression of one schema."""
    if schema is True or schema == {}:
        return either(*_anything(depth))
    if not isinstance(schema, Mapping):
        raise ValueError(f"{place} must be a dict; got {schema!r}")
    if unknown := sorted(set(schema) - KNOWN):
        raise ValueError(f"{place} has {', '.join(map(repr, unknown))}; known are {', '.join(sorted(KNOWN))}")
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        if not isinstance(values, Sequence) or isinstance(values, str) or not values:
            raise ValueError(f"{place}.enum must be a list that is not empty; got {values!r}")
        return either(*(literal(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) for value in values))
    if "anyOf" in schema:
        return either(*(_of(one, f"{place}.anyOf[{n}]", depth) for n, one in enumerate(schema["anyOf"])))
    kinds = schema.get("type", "object" if "properties" in schema else None)
    if kinds is None:
        raise ValueError(f"{place} must have type, enum, const, anyOf or properties; got {dict(schema)}")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    return either(*(_typed(name, schema, place, depth) for name in names))


def _typed(kind: str, schema: Mapping[str, Any], place: str, depth: int) -> Expression:
    plain = {"number": NUMBER, "integer": INTEGER, "boolean": BOOLEAN, "null": literal("null")}
    if kind in plain:
        return plain[kind]
    if kind == "string":
        least, most = _bounds(schema, "Length", place)
        rest = many(CHARACTER) if most is None else up_to(CHARACTER, most - least)
        return sequence(QUOTE, *[CHARACTER] * least, rest, QUOTE)
    if kind == "array":
        items = _of(schema["items"], f"{place}.items", depth) if "items" in schema else either(*_anything(depth))
        return _bracketed("[]", _listed(items, *_bounds(schema, "Items", place)))
    if kind != "object":
        raise ValueError(f"{place}.type must be string, number, integer, boolean, null, array or object; got {kind!r}")
    if "properties" not in schema:
        if schema.get("required"):
            raise ValueError(f"{place}.required names what properties does not")
        return _anything(max(depth, 1))[-1]
    return _bracketed("{}", _members(schema, place, depth))


def _bounds(schema: Mapping[str, Any], what: str, place: str) -> tuple[int, int | None]:
    least, most = schema.get(f"min{what}", 0), schema.get(f"max{what}")
    check_count(f"{place}.min{what}", least, 0)
    if most is not None:
        check_count(f"{place}.max{what}", most, least)
    return least, most


def _members(schema: Mapping[str, Any], place: str, depth: int) -> Expression:
    """The named properties in their order; those that are not required may be left out."""
    properties, required = schema["properties"], set(schema.get("required", ()))
    if absent := sorted(required - set(properties)):
        raise ValueError(f"{place}.required names {', '.join(map(repr, absent))}, which properties does not")
    first = rest = EMPTY  # what may follow when no property has come yet, and when one has
    for name, value in reversed(properties.items()):
        key = literal(json.dumps(name, ensure_ascii=False))
        pair = sequence(key, COLON, _of(value, f"{place}.properties.{name}", depth))
        with_it, after_others = sequence(pair, rest), sequence(COMMA, pair, rest)
        needed = name in required
        first, rest = (with_it, after_others) if needed else (either(with_it, first), either(after_others, rest))
    return first
