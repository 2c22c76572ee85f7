"""The recipe for pretraining: it is killed and goes on bit for bit, and tells what is wrong with its input."""

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
RECIPE = ROOT / "recipes" / "pretrain.py"
if not RECIPE.is_file():
    pytest.skip("recipes stand in the checkout only", allow_module_level=True)
SPEC = importlib.util.spec_from_file_location("recipe_pretrain", RECIPE)
pretrain = importlib.util.module_from_spec(SPEC)
sys.modules["recipe_pretrain"] = pretrain  # dataclasses look their module up
SPEC.loader.exec_module(pretrain)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for i in range(40):
        lines = [f"{a} times {i} is {a * i}." for a in range(1, 30)]
        (folder / f"table-{i:02}.txt").write_text("\n".join(lines) + "\n")
    return folder


def command(corpus, folder, *more):
    return ["--preset", "tiny", "--corpus", str(corpus), "--folder", str(folder), *more]


def weights(folder, step=30):
    from groundup.neural.training import read_state

    return read_state(folder / "checkpoints" / f"step-{step:09}.safetensors")


def same(a, b):
    return all((x == y).all() for x, y in zip(a.values(), b.values(), strict=True))


@pytest.mark.parametrize("more", [(), ("--dropout", "0.2", "--accumulate", "2", "--optimizer", "adamw")])
def test_killed_and_resumed_it_ends_with_the_same_bits(corpus, tmp_path, capsys, more):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert pretrain.main(command(corpus, whole, *more)) == 0
    told = capsys.readouterr().out
    assert "40 documents" in told and "best: validation loss" in told
    process = subprocess.Popen([sys.executable, RECIPE, *command(corpus, parts, *more)], env=ENVIRONMENT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    while process.poll() is None and not any(parts.glob("checkpoints/step-*")):
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert pretrain.main(["--resume", "--folder", str(parts)]) == 0
    assert "resumed at step" in capsys.readouterr().out
    one, two = weights(whole), weights(parts)
    assert same(one["model"], two["model"]) and one["history"]["length"] == two["history"]["length"] == 3
    model = (whole / "model", parts / "model")
    assert all((m / "model.safetensors").read_bytes() == (model[0] / "model.safetensors").read_bytes() for m in model)


def test_all_that_was_promised_is_in_the_folder(corpus, tmp_path, capsys):
    from groundup.llm.checkpoint import CheckpointError, load_checkpoint
    from groundup.text.tokenization import load
    from groundup.transformers.gpt import GPT

    assert pretrain.main(command(corpus, tmp_path / "run", "--tokenizer", "bpe", "--vocabulary", "300")) == 0
    folder = tmp_path / "run"
    assert (folder / "loss.svg").read_text().startswith("<?xml") and (folder / "settings.json").is_file()
    assert (folder / "samples.txt").read_text().count("--- step") == 3
    model, tokenizer = GPT.from_pretrained(folder / "model"), load(folder / "model" / "tokenizer.json")
    assert model.config.vocab_size == tokenizer.vocab_size == 300
    capsys.readouterr()
    with pytest.raises(CheckpointError, match=r"its model is in .*model"):
        load_checkpoint(folder)
    run = [sys.executable, "-m", "groundup.cli", "generate", folder / "model", "2 times", "--max-tokens", "5"]
    said = subprocess.run(run, env=ENVIRONMENT, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr


def test_prepared_shards_are_used_again_unless_the_corpus_changed(corpus, tmp_path, capsys):
    import shutil

    own = shutil.copytree(corpus, tmp_path / "corpus")
    settings = pretrain.arguments(command(own, tmp_path / "run")).settings
    pretrain.prepared(settings, tmp_path / "run")
    assert "training:" in capsys.readouterr().out
    pretrain.prepared(settings, tmp_path / "run")
    assert capsys.readouterr().out == ""
    (own / "new.txt").write_text("something else\n")
    pretrain.prepared(settings, tmp_path / "run")
    assert "41 documents" in capsys.readouterr().out


def test_control_c_says_how_to_go_on(corpus, tmp_path):
    run = [sys.executable, RECIPE, *command(corpus, tmp_path / "run", "--steps", "100000")]
    process = subprocess.Popen(run, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    while not process.stderr.readline().startswith("step"):
        pass
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130
    assert f"--resume --folder {tmp_path / 'run'}" in told and "saved as" in told and "Traceback" not in told


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--steps", "0"], "--steps must be at least 1; got 0"),
        (["--vocabulary", "256"], "--vocabulary must be at least 257; got 256"),
        (["--lr", "nan"], "--lr must be above 0 and below 100; got nan"),
        (["--dropout", "1"], "--dropout must be from 0 to below 1; got 1.0"),
        (["--share", "0"], "--share must be above 0 and below 0.9; got 0.0"),
        (["--heads", "5"], "--heads must divide --width, 384; got 5"),
        (["--preset", "huge"], "invalid choice: 'huge'"),
        (["--resume"], "holds no training to resume: leave --resume out"),
    ],
)
def test_wrong_settings_are_told(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as caught:
        pretrain.main(["--folder", str(tmp_path), *arguments])
    assert caught.value.code == 2 and words in capsys.readouterr().err


@pytest.mark.parametrize(
    "content, words",
    [
        (None, "input.txt does not exist"),
        (b"", "input.txt has no text"),
        (b"abc \xff", "input.txt is not UTF-8: byte 0xff at 4"),
        (b"too short", "tokens make 0 windows"),
    ],
)
def test_a_corpus_that_cannot_be_used_is_told(tmp_path, capsys, content, words):
    if content is not None:
        (tmp_path / "input.txt").write_bytes(content)
    assert pretrain.main(command(tmp_path / "input.txt", tmp_path / "run")) == 1
    assert words in capsys.readouterr().err


def test_a_long_prompt_and_a_missing_gpu_are_told(corpus, tmp_path, capsys):
    import torch

    assert pretrain.main(command(corpus, tmp_path / "run", "--prompt", "1 times 1 is 1. 1 times")) == 1
    assert "--prompt has 23 tokens; the context has 16" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert pretrain.main(command(corpus, tmp_path / "run", "--device", "cuda")) == 1
        assert "torch finds no GPU here" in capsys.readouterr().err


def test_a_folder_in_use_and_other_settings_are_told(corpus, tmp_path, capsys):
    run = tmp_path / "run"
    assert pretrain.main(command(corpus, run, "--steps", "10")) == 0
    for arguments, words in [
        (command(corpus, run), "holds a training already: add --resume"),
        (
            ["--folder", str(run), "--resume", "--width", "32"],
            "goes on with its own settings: leave --width was 16 out",
        ),
        (["--folder", str(run), "--resume", "--preset", "gpu"], "leave --preset out"),
    ]:
        with pytest.raises(SystemExit):
            pretrain.main(arguments)
        assert words in capsys.readouterr().err
    (run / "settings.json").write_text(json.dumps({"colour": "red"}))
    with pytest.raises(SystemExit):
        pretrain.main(["--folder", str(run), "--resume"])
    assert "settings.json cannot be understood" in capsys.readouterr().err


def test_a_resumed_run_refuses_another_text_and_leaves_its_shards_alone(corpus, tmp_path, capsys):
    import shutil

    own, run = shutil.copytree(corpus, tmp_path / "corpus"), tmp_path / "run"
    assert pretrain.main(command(own, run, "--steps", "10")) == 0
    before = {file: file.read_bytes() for file in run.rglob("*") if file.is_file()}
    for file in own.iterdir():  # as many tokens, other words
        file.write_text(file.read_text().replace("times", "Times"))
    assert pretrain.main(["--folder", str(run), "--resume"]) == 1
    assert f"{own} is not the text that this run began with" in capsys.readouterr().err
    assert all(file.read_bytes() == content for file, content in before.items())


def test_a_file_in_place_of_the_folder_is_told(tmp_path, capsys):
    (tmp_path / "run").write_text("")
    with pytest.raises(SystemExit):
        pretrain.main(["--folder", str(tmp_path / "run")])
    assert "--folder must name a folder" in capsys.readouterr().err


def test_control_c_before_anything_was_begun(tmp_path, capsys, monkeypatch):
    def interrupted(told):
        raise KeyboardInterrupt

    monkeypatch.setattr(pretrain, "_told", interrupted)
    assert pretrain.main(["--folder", str(tmp_path / "run")]) == 130
    assert "nothing was begun" in capsys.readouterr().err


def test_divergence_ends_with_a_sentence_and_the_last_good_checkpoint(corpus, tmp_path, capsys):
    arguments = command(corpus, tmp_path / "run", "--lr", "90", "--optimizer", "adamw", "--clip", "1e8", "--decay", "0")
    assert pretrain.main([*arguments, "--warmup", "0", "--save", "1"]) == 1
    told = capsys.readouterr().err
    assert "Likely causes" in told and "last good checkpoint is" in told


def test_two_processes_train_as_one_with_twice_the_batch(corpus, tmp_path):
    both = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", RECIPE]
    run = subprocess.run([*both, *command(corpus, tmp_path / "two")], env=ENVIRONMENT, capture_output=True, text=True,
                         timeout=240)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert pretrain.main(command(corpus, tmp_path / "one", "--batch", "8")) == 0
    one, two = weights(tmp_path / "one")["model"], weights(tmp_path / "two")["model"]
    # the same sums in another order, over 30 steps of Muon, whose iteration magnifies rounding
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 1e-3
