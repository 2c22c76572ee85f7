"""Starting and stopping: ports, addresses, what the terminal says."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from groundup.app import server
from groundup.app.main import create_app
from groundup.app.running import note, running
from groundup.app.security import Gate
from groundup.app.server import PortInUse, serve
from groundup.app.settings import Settings

SERVE = "import sys; from groundup.app.server import serve; serve(port=int(sys.argv[1]), open_browser=False)"
SOURCE = Path(server.__file__).parents[2]


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_named_port_that_is_taken_is_refused(taken, tmp_path):
    with pytest.raises(PortInUse, match=f"Port {taken} is in use. Choose another with --port"):
        serve(port=taken, open_browser=False, home=tmp_path)


def test_without_a_port_the_next_free_one_is_found(taken, monkeypatch):
    monkeypatch.setattr(server, "DEFAULT_PORT", taken)
    found = server._socket("127.0.0.1", None)
    assert taken < found.getsockname()[1] < taken + server.TRIED_PORTS
    found.close()


def test_another_host_is_refused_before_anything_is_bound(tmp_path):
    with pytest.raises(ValueError, match="this machine only"):
        serve(host="0.0.0.0", port=1, home=tmp_path)


def test_a_text_browser_does_not_take_the_terminal(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not server._has_screen()
    monkeypatch.setenv("DISPLAY", ":0")
    assert server._has_screen()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_starts_says_where_and_stops_gracefully(tmp_path, lessons, ending):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "GROUNDUP_HOME": str(tmp_path), "GROUNDUP_LESSONS": str(lessons), "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE, str(port)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = [process.stdout.readline() for _ in range(4)]
        token = (tmp_path / "run" / str(port) / "token").read_text().strip()
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10).read()
        assert b"groundup" in answer
        process.send_signal(ending)
        rest = process.communicate(timeout=15)[0]
    finally:
        process.kill()
    assert f"http://127.0.0.1:{port}/" in said[0]
    assert "open.html" in said[1]
    assert "Stopped. Everything that was saved is kept." in rest
    assert token not in "".join(said) + rest
    assert "Traceback" not in rest
    assert list((tmp_path / "run" / str(port)).iterdir()) == []


def test_a_second_start_opens_the_course_that_runs(tmp_path):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        settings = Settings(home=tmp_path, port=port)
        Gate(settings).write_token_files()
        note(settings.run_dir)
        assert running(tmp_path).port == port
        assert running(tmp_path, port + 1) is None
        said = []
        serve(open_browser=False, home=tmp_path, say=said.append)
    assert said[0] == f"The course runs already at {settings.url}"
    assert "open.html" in said[1]
    assert running(tmp_path) is None  # the note alone, of a server that was killed, is not believed


def test_a_note_of_a_process_that_is_gone_is_not_believed(tmp_path):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        settings = Settings(home=tmp_path, port=listening.getsockname()[1])
        Gate(settings).write_token_files()
        ended = subprocess.Popen(["true"])
        ended.wait()
        (settings.run_dir / "pid").write_text(str(ended.pid))
        assert running(tmp_path) is None
        (settings.run_dir / "pid").write_text("1")  # alive, but it does not listen there
        assert running(tmp_path) is None


def test_a_faulty_lesson_is_left_out_and_said(tmp_path, client, lessons):
    import shutil

    copy = shutil.copytree(lessons, tmp_path / "copy")
    (copy / "neural" / "perceptron" / "lesson.md").write_text("no front matter")
    app = create_app(Settings(home=tmp_path / "home2", lessons=copy))
    context = app.state.context
    assert "perceptron" not in context.catalog.lessons
    assert "left out" in context.notices[0] and "lesson.md" in context.notices[0]
    context.store.close()


def test_answers_do_not_wait_for_a_last_packet():
    listening = server._socket("127.0.0.1", None)
    assert listening.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY
    listening.close()
