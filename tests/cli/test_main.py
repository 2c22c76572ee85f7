"""What holds for the command line as a whole."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ["numpy", "scipy", "torch", "sklearn", "numba", "fastapi", "pydantic", "sqlalchemy", "jupytext", "yaml"]
COMMANDS = ["learn", "list", "check", "watch", "search", "verify", "bench", "audit", "export", "reset", "doctor",
            "generate"]  # fmt: skip


def run(*arguments, **env):
    command = [sys.executable, "-m", "groundup.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | env, timeout=120)


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['groundup', '--help']\n"
        "from groundup.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('HEAVY', [m for m in {HEAVY} if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "HEAVY []" in said.stdout, said.stdout + said.stderr
    for command in COMMANDS:
        assert f" {command} " in said.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(cli, command):
    assert cli(command, "--help").exit_code == 0


def test_a_refusal_is_a_sentence_and_an_exit_code(course):
    said = run("check", "no-such-exercise", "--file", "-")
    assert said.returncode == 2
    assert said.stderr.startswith("groundup: there is no exercise") and "Traceback" not in said.stderr


def test_a_reader_that_goes_away_is_no_traceback(course):
    command = f"{sys.executable} -m groundup.cli list --planned --json | head -c 1"
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=os.environ.copy())
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("command", ["list", "list --json", "doctor", "export first-steps --out -"])
def test_an_output_that_is_closed_is_no_traceback(course, command):
    said = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m groundup.cli {command} >&-"], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in said.stderr


def test_a_full_disk_is_a_sentence_and_a_failure(course):
    command = f"{sys.executable} -m groundup.cli list --planned --json > /dev/full"
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stderr) == (1, "groundup: No space left on device\n")


def test_a_port_in_use_says_what_to_do(course):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = run("learn", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert said.returncode == 1
    assert "in use" in said.stderr and "--port" in said.stderr and "Traceback" not in said.stderr


def test_another_machine_is_refused(course):
    said = run("learn", "--no-browser", "--host", "0.0.0.0")
    assert said.returncode == 1 and "this machine only" in said.stderr


def test_doctor_says_one_thing_to_do_for_each_fault(cli, monkeypatch, tmp_path):
    findings = json.loads(cli("doctor", "--json").stdout)
    assert {"python", "packages", "disk", "port", "progress", "lessons"} <= {f["name"] for f in findings}
    assert all(bool(f["do"]) == (f["state"] != "ok") for f in findings)
    broken = tmp_path / "home" / "progress.sqlite"
    broken.unlink()
    broken.mkdir()
    said = cli("doctor", "--json")
    assert said.exit_code == 1
    bad = [f for f in json.loads(said.stdout) if f["state"] == "fail"]
    assert len(bad) == 1 and bad[0]["do"]


@pytest.mark.parametrize("command", ["check first-steps/first", "watch", "reset --all --yes", "learn --no-browser"])
def test_a_folder_that_cannot_be_made_is_a_sentence(course, tmp_path, command):
    (tmp_path / "file").write_text("")
    said = run(*command.split(), GROUNDUP_HOME=str(tmp_path / "file" / "home"))
    assert said.returncode == 1
    assert said.stderr.startswith("groundup: cannot use the folder") and said.stderr.count("\n") == 1
    assert "GROUNDUP_HOME" in said.stderr


@pytest.mark.parametrize("command", ["check first-steps/first", "watch", "reset --all --yes", "learn --no-browser"])
def test_a_database_that_cannot_be_opened_is_a_sentence(course, tmp_path, command):
    (tmp_path / "home" / "progress.sqlite").mkdir(parents=True)
    said = run(*command.split())
    assert said.returncode == 1
    assert said.stderr.startswith("groundup: ") and said.stderr.count("\n") == 1 and "progress.sqlite" in said.stderr


def test_doctor_names_the_variable_of_a_folder_that_cannot_be_made(cli, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GROUNDUP_HOME", str(tmp_path / "file" / "home"))
    said = cli("doctor", "--json")
    assert said.exit_code == 1
    bad = [f for f in json.loads(said.stdout) if f["state"] == "fail"]
    assert [f["name"] for f in bad] == ["your work"] and bad[0]["do"] == "name another one in GROUNDUP_HOME"
