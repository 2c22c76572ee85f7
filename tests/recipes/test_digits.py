"""The recipe for digits: trains, is interrupted, goes on, and tells what is wrong with its input."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "recipes" / "digits.py"
if not RECIPE.is_file():
    pytest.skip("recipes stand in the checkout only", allow_module_level=True)
SPEC = importlib.util.spec_from_file_location("recipe_digits", RECIPE)
digits = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(digits)


def test_it_trains_and_resumes_and_gives_the_same_weights(tmp_path, capsys):
    from groundup.neural.training import read_state

    whole, parts = str(tmp_path / "whole"), str(tmp_path / "parts")
    assert digits.main(["--folder", whole, "--epochs", "6"]) == 0
    told = capsys.readouterr().out
    assert "digits right, at step" in told and float(told.split("best: ")[1].split()[0]) > 0.9
    command = [sys.executable, RECIPE, "--folder", parts, "--epochs", "6"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not any(Path(parts).glob("step-*")):
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert digits.main(["--folder", parts, "--epochs", "6", "--resume"]) == 0
    assert "resumed at step 1" in capsys.readouterr().out
    states = [read_state(f"{folder}/step-000000132.safetensors") for folder in (whole, parts)]
    assert all((a == b).all() for a, b in zip(states[0]["model"].values(), states[1]["model"].values(), strict=True))


def test_control_c_says_how_to_go_on(tmp_path):
    command = [sys.executable, RECIPE, "--folder", tmp_path / "run", "--epochs", "4000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while not process.stderr.readline().startswith("step"):
        pass
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130
    assert f"--resume --folder {tmp_path / 'run'}" in told and "saved as" in told and "Traceback" not in told


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--epochs", "0"], "--epochs must be at least 1; got 0"),
        (["--width", "-3"], "--width must be at least 1; got -3"),
        (["--lr", "nan"], "--lr must be above 0 and finite; got nan"),
        (["--lr", "inf"], "--lr must be above 0 and finite; got inf"),
        (["--seed", "-1"], "--seed must be at least 0; got -1"),
        (["--lr", "fast"], "invalid float value: 'fast'"),
        (["--resume"], "holds no checkpoint to resume from: leave --resume out"),
    ],
)
def test_wrong_input_is_told(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as caught:
        digits.main(["--folder", str(tmp_path), *arguments])
    assert caught.value.code == 2 and words in capsys.readouterr().err


def test_a_folder_in_use_and_another_network_are_told(tmp_path, capsys):
    assert digits.main(["--folder", str(tmp_path), "--epochs", "1"]) == 0
    with pytest.raises(SystemExit):
        digits.main(["--folder", str(tmp_path)])
    assert "holds a training already: add --resume" in capsys.readouterr().err
    assert digits.main(["--folder", str(tmp_path), "--resume", "--width", "64"]) == 1
    assert "0.weight is float32 (128, 64) in the checkpoint, float32 (64, 64) here" in capsys.readouterr().err


def test_a_rate_that_is_far_too_large_ends_with_a_sentence(tmp_path, capsys):
    assert digits.main(["--folder", str(tmp_path), "--epochs", "30", "--lr", "1e9"]) == 1
    assert "Likely causes" in capsys.readouterr().err
