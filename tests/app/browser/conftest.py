"""A real server in a process of its own, and chromium looking at it.

``server`` starts one on a free port with a fresh learner's folder; ``page`` is signed in on it. Screenshots go to
``test-results/``. Without chromium these tests are skipped, visibly, but not in CI.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from groundup.course.progress import Store

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "test-results"
CHROMIUM = os.environ.get("GROUNDUP_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SERVE = "import sys; from groundup.app.server import serve; serve(port=int(sys.argv[1]), open_browser=False)"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is below this folder, and skip it where there is no browser."""
    absent = not Path(CHROMIUM).is_file() or importlib.util.find_spec("playwright") is None
    skip = pytest.mark.skip(reason=f"no browser: {CHROMIUM} is missing (set GROUNDUP_CHROMIUM)")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if absent and not os.environ.get("CI"):
                item.add_marker(skip)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """A course server that can be killed and started again on the same port and folder."""

    home: Path
    lessons: Path | None
    source: Path = ROOT / "src"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def handover(self) -> str:
        """The file that signs a browser in."""
        return (self.home / "run" / str(self.port) / "open.html").as_uri()

    @property
    def token(self) -> str:
        """The current one-time token."""
        return (self.home / "run" / str(self.port) / "token").read_text().strip()

    def start(self) -> "Server":
        """Start, and return when it answers."""
        env = {**os.environ, "GROUNDUP_HOME": str(self.home), "GROUNDUP_CACHE": str(self.home / "cache")}
        env["PYTHONPATH"] = str(self.source)
        if self.lessons:
            env["GROUNDUP_LESSONS"] = str(self.lessons)
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(self.port)], env=env, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=1).close()
                return self
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError((self.home / "server.log").read_text())

    def kill(self) -> None:
        """End it as a crash does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does; kill it when that does not help."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers that live as long as the run: ``start_server(lessons)``; None takes the checkout's lessons.

    ``source`` is the folder that groundup is imported from.
    """
    started: list[Server] = []

    def start(lessons: Path | None = None, source: Path = ROOT / "src") -> Server:
        started.append(Server(tmp_path_factory.mktemp("server") / "home", lessons, source))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def _shared(start_server: Callable[..., Server], lessons: Path) -> Server:
    return start_server(lessons)


@pytest.fixture
def server(_shared: Server) -> Server:
    """A server of the small course that knows nothing of earlier tests. Not to be killed: it is shared."""
    store = Store(_shared.home / "progress.sqlite")
    store.reset()
    store.set_setting("theme", "auto")
    store.close()
    return _shared


@pytest.fixture
def own_server(start_server: Callable[..., Server], lessons: Path) -> Iterator[Server]:
    """A server of the small course for one test, which may kill it."""
    made = start_server(lessons)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium):
    """A browser profile; the test fails when one of its pages logs an error that was not announced."""
    made = chromium.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(15_000)
    made.errors = []
    made.on("weberror", lambda error: made.errors.append(str(error.error)))
    yield made
    made.close()
    assert made.errors == []


def sign_in(context, server: Server, path: str = "/"):
    """A page of this profile, signed in, at ``path``."""
    page = context.new_page()
    page.goto(server.handover)
    page.wait_for_url(f"{server.url}/")
    if path != "/":
        page.goto(server.url + path)
    return page


@pytest.fixture
def page(context, server: Server):
    """A page signed in at home."""
    return sign_in(context, server)


@pytest.fixture
def signed_in():
    """The function that signs a profile in on a server: ``signed_in(context, server, path)``."""
    return sign_in


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Screenshot in both widths and colours: ``shot(page, "home")``."""

    def take(page, name: str, *, widths: tuple[int, ...] = (1280, 390), colours: tuple[str, ...] = ("light", "dark")):
        RESULTS.mkdir(exist_ok=True)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            for colour in colours:
                page.emulate_media(color_scheme=colour)
                page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
                page.wait_for_timeout(150)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is {wide} px wide on a window of {width}"
                page.screenshot(path=RESULTS / f"{name}-{width}-{colour}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")

    return take
