"""The websocket to a kernel: who may open it, and what happens to messages that make no sense."""

import json

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

PATH = "ws://127.0.0.1:8420/ws/kernel/linear-algebra"  # the test client would name another host


class Socket:
    """A connection; events come in lists, and are taken one by one."""

    def __init__(self, socket) -> None:
        self.send = socket.send_json
        self.send_text = socket.send_text
        self._socket = socket
        self._waiting: list[dict] = []

    def next(self) -> dict:
        """The next event."""
        while not self._waiting:
            self._waiting = self._socket.receive_json()
        return self._waiting.pop(0)

    def hear(self, kind: str) -> dict:
        """The next event of a kind."""
        while (event := self.next())["type"] != kind:
            pass
        return event


@pytest.fixture
def running(client):
    """The signed-in client, with the server's kernels started."""
    with client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}, {"Origin": "http://127.0.0.1:1"}],
)
def test_another_origin_or_host_is_refused(running, headers):
    with pytest.raises(WebSocketDisconnect), running.websocket_connect(PATH, headers=headers) as socket:
        socket.receive_json()


def test_without_a_session_it_is_refused(app, running, settings):
    stranger = TestClient(app, base_url=settings.url.rstrip("/"), headers={"Origin": settings.origins[0]})
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(PATH) as socket:
        socket.receive_json()


def test_an_unknown_lesson_is_refused(running):
    with (
        pytest.raises(WebSocketDisconnect),
        running.websocket_connect(PATH.replace("linear-algebra", "no-such")) as socket,
    ):
        socket.receive_json()


def test_run_and_be_told(running):
    with running.websocket_connect(PATH) as raw:
        socket = Socket(raw)
        socket.hear("ready")
        cells = [{"name": "a", "source": "x = 1"}, {"name": "b", "source": "print(x + 41)"}]
        socket.send({"type": "run", "cells": cells, "page": cells, "tag": "t"})
        assert "42" in socket.hear("output")["html"]
        assert socket.hear("done")["tag"] == "t"
        edited = [{**cells[0], "source": "x = 2"}]
        socket.send({"type": "run", "cells": edited, "page": cells})
        assert socket.hear("stale")["names"] == ["b"]
        moved = [{**cells[0], "values": {"x": 5}}]
        socket.send({"type": "run", "cells": moved, "page": cells, "follow": True})
        assert "46" in socket.hear("output")["html"]
        socket.send({"type": "run", "cells": moved, "page": cells, "tag": "again"})  # as it was: nothing is stale
        while (event := socket.next())["type"] != "done" or event["tag"] != "again":
            assert event["type"] != "stale"
        socket.send({"type": "complete", "id": 3, "code": "prin", "position": 4})
        assert "print" in socket.hear("completions")["matches"]
    with running.websocket_connect(PATH) as raw:
        socket = Socket(raw)
        assert socket.hear("shown")["name"] in ("a", "b")


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        json.dumps({"type": "format the disk"}),
        json.dumps({"type": "run", "cells": "all"}),
        json.dumps({"type": "hello", "nonce": '"><script>'}),
        json.dumps({"type": "run", "cells": [{"name": "a", "source": "x" * 300_000}]}),
        '{"type": "run", "cells": [{"name": "a", "source": "x = 1", "values": {"x": NaN}}]}',
    ],
)
def test_nonsense_is_refused_and_the_connection_lives(running, message):
    with running.websocket_connect(PATH) as raw:
        socket = Socket(raw)
        socket.hear("ready")
        socket.send_text(message)
        assert socket.hear("refused")["message"]
        socket.send({"type": "run", "cells": [{"name": "a", "source": "print('alive')"}]})
        assert "alive" in socket.hear("output")["html"]
