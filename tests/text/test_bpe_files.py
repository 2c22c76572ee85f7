"""Files of byte pair encodings: what is written is read, other programs agree, and what we cannot follow is refused."""

import base64
import copy
import json
import re

import pytest

from groundup.proofs.text._tokenization_bpe import corpus, hugging_face, strange, tiktoken_encoding
from groundup.text.tokenization import BPETokenizer, CharTokenizer, load, save
from groundup.text.tokenization.bpe_files import from_published, read_vocab_merges, to_published, write_vocab_merges
from groundup.text.tokenization.tiktoken_files import read_ranks, read_tiktoken, write_tiktoken

TEXT = corpus(30_000)
SAMPLE = TEXT[:3000] + "<|end|>" + strange(3000)
PATTERNS = ["gpt2", "cl100k", "llama3", "qwen2", None]


def trained(pattern="gpt2", **options):
    return BPETokenizer.train(TEXT, 400, pattern=pattern, special_tokens=["<|end|>", "<|pad|>"], **options)


def described(**changes):
    """A tokenizer.json with some fields changed: pre_tokenizer__use_regex=False."""
    data = to_published(trained())
    for name, value in changes.items():
        *path, last = name.split("__")
        part = data
        for step in path:
            part = part[int(step) if step.isdigit() else step]
        part[last] = value
    return data


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("by_rank", [False, True])
def test_what_is_saved_is_loaded(tmp_path, pattern, published, by_rank):
    tokenizer = trained(pattern)
    if by_rank:
        tokenizer = BPETokenizer(tokenizer.vocab, pattern=pattern, special_tokens=tokenizer.special_tokens)
    file = tmp_path / "t.json"
    save(tokenizer, file, published=published)
    again = load(file)
    assert isinstance(again, BPETokenizer) and again.merges == tokenizer.merges and again.vocab == tokenizer.vocab
    assert again.special_tokens == tokenizer.special_tokens and again.pattern == pattern
    assert again.encode(SAMPLE, allowed_special="all") == tokenizer.encode(SAMPLE, allowed_special="all")
    first = file.read_bytes()
    save(again, file, published=published)
    assert file.read_bytes() == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.json"]  # nothing is left beside it


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    file = tmp_path / "t.json"
    save(trained(), file)
    first = file.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("groundup.files.flush", full)
    with pytest.raises(OSError, match="no space"):
        save(CharTokenizer("ab"), file)
    assert file.read_bytes() == first and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("alphabet", ["abc", "é\ud800\U0001f600"])
def test_the_alphabet_is_saved(tmp_path, alphabet):
    save(CharTokenizer(alphabet), tmp_path / "t.json")
    assert load(tmp_path / "t.json").encode(alphabet) == CharTokenizer(alphabet).encode(alphabet)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("spelling", ["pairs", "lines"])
def test_tokenizers_and_ours_agree_about_a_file(pattern, spelling):
    tokenizers = pytest.importorskip("tokenizers")
    data = to_published(trained(pattern))
    if spelling == "lines":
        data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    theirs = tokenizers.Tokenizer.from_str(json.dumps(data))
    written = json.loads(theirs.to_str())  # what the library itself writes
    for ours in (from_published(data), from_published(written)):
        for text in (SAMPLE, "", "a", "a\n  ", "12345 ", "<|end|>", "<|pad|><|end|>x"):
            assert ours.encode(text, allowed_special="all") == theirs.encode(text).ids
        ids = ours.encode(TEXT)
        assert ours.decode(ids) == theirs.decode(ids) == TEXT


@pytest.mark.parametrize("whole", [False, True])
def test_ignore_merges_is_followed(whole):
    pytest.importorskip("tokenizers")
    base = trained()
    vocab = base.vocab | {b" zyx": 402, b"zyxw": 403}
    ours = BPETokenizer(vocab, base.merges, whole_words=whole)
    for text in (" zyx", "zyxw", " zyxw zyx"):
        assert ours.encode(text) == hugging_face(ours).encode(text).ids
    assert (402 in ours.encode(" zyx")) is whole


@pytest.mark.parametrize("text", ["the cat", " the cat", "<|end|>the cat", "the <|end|> cat", "\nthe"])
def test_prefix_space_is_followed(text):
    pytest.importorskip("tokenizers")
    data = described(pre_tokenizer__add_prefix_space=True)
    ours = from_published(data)
    assert ours.encode(text, allowed_special="all") == hugging_face(ours).encode(text).ids


