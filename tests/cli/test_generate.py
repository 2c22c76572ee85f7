"""``groundup generate``: text as it comes, and a sentence for all that can be wrong with folder, prompt and options."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

torch = pytest.importorskip("torch")

PLAIN = 'abcdefghijklmnopqrstuvwxyz .\n"{}[]:,0123456789é'


def checkpoint(folder, alphabet=PLAIN, vocab=None, context=64):
    from groundup.llm.checkpoint import save_checkpoint
    from groundup.text.tokenization import CharTokenizer
    from groundup.transformers.gpt import GPT, GPTConfig

    torch.manual_seed(0)
    tokenizer = CharTokenizer(alphabet)
    size = tokenizer.vocab_size if vocab is None else vocab
    model = GPT(GPTConfig(size, context, n_embd=16, n_layer=1, n_head=2, initializer_range=0.3))
    save_checkpoint(model, tokenizer, folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("model"))


def run(*arguments, stdin=None):
    command = [sys.executable, "-m", "groundup.cli", "generate", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, env=os.environ.copy())


def test_the_text_of_the_library(cli, folder):
    from groundup.llm.checkpoint import load_checkpoint
    from groundup.llm.decoding import generate

    model, tokenizer = load_checkpoint(folder)
    options = {"temperature": 0.8, "top_k": 9, "top_p": 0.9, "min_p": 0.02, "repetition_penalty": 1.1, "seed": 4}
    wanted = generate(model, "once", 90, tokenizer=tokenizer, overflow="halve", **options)[0].text
    named = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    assert cli("generate", folder, "once", "--max-tokens", 90, *named).stdout == wanted + "\n"
    said = run(folder, "-", "--max-tokens", 90, *named, stdin=b"once")
    assert said.stdout.decode() == wanted + "\n" and not said.stderr


def test_a_text_ends_before_a_stop(cli, folder):
    whole = cli("generate", folder, "once", "--seed", 1, "--max-tokens", 30).stdout
    said = cli("generate", folder, "once", "--seed", 1, "--max-tokens", 30, "--stop", whole[10:13], "--stop", "zzzzz")
    assert said.stdout.rstrip("\n") == whole[: whole.index(whole[10:13])].rstrip("\n")


def test_greedy_is_the_same_twice_and_draws_differ(cli, folder):
    greedy, drawn = ([cli("generate", folder, "a", "--temperature", t).stdout for _ in range(2)] for t in (0, 1))
    assert greedy[0] == greedy[1] and drawn[0] != drawn[1]


def test_json_that_fits_a_schema(cli, folder, tmp_path):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    for seed in range(3):
        said = cli(
            "generate", folder, "x", "--json-schema", tmp_path / "schema.json", "--max-tokens", 20, "--seed", seed
        )
        assert isinstance(json.loads(said.stdout)["n"], int)


@pytest.mark.parametrize(
    "content, code, words",
    [
        (None, 1, "schema.json cannot be read: No such file"),
        ("{", 1, "schema.json is no JSON"),
        ('{"type": "date"}', 2, "schema.type must be string, number"),
        ('{"type": "string", "minLength": 500}', 2, "max_new_tokens leaves 64; what is allowed may need 502"),
    ],
)
def test_a_wrong_schema(cli, folder, tmp_path, content, code, words):
    file = tmp_path / "schema.json"
    if content is not None:
        file.write_text(content)
    said = cli("generate", folder, "x", "--json-schema", file)
    assert said.exit_code == code and words in said.refusal


def damaged(folder, name, change):
    file = folder / name
    file.write_bytes(change(file.read_bytes()))


WRONG = {
    "no folder": (lambda folder: folder / "absent", "absent is not there; a checkpoint is a folder"),
    "a file": (lambda folder: folder / "config.json", "config.json is a file; a checkpoint is a folder"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "holds no tokenizer.json"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors"),
    "no config": (lambda folder: (folder / "config.json").unlink(), "config.json"),
    "cut weights": (lambda folder: damaged(folder, "model.safetensors", lambda b: b[: len(b) // 2]), "damaged"),
    "empty weights": (lambda folder: damaged(folder, "model.safetensors", lambda b: b""), "damaged"),
    "cut config": (lambda folder: damaged(folder, "config.json", lambda b: b[:-5]), "config.json"),
    "cut tokenizer": (lambda folder: damaged(folder, "tokenizer.json", lambda b: b[:-5]), "tokenizer.json"),
    "other tokenizer": (
        lambda folder: damaged(folder, "tokenizer.json", lambda b: b.replace(b'abc', "абвгabc".encode())),
        "the tokenizer has",
    ),
    "other width": (lambda folder: damaged(folder, "config.json", lambda b: b.replace(b"16", b"32")), "shape"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_folder_that_is_no_checkpoint(cli, tmp_path, name):
    change, words = WRONG[name]
    whole = checkpoint(tmp_path / "model")
    said = cli("generate", change(whole) or whole, "a")
    assert said.exit_code == 1 and words in said.refusal and str(tmp_path) in said.refusal
    assert not said.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("ünd",), "text has 'ü' at 0"),
        (("",), "the prompt is empty, and this model has no token that begins a text"),
        (("a", "--temperature", "-1"), None),
        (("a", "--top-k", "0"), None),
        (("a", "--top-p", "1.5"), None),
        (("a", "--seed", "-3"), None),
        (("a", "--repetition-penalty", "0"), "repetition_penalty must be above 0"),
        (("a", "--stop", ""), "texts that are not empty"),
    ],
)
def test_wrong_words_and_numbers(cli, folder, arguments, words):
    said = cli("generate", folder, *arguments)
    assert said.exit_code == 2
    assert words is None or words in said.refusal


def test_a_prompt_that_is_no_utf8(folder):
    said = run(folder, "-", stdin=b"ab\xff")
    assert said.returncode == 1 and said.stderr.startswith(b"groundup: the prompt on standard input is not UTF-8")
    assert b"Traceback" not in said.stderr


def test_a_long_prompt_keeps_its_end(cli, folder):
    assert cli("generate", folder, "abc " * 50, "--max-tokens", 5, "--temperature", 0).exit_code == 0


def test_a_reader_that_goes_away(folder):
    command = f"{sys.executable} -m groundup.cli generate {folder} a --max-tokens 100000 | head -c 3"
    said = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120, env=os.environ.copy())
    assert len(said.stdout) == 3 and not said.stderr


def test_control_c_ends_the_text(folder):
    command = [sys.executable, "-m", "groundup.cli", "generate", str(folder), "a", "--max-tokens", "10000000"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ.copy(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    assert process.stdout is not None and process.stderr is not None
    first = process.stdout.read(4)  # it is at work, and text comes before the end
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 130 and not said
    assert (first + rest).endswith(b"\n") and len(first) == 4
