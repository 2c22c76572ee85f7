"""Outputs that mean the same on every machine, and the file they are shipped in."""

import json
import time
from dataclasses import replace

import pytest

from groundup import paths
from groundup.course.errors import ContentError
from groundup.course.outputs import Machine, Recorded, RecordedCell, load_recorded, normalise, save_recorded, slim_svg


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def display(kind: str = "display_data", **data: str) -> dict:
    mimes = {mime.replace("_", "/").replace("svg", "svg+xml"): text for mime, text in data.items()}
    return {"output_type": kind, "data": mimes, "metadata": {}, "execution_count": 3}


def test_streams_of_one_name_are_joined_and_others_kept_apart():
    assert normalise([stream("a"), stream("b\n"), stream("w", "stderr"), stream("c")]) == [
        stream("ab\n"),
        stream("w", "stderr"),
        stream("c"),
    ]


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["10%\r50%\r100%\n"], "100%\n"),
        (["10%\r", "50%", "\rdone\nnext"], "done\nnext"),
        (["windows\r\nends\r\n"], "windows\nends\n"),
        (["\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link"], "red link"),
    ],
)
def test_a_carriage_return_rewrites_its_line_and_colours_go(pieces, shown):
    assert normalise([stream(piece) for piece in pieces]) == [stream(shown)]


def test_paths_and_addresses_of_the_machine_go():
    (cleaned,) = normalise(
        [
            stream(
                f"{paths.PACKAGE}/bench.py /x/lib/python3.11/site-packages/numpy/a.py "
                "/tmp/ipykernel_12/34.py:3 <object at 0x7f01ab>"
            )
        ]
    )
    assert cleaned["text"] == "groundup/bench.py numpy/a.py cell:3 <object at 0x…>"


def test_data_keeps_the_richest_picture_or_all_text():
    svg = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="1">\n <metadata>date</metadata>\n <g/>\n</svg>\n'
    assert normalise([display(image_svg=svg, text_plain="<Figure size 640x480>")]) == [
        {"output_type": "display_data", "data": {"image/svg+xml": '<svg width="1">\n<g/>\n</svg>'}}
    ]
    assert normalise([display("execute_result", text_html="<b>1</b>", text_plain="1", text_latex="$1$")]) == [
        {"output_type": "execute_result", "data": {"text/html": "<b>1</b>", "text/latex": "$1$", "text/plain": "1"}}
    ]
    assert normalise([display(application_json="{}")]) == []


def test_errors_have_lines_without_colours():
    raw = {"output_type": "error", "ename": "E", "evalue": "\x1b[1mv", "traceback": ["\x1b[31ma\nb\x1b[0m", "c"]}
    assert normalise([raw]) == [{"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b", "c"]}]


def test_svg_coordinates_are_rounded_but_scales_are_not():
    svg = (
        '<svg><path d="M 1.23456 -0.00004\nL 5 1e-05" transform="translate(3.14159 0) scale(0.015625)"/>'
        '<use x="10.12345" y="1"/><g data-x="1.23456" transform="matrix(0.123456 0 0 1 0 0)"/></svg>'
    )
    assert slim_svg(svg) == (
        '<svg><path d="M 1.23 0\nL 5 1e-05" transform="translate(3.14 0) scale(0.015625)"/>'
        '<use x="10.12" y="1"/><g data-x="1.23456" transform="matrix(0.123456 0 0 1 0 0)"/></svg>'
    )


@pytest.mark.parametrize("text", ["x" * 10**6, "/" * 10**6, " " * 10**6, "1" * 10**6, "\x1b[" * 10**6, "\r" * 10**6])
def test_long_output_takes_linear_time(text):
    start = time.perf_counter()
    normalise([stream(text), display(image_svg=f'<svg d="{text}">{text}'), display(text_html=text)])
    assert time.perf_counter() - start < 60  # a guard against hanging: quadratic work would take hours


def recorded(lesson, outputs) -> Recorded:
    return Recorded.now(lesson, "stamp", {"shoes": RecordedCell("h", 0.5, outputs), "a-slider": RecordedCell("i", 1.0)})


def test_recorded_outputs_come_back_as_they_were(doubling):
    assert load_recorded(doubling) is None
    saved = recorded(doubling, [stream("größer ≥ 1\n")])
    save_recorded(doubling, saved)
    assert load_recorded(doubling) == saved
    assert saved.seconds == 1.5
    assert saved.machine == Machine.here()
    assert [file.name for file in doubling.path.glob("recorded*")] == ["recorded.json"]


def test_a_machine_has_no_name(monkeypatch):
    import platform
    import socket

    here = json.dumps(Machine.here().__dict__)
    assert socket.gethostname() not in here and platform.node() not in here
    assert Machine.here().cores >= 1 and Machine.here().cpu


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "cells": {"a": {"colour": 1}}}', '{"format": 1}']
)
def test_a_damaged_file_is_told(doubling, text):
    (doubling.path / "recorded.json").write_text(text)
    with pytest.raises(ContentError, match=r"recorded\.json:1: is damaged .*record the lesson again"):
        load_recorded(doubling)


def test_outputs_too_large_to_ship_are_refused(doubling):
    big = {"output_type": "display_data", "data": {"image/svg+xml": "<svg>" + "x" * 300_000}}
    with pytest.raises(ContentError, match="cell shoes: its figure is an SVG of 300,005 bytes, over 300,000") as caught:
        save_recorded(doubling, recorded(doubling, [big]))
    assert caught.value.line == doubling.cell("shoes").line
    with pytest.raises(ContentError, match=r"cell shoes: puts out 1,000,\d+ bytes"):
        save_recorded(doubling, recorded(doubling, [stream("x" * 1_000_000)]))
    assert load_recorded(doubling) is None
    fine = replace(recorded(doubling, [stream("x" * 900_000)]))
    save_recorded(doubling, fine)
