"""A session's cookie in the hands of another user of this machine."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest
import uvicorn

from groundup.app import peer
from groundup.app.main import create_app
from groundup.app.settings import Settings

ASK = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
connection.request("GET", "/api/session", headers={"Cookie": sys.argv[2]})
print(connection.getresponse().status)
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose connection it is")


@pytest.fixture
def served(tmp_path, lessons, monkeypatch):
    """A running server: its port and a session's cookie."""
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "cache"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        app = create_app(Settings(port=port, home=tmp_path / "home", lessons=lessons))
        gate = app.state.context.gate
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield port, f"{gate.cookie}={gate.open_session()[0]}"
        server.should_exit = True
        thread.join(10)
        app.state.context.store.close()


def status(served, **user) -> str:
    command = ["/usr/bin/python3" if user else sys.executable, "-c", ASK, str(served[0]), served[1]]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", **user).stdout.strip()


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_stolen_cookie_opens_nothing_for_another_user(served):
    assert status(served) == "200"
    assert status(served, user=65534, group=65534, extra_groups=[]) == "403"


@linux
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_whose_connection_it_is(family):
    with socket.create_server(("127.0.0.1" if family == socket.AF_INET else "::1", 0), family=family) as server:
        client = socket.create_connection(server.getsockname()[:2])
        ours, address = server.accept()
        with ours:
            ends = address[:2], ours.getsockname()[:2]
            assert peer.owner(*ends) == os.getuid() and not peer.foreign(*ends)
            client.close()  # what was sent before may still be read, but nobody stands behind it
            assert peer.owner(*ends) == peer.NOBODY and peer.foreign(*ends)


def test_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(peer, "TABLES", ("/no/such/table",))
    assert peer.owner(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
    assert not peer.foreign(("127.0.0.1", 1), ("127.0.0.1", 2))
    assert not peer.foreign(("testclient", 50_000), ("127.0.0.1", 2))
