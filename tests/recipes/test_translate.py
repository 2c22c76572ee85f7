"""The recipe for translation: trains on generated dates, is killed, goes on, and tells what is wrong with its input."""

import gzip
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "recipes" / "translate.py"
if not RECIPE.is_file():
    pytest.skip("recipes stand in the checkout only", allow_module_level=True)
SPEC = importlib.util.spec_from_file_location("recipe_translate", RECIPE)
translate = importlib.util.module_from_spec(SPEC)
sys.modules["recipe_translate"] = translate  # dataclasses look their module up
SPEC.loader.exec_module(translate)

TINY = ["--preset", "tiny", "--threads", "1", "--precision", "float32", "--beams", "2"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src")}


def test_it_trains_and_a_killed_run_goes_on_to_the_same_weights(tmp_path, capsys):
    from groundup.neural.training import read_state

    whole, parts = str(tmp_path / "whole"), str(tmp_path / "parts")
    assert translate.main([*TINY, "--folder", whole, "--steps", "80"]) == 0
    told = capsys.readouterr().out
    assert "600 pairs, 330 tokens" in told and "test, 2 beams" in told and "  reads " in told
    files = {file.name for file in (tmp_path / "whole").iterdir()}
    assert {
        "attention.png",
        "translations.txt",
        "result.json",
        "log.jsonl",
        "tokenizer.json",
        "best.safetensors",
    } <= files
    rows = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [40, 80] and rows[1]["val_loss"] < rows[0]["val_loss"]
    command = [sys.executable, RECIPE, *TINY, "--folder", parts, "--steps", "80"]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not any(Path(parts).glob("step-*")):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert translate.main([*TINY, "--folder", parts, "--steps", "80", "--resume"]) == 0
    assert "resumed at step " in capsys.readouterr().out
    states = [read_state(f"{folder}/step-000000080.safetensors") for folder in (whole, parts)]
    assert all((a == b).all() for a, b in zip(states[0]["model"].values(), states[1]["model"].values(), strict=True))
    assert translate.main([*TINY, "--folder", whole, "--evaluate"]) == 0
    assert json.loads((tmp_path / "whole" / "result.json").read_text())["sentences"] == 20


def test_minutes_end_it_and_it_goes_on(tmp_path, capsys):
    folder = str(tmp_path / "run")
    assert translate.main([*TINY, "--folder", folder, "--minutes", "0.0001", "--steps", "45"]) == 0
    told = capsys.readouterr().out
    assert "0.0001 minutes are over, at step 1; go on with: " in told and f"--resume --folder {folder}" in told
    assert "no evaluation yet: the first is at step 40" in told
    assert translate.main([*TINY, "--folder", folder, "--resume", "--steps", "45"]) == 0
    assert "resumed at step 1\n" in capsys.readouterr().out


def test_control_c_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-u", RECIPE, *TINY, "--folder", tmp_path / "run", "--steps", "4000"]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not process.stdout.readline().startswith("step"):
        pass
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130
    assert f"--resume --folder {tmp_path / 'run'}" in told and "Traceback" not in told


def folder_of(tmp_path, lines=3, short=None):
    for name in translate.FILES.values():
        for language in ("en", "de"):
            text = "".join(f"A dog number {i}.\n" for i in range(lines - (f"{name}.{language}" == short)))
            (tmp_path / f"{name}.{language}.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--steps", "0"], "--steps must be at least 1; got 0"),
        (["--beams", "-1"], "--beams must be at least 1; got -1"),
        (["--minutes", "nan"], "--minutes must be above 0 and finite; got nan"),
        (["--seed", "-1"], "--seed must be at least 0; got -1"),
        (["--norm", "middle"], "invalid choice: 'middle'"),
        (["--preset", "tiny", "--resume"], "holds no checkpoint: leave --resume and --evaluate out"),
        ([], "no data: name a folder with --data, or set GROUNDUP_DATA. The files are in github.com/multi30k"),
        (["--data", "nowhere"], "nowhere lacks train.en.gz, train.de.gz, val.en.gz"),
    ],
)
def test_wrong_input_is_told(tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)
    with pytest.raises(SystemExit) as caught:
        translate.main(["--folder", str(tmp_path), *arguments])
    assert caught.value.code == 2 and words in capsys.readouterr().err


def test_a_folder_in_use_is_told(tmp_path, capsys):
    (tmp_path / "step-000000001.safetensors").touch()
    with pytest.raises(SystemExit):
        translate.main([*TINY, "--folder", str(tmp_path)])
    assert "holds a training already: add --resume or --evaluate" in capsys.readouterr().err


def test_files_are_read_and_unequal_ones_told(tmp_path):
    parts = translate.multi30k(folder_of(tmp_path))
    assert [len(parts[name]) for name in ("train", "validation", "test")] == [3, 3, 3]
    assert parts["test"][1] == ("A dog number 1.", "A dog number 1.")
    with pytest.raises(SystemExit, match="3 English lines and 2 German ones"):
        translate.multi30k(folder_of(tmp_path, short="val.de"))


def test_cleaning():
    assert translate.cleaned(" Ein\u00a0„Hund“ \n la\u0308uft – weg… ") == 'Ein "Hund" läuft - weg...'
    pairs = [("a b", "c d"), ("a b", "c d"), ("", "c"), ("a", "b c d e f g h"), ("a b c", "d")]
    assert translate.filtered(pairs) == [("a b", "c d"), ("a b c", "d")]


def test_generated_dates_are_right():
    parts = translate.dates()
    assert [len(parts[name]) for name in ("train", "validation", "test")] == [600, 20, 20]
    for words, digits in parts["test"]:
        year, month, day = digits.split("-")
        assert year in words and f"{int(day)}" in words and len(month) == 2
    assert not {words for words, _ in parts["train"]} & {words for words, _ in parts["test"]}