def test_use_regex_false_means_no_pattern():
    assert from_published(described(pre_tokenizer__use_regex=False)).pattern is None


def test_a_special_token_of_the_vocabulary_is_special():
    data = described()
    data["model"]["vocab"]["<|end|>"] = data["added_tokens"][0]["id"]
    assert from_published(data).special_tokens == trained().special_tokens
    data["model"]["vocab"]["<|end|>"] = 5000
    with pytest.raises(ValueError, match=r"added_tokens\.id must be 5000"):
        from_published(data)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"normalizer": {"type": "NFC"}}, "normalizer must be null"),
        ({"truncation": {"max_length": 5}}, "truncation must be null"),
        ({"padding": {}}, "padding must be null"),
        ({"decoder": {"type": "WordPiece"}}, "decoder.type"),
        ({"post_processor": {"type": "TemplateProcessing"}}, "post_processor.type must be 'ByteLevel'"),
        ({"pre_tokenizer": None}, "pre_tokenizer must be a JSON object"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "pre_tokenizer.type must be 'ByteLevel' or 'Sequence'"),
        ({"pre_tokenizer": {"type": "Sequence", "pretokenizers": []}}, "Split and ByteLevel"),
        ({"model__dropout": 0.1}, "model.dropout"),
        ({"model__byte_fallback": True}, "model.byte_fallback"),
        ({"model__continuing_subword_prefix": "##"}, "model.continuing_subword_prefix"),
        ({"model__end_of_word_suffix": "</w>"}, "model.end_of_word_suffix"),
        ({"model__merges": None}, "model.merges must be a list"),
        ({"model__vocab": []}, "model.vocab must be a JSON object"),
        ({"model__vocab": {"a": 1}}, "merge 0 must be tokens of the vocabulary"),
        ({"model__merges": ["a b c"]}, "merge 0 must be two tokens; got 'a b c'"),
        ({"model__merges": [["a"]]}, "merge 0 must be two tokens"),
        ({"model__merges": ["▁ a"]}, "GPT-2's characters for bytes"),
        ({"added_tokens__0__lstrip": True}, "added_tokens.lstrip must be false for '<.end.>'"),
        ({"added_tokens__0__single_word": True}, "added_tokens.single_word"),
        ({"added_tokens__0__content": "<|pad|>"}, "different contents"),
        ({"added_tokens__0__normalized": True}, "added_tokens.normalized"),
        ({"added_tokens__0__id": 3}, "ids of their own; 3"),
        ({"added_tokens__0__id": None}, "must have ids of at least 0"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        from_published(described(**changes))


SPLIT = {"type": "Split", "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pattern": {"Regex": r"\w+"}}, "a pattern of pretokenize"),
        ({"pattern": {"String": " "}}, "a pattern of pretokenize"),
        ({"behavior": "Removed"}, "Split.behavior must be 'Isolated'"),
        ({"invert": True}, "Split.invert must be False"),
    ],
)
def test_another_split_is_refused(change, message):
    data = to_published(trained("llama3"))
    data["pre_tokenizer"]["pretokenizers"][0].update(change)
    with pytest.raises(ValueError, match=message):
        from_published(data)


@pytest.mark.parametrize("field", ["add_prefix_space", "use_regex"])
def test_a_second_cut_after_the_split_is_refused(field):
    data = to_published(trained("llama3"))
    data["pre_tokenizer"]["pretokenizers"][1][field] = True
    with pytest.raises(ValueError, match=f"ByteLevel.{field} must be False"):
        from_published(data)


START = '{"type": "bpe", "whole_words": true, "prefix_space": false'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Expecting value"),
        ("[1]", "JSON object; got list"),
        ("{", "Expecting"),
        ("\xff", "Expecting value|decode"),
        ("{}", "type must be one of bpe"),
        ('{"type": []}', "type must be one of bpe"),
        (START + "}", "lacks 'merges'"),
        (START + ', "merges": [[1]], "vocab": {}}', "merges must be pairs of ids"),
        (START + ', "merges": 5, "vocab": {}}', "wrong kind"),
        (START + ', "merges": [], "vocab": []}', "wrong kind"),
        ('{"type": "characters"}', "alphabet must be a text"),
        ('{"type": "characters", "alphabet": ""}', "at least one character"),
        ('{"model": 5}', "model must be a JSON object"),
        ('{"model": {"type": "Quantum"}}', "model.type must be one of BPE"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    file = tmp_path / "damaged.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"damaged\.json: ") as fault:
        load(file)
    assert re.search(message, str(fault.value))


def test_a_cut_off_file_is_refused_wherever_it_is_cut(tmp_path):
    file = tmp_path / "t.json"
    save(trained(), file)
    whole = file.read_bytes()
    for cut in range(0, len(whole) - 2, 97):
        file.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=r"t\.json"):
            load(file)


