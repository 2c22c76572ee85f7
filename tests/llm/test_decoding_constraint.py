"""Constraints: derivatives, regular expressions beside re, JSON beside jsonschema, and texts that end in time."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from groundup.llm.decoding import generate, json_constraint, regex_constraint, stream  # noqa: E402
from groundup.llm.decoding.grammar import (  # noqa: E402
    EMPTY,
    NEVER,
    NOTHING,
    either,
    literal,
    many,
    one_of,
    sequence,
    up_to,
)
from groundup.llm.decoding.json_schema import json_expression  # noqa: E402
from groundup.llm.decoding.regular import parse  # noqa: E402
from groundup.text.tokenization import CharTokenizer  # noqa: E402
from groundup.text.tokenization.base import Tokenizer  # noqa: E402
from groundup.transformers.gpt import GPT, GPTConfig  # noqa: E402


class ByteTokenizer(Tokenizer):
    """Every byte is a token, some longer ones are, and the last is special."""

    def __init__(self, *more):
        self.words = [*(bytes([byte]) for byte in range(256)), *more, b"<end>"]
        self.special_tokens = {"<end>": len(self.words) - 1}

    @property
    def vocab_size(self):
        return len(self.words)

    def encode(self, text, *, allowed_special=()):
        return list(text.encode())

    def token_bytes(self, token):
        return self.words[token]


TOKENIZER = ByteTokenizer(
    b'{"', b'":', b'", "', b'"}', b"true", b"false,", b"\xc3\xa4", b"\xe2\x82", b"12", b"}]", b"\\u00"
)
END = TOKENIZER.special_tokens["<end>"]


def gpt(seed, vocabulary=TOKENIZER.vocab_size, context=80):
    torch.manual_seed(seed)
    return GPT(
        GPTConfig(vocabulary, context, n_embd=16, n_layer=1, n_head=2, initializer_range=[0.02, 0.5, 2][seed % 3])
    )


PATTERNS = ["a", "a|b", "(ab|a)*c?", "a{2,3}b{0,1}", "a+(b|c)*a", "[ab]{2}c?", "[^ab]c", "(a?){3}b", "a.c", r"\.a\d",
            "", "a{2,}", "(?:ab)+|c", "^ab$", r"[a\-c]b", "(a|ab)(c|bc)", "((a*)b)*"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text(alphabet="abc.-1é", max_size=7))
@settings(max_examples=60, deadline=None)
def test_a_pattern_accepts_what_re_accepts(pattern, text):
    assert parse(pattern).after(text.encode()).nullable == bool(re.fullmatch(pattern, text))


def test_equal_expressions_are_one_object_and_states_are_few():
    assert either(literal("a"), literal("b")) is either(literal("b"), literal("a"), NOTHING)
    assert sequence(literal("ab"), literal("c")) is sequence(literal("a"), literal("bc"))
    assert many(many(literal("a"))) is many(literal("a")) and many(NOTHING) is EMPTY
    assert sequence(literal("a"), NOTHING) is NOTHING and one_of(()) is NOTHING and literal("") is EMPTY
    string = json_expression({"type": "string"})
    assert len({string.after(b'"' + b"q" * n) for n in range(9)}) == 1


def test_shortest():
    for pattern, length in (("abc", 3), ("a*b", 1), ("(ab|c)d", 2), ("a{3,}", 3), ("", 0), ("é", 2)):
        assert parse(pattern).shortest({}) == length
    assert NOTHING.shortest({}) == NEVER and literal("x" * 5000).shortest({}) == 5000
    assert up_to(literal("ab"), 3).shortest({}) == 0
    assert literal("ab").shortest({}, lambda byte: NEVER if byte == 98 else 1) == NEVER


SCHEMAS = [
    None,
    {"type": "object", "required": ["name", "ok"], "properties": {
        "name": {"type": "string"}, "age": {"type": "integer"}, "ok": {"type": "boolean"},
        "tags": {"type": "array", "items": {"enum": ["a", "b", "ä"]}, "maxItems": 3}}},
    {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 4},
    {"type": "string", "minLength": 2, "maxLength": 5},
    {"enum": [1, "x", None, {"a": [1.5, "é"]}, "\n"]},
    {"type": ["integer", "null"]},
    {"type": "object"},
    {"properties": {"a": {"const": 1}, "b": {"type": "null"}}},
    {"anyOf": [{"type": "string", "minLength": 3}, {"type": "object", "properties": {"k": {}}, "required": ["k"]}]},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SCHEMAS)))
@given(seed=st.integers(0, 30), spare=st.integers(0, 40), temperature=st.sampled_from([0.0, 1.0, 5.0]),
       end=st.booleans(), top_k=st.sampled_from([None, 3]))  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_whatever_the_model_what_comes_parses_and_fits(number, seed, spare, temperature, end, top_k):
    import jsonschema

    schema = SCHEMAS[number]
    constraint = json_constraint(schema, TOKENIZER)
    most = min(constraint.shortest(constraint.start) + spare, 80)
    options = {"tokenizer": TOKENIZER, "constraint": constraint, "seed": seed, "temperature": temperature,
               "top_k": top_k, "eos": END if end else None}  # fmt: skip
    one = generate(gpt(seed), "x", most, **options)[0]
    value = json.loads(one.text)
    assert len(one.ids) <= most and one.finish in ("complete", "eos", "length")
    if schema is None:
        assert isinstance(value, dict | list)
    else:
        jsonschema.validate(value, schema)
    assert "".join(stream(gpt(seed), "x", most, **options)) == one.text


NUMBERS = st.integers(-(10**14), 10**14) | st.sampled_from([0.5, -1e-7, 3.25e20])


def nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)


@given(value=st.recursive(st.none() | st.booleans() | NUMBERS | st.text(max_size=4), nested, max_leaves=5))
@settings(max_examples=150, deadline=None)
def test_every_value_has_a_spelling(value):
    expression = json_expression({}, depth=6)
    for ascii_only in (False, True):
        text = json.dumps(value, ensure_ascii=ascii_only)
        if "\\ud8" in text or "\\udb" in text or "\\ud9" in text or "\\uda" in text:
            continue  # a pair of surrogates; the same character in UTF-8 is allowed
        assert expression.after(text.encode("utf-8", "surrogatepass")).nullable, text


@pytest.mark.parametrize(
    "text", ['{"a":1,}', "[1,]", "01", "1.", ".5", "+1", '"\n"', '"\\x"', '"\\ud800"', "nul", "[1 2]", "{a:1}", '"']
)
def test_what_is_no_json_is_refused(text):
    assert not json_expression({}).after(text.encode()).nullable
    with pytest.raises(ValueError):
        json.loads(text if "ud800" not in text else "[")


@given(data=st.binary(max_size=4))
@settings(max_examples=200, deadline=None)
def test_strings_are_utf8(data):
    if set(data) & {0x22, 0x5C}:
        return
    try:
        whole = all(ord(c) >= 0x20 for c in data.decode())
    except UnicodeDecodeError:
        whole = False
    assert json_expression({"type": "string"}).after(b'"' + data + b'"').nullable == whole


NO_UTF8 = [b"\xed\xa0\x80", b"\xc0\x80", b"\xe0\x80\x80", b"\xf4\x90\x80\x80", b"\xf0\x80\x80\x80", b"\xff"]


@pytest.mark.parametrize("data", NO_UTF8)
def test_surrogates_and_overlong_forms_are_no_utf8(data):
    assert not json_expression({"type": "string"}).after(b'"' + data + b'"').nullable


def test_what_a_step_needs():
    constraint = regex_constraint("ab(cd)?", CharTokenizer("abcdx"))
    assert np.minimum(constraint.needs(constraint.start), 9).tolist() == [1, 9, 9, 9, 9]
    after = constraint.advance(constraint.advance(constraint.start, 0), 1)
    assert constraint.complete(after) and np.minimum(constraint.needs(after), 9).tolist() == [9, 9, 1, 9, 9]
    assert constraint.shortest(constraint.start) == 2


def test_time_to_end_is_kept():
    tokenizer = CharTokenizer("abcdx")
    constraint = regex_constraint("ab(cd)*", tokenizer)
    for most, texts in ((2, {"ab"}), (3, {"ab"}), (4, {"abcd"}), (7, {"abcdcd"})):
        found = {
            generate(gpt(s, 5), "x", most, tokenizer=tokenizer, constraint=constraint, seed=s)[0].text for s in range(4)
        }
        assert found == texts
    with pytest.raises(ValueError, match="max_new_tokens leaves 1; what is allowed may need 2"):
        generate(gpt(0, 5), "x", 1, tokenizer=tokenizer, constraint=constraint)
    fixed = regex_constraint("a(bbbb|c)d", tokenizer)  # the longer way does not fit
    options = {"tokenizer": tokenizer, "constraint": fixed, "bias": {1: 50.0}}
    assert [generate(gpt(0, 5), "x", n, seed=0, **options)[0].text for n in (3, 5, 6)] == ["acd", "acd", "abbbbd"]
    near = generate(gpt(0, 5, context=6), "xxx", 50, tokenizer=tokenizer, constraint=constraint)[0]
    assert near.text == "abcd"  # the context ends before the tokens do


def test_probabilities_are_the_models_renormalised():
    tokenizer = CharTokenizer("abcx")
    model = gpt(1, 4).double().eval()
    constraint = regex_constraint("(a|b)x", tokenizer)
    drawn = generate(model, "c", 2, tokenizer=tokenizer, constraint=constraint, seed=0, samples=3000)
    share = np.mean([one.ids[0] == 0 for one in drawn])
    p = model(torch.tensor([[2]]))[0, -1].softmax(0)
    wanted = (p[0] / (p[0] + p[1])).item()
    assert abs(share - wanted) < 4 * (wanted * (1 - wanted) / 3000) ** 0.5 + 1e-9
    assert all(one.text in ("ax", "bx") for one in drawn)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: json_constraint(None, CharTokenizer("abc")), ValueError, "the tokenizer's 3 tokens cannot write"),
        (lambda: json_constraint({"type": "date"}, TOKENIZER), ValueError, "schema.type must be string.*got 'date'"),
        (lambda: json_constraint({"type": "object", "properties": {"a": {"pattern": "x"}}}, TOKENIZER), ValueError,
         "schema.properties.a has 'pattern'; known are"),
        (lambda: json_constraint({"required": ["b"], "properties": {"a": {}}}, TOKENIZER), ValueError,
         "schema.required names 'b', which properties does not"),
        (lambda: json_constraint({"enum": []}, TOKENIZER), ValueError, "schema.enum must be a list that is not empty"),
        (lambda: json_constraint([1], TOKENIZER), ValueError, "schema must be a dict"),
        (lambda: json_constraint({"title": "x"}, TOKENIZER), ValueError, "schema must have type, enum"),
        (lambda: json_constraint({"type": "array", "minItems": 3, "maxItems": 2}, TOKENIZER), ValueError, "maxItems"),
        (lambda: regex_constraint("a(b", TOKENIZER), ValueError, r"'a\(b', character 3: a bracket was not closed"),
        (lambda: regex_constraint("*a", TOKENIZER), ValueError, "character 1: '\\*' stands where"),
        (lambda: regex_constraint("a{3,1}", TOKENIZER), ValueError, "a repetition is written"),
        (lambda: regex_constraint("[a", TOKENIZER), ValueError, "the pattern ends too early"),
        (lambda: regex_constraint(r"\bx", TOKENIZER), ValueError, r"\\b is not understood"),
        (lambda: regex_constraint("a)", TOKENIZER), ValueError, r"'\)' was not expected"),
        (lambda: generate(gpt(0), "x", 9, tokenizer=TOKENIZER, stop="a", constraint=json_constraint(None, TOKENIZER)),
         ValueError, "stop and constraint exclude each other"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
