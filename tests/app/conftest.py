"""A small course, an app on it, and a client that is signed in."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from groundup.app.main import create_app
from groundup.app.settings import Settings


def _builder() -> Callable[[Path], Path]:
    spec = importlib.util.spec_from_file_location("course_build", Path(__file__).parent / "course" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_course


build_course = _builder()


@pytest.fixture(scope="session")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small course."""
    return build_course(tmp_path_factory.mktemp("course") / "lessons")


@pytest.fixture
def settings(tmp_path: Path, lessons: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a fresh learner's folder."""
    monkeypatch.setenv("GROUNDUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "cache"))
    return Settings(home=tmp_path / "home", lessons=lessons)


@pytest.fixture
def app(settings: Settings):
    """The app, not started."""
    made = create_app(settings)
    yield made
    made.state.context.store.close()


@pytest.fixture
def stranger(app, settings: Settings) -> TestClient:
    """A client without a session."""
    return TestClient(app, base_url=settings.url.rstrip("/"), follow_redirects=False)


@pytest.fixture
def client(app, settings: Settings) -> Iterator[TestClient]:
    """A client as our own pages are: with session, Origin and CSRF token."""
    gate = app.state.context.gate
    secret, session = gate.open_session()
    signed = TestClient(app, base_url=settings.url.rstrip("/"), follow_redirects=False)
    signed.cookies.set(gate.cookie, secret)
    signed.headers.update({"Origin": settings.origins[0], "X-CSRF-Token": session.csrf})
    yield signed


@pytest.fixture
def store(app):
    """The app's store."""
    return app.state.context.store