def test_a_field_less_or_of_another_kind_is_refused(tmp_path):
    data = trained().to_json()
    for field in data:
        for value in (None, 5, "x", [[]], {"a": "b"}):
            broken = copy.deepcopy(data) | {field: value}
            (tmp_path / "t.json").write_text(json.dumps(broken))
            if (field, value) in [("merges", None), ("pattern", None), ("special_tokens", None)]:
                continue
            with pytest.raises(ValueError, match=r"t\.json"):
                load(tmp_path / "t.json")


def test_vocab_and_merges_of_gpt2(tmp_path):
    tokenizer, files = trained(), (tmp_path / "vocab.json", tmp_path / "merges.txt")
    write_vocab_merges(tokenizer, *files)
    again = read_vocab_merges(*files, special_tokens=["<|end|>", "<|pad|>", "<|none|>"])
    assert again.merges == tokenizer.merges and again.special_tokens == tokenizer.special_tokens
    assert again.encode(SAMPLE) == tokenizer.encode(SAMPLE)
    lines = files[1].read_text("utf-8")
    assert lines.startswith("#version: 0.2\n")
    files[1].write_bytes(lines.replace("\n", "\r\n").encode())
    assert read_vocab_merges(*files, special_tokens=["<|end|>", "<|pad|>"]).merges == tokenizer.merges
    files[1].write_text(lines + "lonely\n", "utf-8")
    with pytest.raises(ValueError, match=r"merges\.txt with .*merge 142 must be two tokens; got 'lonely'"):
        read_vocab_merges(*files)
    files[0].write_text("[]")
    with pytest.raises(ValueError, match=r"vocab\.json: the vocabulary must be a JSON object"):
        read_vocab_merges(*files)
    with pytest.raises(ValueError, match="whole_words must be False"):
        write_vocab_merges(BPETokenizer(tokenizer.vocab), *files)


def test_rank_files_are_tiktokens(tmp_path):
    load_ranks = pytest.importorskip("tiktoken.load")
    tokenizer, file = trained("cl100k"), tmp_path / "x.tiktoken"
    write_tiktoken(tokenizer, file)
    assert read_ranks(file) == load_ranks.load_tiktoken_bpe(str(file)) == tokenizer.vocab
    again = read_tiktoken(file, pattern="cl100k", special_tokens=tokenizer.special_tokens)
    assert again.by_rank and again.encode(SAMPLE) == tokenizer.encode(SAMPLE)
    assert again.encode(SAMPLE) == tiktoken_encoding(again).encode_ordinary(SAMPLE)
    write_tiktoken(again, file)
    assert read_ranks(file) == tokenizer.vocab


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (b"IQ==", "line 257 must hold a token in base64 and its rank"),
        (b"I?== 300", "line 257 must hold"),
        (b"IWE= x", "line 257 must hold"),
        (b"AA== 300", "line 257 has the token b'.x00' a second time"),
        (b"IWE= 5", "different ids; 5 stands for"),
        (b"IWE= -5", "ids from 0"),
    ],
)
def test_a_damaged_rank_file_is_refused(tmp_path, lines, message):
    file = tmp_path / "x.tiktoken"
    file.write_bytes(b"".join(b"%s %d\n" % (base64.b64encode(bytes([b])), b) for b in range(256)) + lines)
    with pytest.raises(ValueError, match=rf"x\.tiktoken: .*{message}"):
        read_tiktoken(file, pattern="gpt2")
    file.write_bytes(b"AA== 0\n")
    with pytest.raises(ValueError, match="255 are missing"):
        read_tiktoken(file, pattern="gpt2")


def test_what_ranks_cannot_say_is_refused(tmp_path):
    base = {bytes([b]): b for b in range(256)}
    backwards = BPETokenizer(base | {b"ab": 257, b"cd": 256}, [(97, 98), (99, 100)])
    with pytest.raises(ValueError, match="in the order of their ids"):
        write_tiktoken(backwards, tmp_path / "x")
    with pytest.raises(ValueError, match="prefix_space must be False"):
        write_tiktoken(BPETokenizer(base, [], prefix_space=True), tmp_path / "x")
