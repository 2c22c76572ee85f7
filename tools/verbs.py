"""What `python3 go.py VERB` does."""

import difflib
import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.assets import Assets
from tools.console import Step, Stop
from tools.environment import Environment

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
USAGE = """usage: python3 go.py VERB [--light] [arguments]

  learn [--port P --host H --no-browser]  set up what is missing and open the course
  test [--all] [pytest arguments]         set up, then check style, types, layers, and run the tests
  bench [NAME ...]                        set up, then measure ours beside the references
  lint                                    style, types and layers alone
  new ID TRACK                            the files of a new concept, from templates
  clean                                   remove what set-up and tests made (not the learner's work)

  --light  leave torch out (saves about 1 GB); lessons that need it say so
  --retry  try again what an earlier set-up could not install (torch, the editor)
"""
TITLES = {
    "venv": "making the environment .venv",
    "packages": "installing {count} packages",
    "torch": "installing torch",
    "package": "installing groundup itself",
    "npm": "fetching the browser's packages",
    "bundle": "building the browser's files",
}


def main(arguments: list[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    verbs = {"learn": learn, "test": test, "bench": bench, "lint": lint, "new": new, "clean": clean}
    if verb in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if verb not in verbs:
        near = difflib.get_close_matches(verb, verbs, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        print(f"groundup: there is no verb {verb!r}.{hint}\n\n{USAGE}" if verb else USAGE, file=sys.stderr)
        return 2
    try:
        return verbs[verb](rest)
    except Stop as stop:
        print(f"\ngroundup: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ngroundup: stopped; the same command goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        what = f"cannot write {error.filename or ROOT}: {error.strerror}"
        print(f"\ngroundup: {what}. Make room or make it writable, then run the same command again.", file=sys.stderr)
        return 1


def set_up(arguments: list[str], *, quiet: bool = False) -> tuple[Environment, list[str]]:
    """Do what is missing; returns the environment and the arguments that are left."""
    light, again = "--light" in arguments, "--retry" in arguments
    rest = [a for a in arguments if a not in ("--light", "--retry")]
    with _alone():
        environment = Environment(ROOT)
        assets = Assets(environment)
        steps = [(step, environment) for step in environment.pending(light, again)]
        steps += [(step, assets) for step in assets.pending(again)]
        if steps and not quiet:
            print(f"groundup: setting up, {len(steps)} steps; later starts skip them", flush=True)
        for number, (step, does) in enumerate(steps, 1):
            with Step(number, len(steps), TITLES[step].format(count=_locked())) as line:
                does.do(step, line)
    if not light and (why := environment.without_torch()):
        print(f"groundup: going on without torch, as with --light: {why}.", flush=True)
        print("  Lessons that need it say so. To try again: python3 go.py learn --retry", flush=True)
    if why := assets.missing():
        print(f"groundup: plain text fields instead of the editor: {why}.", flush=True)
        print("  The next start tries again after an hour; at once with --retry.", flush=True)
    return environment, rest


def _locked() -> int:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if "==" in line and not line.startswith((" ", "#")))


@contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time in a checkout; the second waits."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("groundup: another set-up of this folder is running; waiting for it", flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def learn(arguments: list[str]) -> int:
    environment, rest = set_up(arguments)
    sys.stdout.flush()
    os.execv(environment.python, [str(environment.python), "-m", "groundup.cli", "learn", *rest])


def bench(arguments: list[str]) -> int:
    environment, rest = set_up(arguments)
    return _run([environment.python, "-m", "groundup.cli", "bench", *rest])


def new(arguments: list[str]) -> int:
    environment, rest = set_up(["--light", *arguments])
    return _run([environment.python, "-m", "tools.new", *rest])


def lint(arguments: list[str]) -> int:
    environment, _ = set_up(["--light", *arguments])
    failed = _checks(environment)
    print(f"groundup: failed: {', '.join(failed)}" if failed else "groundup: style, types and layers are fine")
    return 1 if failed else 0


def test(arguments: list[str]) -> int:
    """Checks first, then pytest, whose closing line stays the last one unless a check failed."""
    environment, rest = set_up(arguments)
    chosen = [a for a in rest if a != "--all"]
    failed = [] if chosen else _checks(environment)
    if chosen:
        print("groundup: style, types and layers are skipped when tests are chosen", flush=True)
    code = _run([environment.python, "-m", "pytest", *rest])
    if failed:
        print(f"groundup: failed before the tests: {', '.join(failed)}")
    return code or (1 if failed else 0)


def _checks(environment: Environment) -> list[str]:
    """Names of the checks that failed; each is run and shown."""
    bin_folder, pyright = environment.folder / "bin", ROOT / "web/node_modules/.bin/pyright"
    checks = {
        "ruff check": [bin_folder / "ruff", "check", "--quiet", "."],
        "ruff format": [bin_folder / "ruff", "format", "--check", "--quiet", "."],
        "import-linter": [bin_folder / "lint-imports", "--no-logo"],
        "pyright": [pyright, "--pythonpath", environment.python],
    }
    failed = []
    for name, command in checks.items():
        if name == "pyright" and (not pyright.exists() or not shutil.which("node")):
            print("groundup: pyright SKIPPED: it comes with the browser's packages, which are not there", flush=True)
            if os.environ.get("CI") == "true":
                failed.append("pyright (missing)")
            continue
        print(f"groundup: {name}", flush=True)
        if _run(command):
            failed.append(name)
    return failed


def _run(command: list) -> int:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(list(map(str, command)), cwd=ROOT, env=env).returncode


MADE = [".venv", ".cache", "web/node_modules", "src/groundup/app/static/dist", ".pytest_cache", ".ruff_cache"]
MADE += [".hypothesis", ".import_linter_cache", "build", "dist", "test-results"]


def clean(_: list[str]) -> int:
    for name in MADE:
        folder = ROOT / name
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
        else:
            continue
        print(f"removed {name}")
    for cache in [*ROOT.glob("*/**/__pycache__")]:
        shutil.rmtree(cache, ignore_errors=True)
    return 0
