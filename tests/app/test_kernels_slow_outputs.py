"""Outputs that are made to be slow to read: the server that reads them serves every page."""

import time

import pytest

from groundup.app.services.kernels_html import MAX_HTML, clean_html, output_html
from groundup.app.services.kernels_text import ansi_html

SLOW = ["<!--", "<![CDATA[", "<", "<a ", "</a ", "<?"]


@pytest.mark.parametrize("part", SLOW)
def test_html_that_is_left_open_again_and_again(part):
    started = time.thread_time()
    shown = output_html({"output_type": "display_data", "data": {"text/html": part * (MAX_HTML // len(part))}})
    assert time.thread_time() - started < 3
    assert "takes too long" in shown or "<iframe" in shown


def test_html_nested_by_the_thousand():
    started = time.thread_time()
    clean = clean_html("<div>" * 40_000 + "</b>" * 49_000)
    assert time.thread_time() - started < 3
    assert clean.count("<div>") == clean.count("</div>") == 200


def test_a_large_table_is_read_in_time():
    row = "<tr>" + "<td>0.123456</td>" * 20 + "</tr>"
    table = f"<table>{row * 1100}</table>"
    assert len(table) > 350_000 and clean_html(table) == table


def test_backspaces_by_the_thousand():
    started = time.thread_time()
    assert ansi_html("a" * 50_000 + "\b" * 50_000) == ""
    assert time.thread_time() - started < 1
    assert ansi_html("\b\bab\b\bc\bd") == "d"
