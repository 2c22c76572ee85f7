"""Documents: read from files, folders and packages, split, told apart; and what is said of bad ones."""

import gzip
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.llm.pretraining import (
    CorpusError,
    Document,
    fingerprint,
    package_documents,
    read_documents,
    split,
    without_copies,
)


def test_files_and_folders_are_read_in_order(tmp_path):
    (tmp_path / "b.txt").write_text("two")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.md.gz").write_bytes(gzip.compress("drei ß".encode()))
    (tmp_path / "picture.png").write_bytes(b"\xff\xd8")
    (tmp_path / "empty.txt").write_text("")
    assert read_documents(tmp_path) == [Document("b.txt", "two"), Document("sub/a.md.gz", "drei ß")]
    assert read_documents([tmp_path / "sub" / "a.md.gz", str(tmp_path / "b.txt")])[0].text == "drei ß"


def test_line_ends_are_kept(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\rthree\n")
    assert read_documents(tmp_path)[0].text == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize(
    "content, name, words",
    [
        (b"good \xff bad", "a.txt", "a.txt is not UTF-8: byte 0xff at 5"),
        (b"", "a.txt", "has no text: 1 file, all empty"),
        (b"no gzip", "a.txt.gz", "cannot be read: Not a gzipped file"),
        (gzip.compress(b"cut short" * 99)[:-9], "a.txt.gz", "a.txt.gz cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, content, name, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=words):
        read_documents(tmp_path / name)


def test_bad_bytes_can_be_replaced(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"good \xff bad")
    assert read_documents(tmp_path, errors="replace")[0].text == "good \ufffd bad"
    with pytest.raises(ValueError, match="errors must be one of 'strict', 'replace'; got 'ignore'"):
        read_documents(tmp_path, errors="ignore")


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(CorpusError, match="nowhere does not exist"):
        read_documents(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match=r"has no file that ends in \.txt"):
        read_documents(tmp_path)
    with pytest.raises(CorpusError, match="'no-such-package' is not installed"):
        package_documents(["no-such-package"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("secret")
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read: Permission denied"):
        read_documents(tmp_path)


def test_an_unreadable_folder_in_place_of_a_file(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x")

    def broken(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pathlib.Path.read_bytes", broken)
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read: Input/output error"):
        read_documents(tmp_path)


def test_sources_of_a_package():
    documents = package_documents(["networkx"])
    assert len(documents) > 300 and all(d.text and d.name.startswith("networkx-") for d in documents)
    assert any(d.name.endswith("networkx/classes/graph.py") and "class Graph" in d.text for d in documents)
    assert fingerprint(documents) == fingerprint(package_documents(["networkx"]))


def test_copies_are_left_out_case_and_spaces_aside():
    texts = ["Hello  World", "other", "hello world\n", "HELLO\tWORLD", "hello, world"]
    kept = without_copies([Document(str(i), text) for i, text in enumerate(texts)])
    assert [d.name for d in kept] == ["0", "1", "4"]


def test_the_fingerprint_sees_every_boundary():
    prints = {fingerprint([Document(*pair) for pair in pairs]) for pairs in
              ([("a", "bc")], [("ab", "c")], [("a", "b"), ("c", "")], [("a", "b")], [])}  # fmt: skip
    assert len(prints) == 5


@given(st.lists(st.text(max_size=5), min_size=2, max_size=40, unique=True), st.floats(0.01, 0.9))
def test_a_split_leaves_something_on_both_sides_and_loses_nothing(names, share):
    documents = [Document(name, "x") for name in names]
    training, validation = split(documents, share)
    assert training and validation
    assert sorted(d.name for d in training + validation) == sorted(names)


def test_a_document_stays_on_its_side_when_others_come():
    documents = [Document(f"file-{i}", "x") for i in range(2000)]
    training, validation = split(documents, 0.1)
    assert 150 < len(validation) < 250
    fewer = split(documents[::2], 0.1)
    assert set(fewer[0]) <= set(training) and set(fewer[1]) <= set(validation)


def test_one_document_is_cut_at_its_end():
    training, validation = split([Document("a", "0123456789")], 0.2)
    assert (training[0].text, validation[0].text) == ("01234567", "89")
    with pytest.raises(CorpusError, match="a has 1 characters, too few"):
        split([Document("a", "0")], 0.2)
    with pytest.raises(CorpusError, match="no document"):
        split([], 0.2)
    with pytest.raises(ValueError, match="share must be above 0 and below 1; got 1"):
        split(training, 1)


def test_the_same_document_given_twice_is_split_too():
    one = Document("a", "x")
    training, validation = split([one, one, one], 0.5)
    assert (len(training), len(validation)) in ((1, 2), (2, 1))


def test_one_package_by_its_name_and_no_source_at_all():
    assert package_documents("networkx")[0].name.startswith("networkx-")
    with pytest.raises(CorpusError, match="at least one file or folder; got none"):
        read_documents([])
