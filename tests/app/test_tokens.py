"""The page of tokens: what is shown, what is kept out, and the process behind it."""

import asyncio
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from groundup.app.services import tokens, tokens_child
from groundup.text.tokenization import BPETokenizer, UnigramTokenizer, WordPieceTokenizer, save


class Small:
    """Two tokenizers that need no training worth the name, in this process."""

    def __init__(self) -> None:
        self.kept = tokens_child.Tokenizers.__new__(tokens_child.Tokenizers)
        self.kept.ours = {"bytes": BPETokenizer.train("", 256)}

    async def cut(self, text: str) -> dict:
        if "fail" in text:
            raise RuntimeError("the tokenizers' process ended without an answer")
        return json.loads(json.dumps(self.kept.cut(text)))


@pytest.fixture
def cutting(app, client):
    """A client of an app whose tokenizers are small."""
    app.state.tokens = Small()
    return client


def test_the_page_is_reached_from_the_navigation(client):
    assert 'href="/tokens"' in client.get("/").text
    page = client.get("/tokens").text
    assert 'name="text"' in page and "Cut it" in page and 'aria-current="page"' in page


def test_tokens_are_shown_with_ids_and_bytes(cutting):
    text = cutting.post("/tokens?part=1", data={"text": "a é\n"}).text
    shown = re.findall(r'<span class="token [^"]*"[^>]*title="id (\d+), bytes ([0-9A-F ]+)"[^>]*>([^<]*)</span>', text)
    assert [(data, label) for _, data, label in shown] == [
        ("61", "a"), ("20", "·"), ("C3", "C3"), ("A9", "A9"), ("0A", "⏎"),
    ]  # fmt: skip
    assert "<td>5</td><td>1.25</td>" in text  # tokens, and beside four characters
    assert text.count("token-part") == 2 and text.count('tabindex="0"') == 1 and "<br>" in text


def test_it_works_without_scripts(cutting):
    page = cutting.post("/tokens", data={"text": "ab\r\n</textarea><script>1</script>"}).text
    assert "<!doctype html>" in page and "&lt;/textarea&gt;" in page and "<script>1" not in page
    assert 'class="token token-0' in page


def test_nothing_is_cut_from_an_empty_text(cutting):
    shown = cutting.post("/tokens?part=1", data={"text": ""}).text
    assert 'class="token' not in shown and "There is no text to cut yet." in shown


def test_long_texts_are_cut_up_to_the_limit_and_that_is_said(cutting):
    text = cutting.post("/tokens?part=1", data={"text": "x" * (tokens.LIMIT + 7)}).text
    assert "Only the first 100,000 characters are cut; 7 are left out." in text
    assert text.count('role="listitem"') == tokens_child.SHOWN
    assert "The first 4,000 are shown." in text


def test_a_failure_is_said(cutting):
    answer = cutting.post("/tokens?part=1", data={"text": "fail"})
    assert answer.status_code == 503
    assert "ended without an answer" in answer.text.lower() and "Your text is kept" in answer.text


def test_strangers_and_pages_without_a_token_are_refused(cutting, stranger):
    assert stranger.post("/tokens", data={"text": "a"}).status_code in (401, 403)
    assert cutting.post("/tokens", data={"text": "a"}, headers={"X-CSRF-Token": "wrong"}).status_code == 403


def test_labels_show_what_cannot_be_seen():
    assert tokens_child.label(b" a\t", None)["text"] == "·a⇥"
    assert tokens_child.label("\u200d\x07".encode(), None)["text"] == "⟨ZWJ⟩⟨7⟩"
    assert tokens_child.label(b"\xe2\x82", None) == {"text": "E2 82", "kind": "part", "breaks": 0}
    assert tokens_child.label(b"able", "##able")["text"] == "##able"
    assert tokens_child.label(b"", None)["text"] == "∅"
    assert tokens_child.label("\u0301s".encode(), None)["text"] == "◌\u0301s"  # its letter is in the token before


def test_what_is_unknown_is_counted():
    words = WordPieceTokenizer.train("ab abc", 20, special_tokens=["[UNK]"])
    told = tokens_child.row("a", "b", words, "ab 東京 [UNK]")  # two signs, and brackets with letters unknown
    assert told["unknown"] == 5 == sum(token["unknown"] for token in told["tokens"]) and told["count"] == 6
    pieces = UnigramTokenizer([("<unk>", 0.0), ("▁", -1.0), ("a", -1.0)])
    assert tokens_child.unknown_id(pieces) == 0
    assert tokens_child.row("a", "b", BPETokenizer.train("", 256), "東")["unknown"] == 0


def test_the_learners_own_files_are_shown_and_bad_ones_said(cutting, settings):
    folder = settings.home / "tokenizers"
    folder.mkdir(parents=True)
    save(BPETokenizer.train("aaaa aaaa", 258), folder / "mine.json")
    (folder / "bad.json").write_text("{")
    (folder / "bad.model").write_bytes(b"\xff\xff")
    (folder / "notes.txt").write_text("nothing")
    text = cutting.post("/tokens?part=1", data={"text": "aaaa"}).text
    assert "mine.json" in text and "your file" in text
    assert "bad.json" in text and "bad.model: no SentencePiece model" in text and "notes.txt" not in text


def test_the_corpus_is_the_courses_own_text():
    texts = tokens_child.corpus()
    assert sum(map(len, texts)) > 100_000
    assert any("# Normalization" in text for text in texts)


def test_a_process_that_dies_is_said_and_another_is_started(monkeypatch):
    echo = "import sys, json\nfor line in sys.stdin:\n    t = json.loads(line)['text']\n    "
    echo += "sys.exit(1) if t == 'die' else print(json.dumps({'tokenizers': [], 'got': t}), flush=True)"

    async def start():
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, "-c", echo, stdin=pipe, stdout=pipe)

    monkeypatch.setattr(tokens, "_start", start)

    async def story():
        helper = tokens.TokenHelper()
        assert (await helper.cut("a\nb"))["got"] == "a\nb"
        with pytest.raises(RuntimeError, match="ended without an answer"):
            await helper.cut("die")
        assert (await helper.cut("again"))["got"] == "again"
        with pytest.raises(ValueError, match="at most 100000 are cut"):
            await helper.cut("x" * 100_001)
        await helper.close()
        assert helper._process is None

    with ThreadPoolExecutor(1) as pool:  # a browser test before this one leaves a loop running in this thread
        pool.submit(asyncio.run, story()).result()
