"""What holds for every test: own folders for the learner's data and caches, and what is skipped is said."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# before anything of groundup is imported; compiled kernels are kept from run to run, since their key is their content
HOME = tempfile.mkdtemp(prefix="groundup-tests-")
os.environ["GROUNDUP_HOME"] = HOME
os.environ.setdefault("GROUNDUP_CACHE", str(ROOT / ".cache" / "tests"))
os.environ.pop("GROUNDUP_LESSONS", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also tests marked slow, and every lesson instead of a tenth")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--all"):
        mark = pytest.mark.skip(reason="slow; `python3 go.py test --all` runs it")
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(mark)
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser and not any(map(shutil.which, BROWSERS)):
        if os.environ.get("CI") == "true":
            raise pytest.UsageError(f"{len(browser)} browser tests need chromium, and in CI they are not skipped")
        for item in browser:
            item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))
        config.stash[SKIPPED] = len(browser)


SKIPPED = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if count := config.stash.get(SKIPPED, 0):
        terminalreporter.write_line(
            f"{count} BROWSER TESTS SKIPPED: no chromium (Debian: apt install chromium)", yellow=True
        )


def pytest_sessionfinish() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
