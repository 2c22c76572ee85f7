"""The websocket to a kernel: who may open it, and what happens to messages that make no sense."""

import json

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

PATH = "ws://127.0.0.1:8420/ws/kernel/linear-algebra"  # the test client would name another host


def hear(socket, kind: str) -> dict:
    """The next event of a kind."""
    while True:
        for event in socket.receive_json():
            if event["type"] == kind:
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
    with running.websocket_connect(PATH) as socket:
        hear(socket, "ready")
        cells = [{"name": "a", "source": "x = 1"}, {"name": "b", "source": "print(x + 41)"}]
        socket.send_json({"type": "run", "cells": cells, "page": cells, "tag": "t"})
        assert "42" in hear(socket, "output")["html"]
        assert hear(socket, "done")["tag"] == "t"
        socket.send_json({"type": "run", "cells": cells[:1], "page": cells})
        assert hear(socket, "stale")["names"] == ["b"]
        moved = [{**cells[0], "values": {"x": 5}}]
        socket.send_json({"type": "run", "cells": moved, "page": cells, "follow": True})
        assert "46" in hear(socket, "output")["html"]
        socket.send_json({"type": "complete", "id": 3, "code": "prin", "position": 4})
        assert "print" in hear(socket, "completions")["matches"]
    with running.websocket_connect(PATH) as socket:
        assert hear(socket, "shown")["name"] in ("a", "b")


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
    with running.websocket_connect(PATH) as socket:
        hear(socket, "ready")
        socket.send_text(message)
        assert hear(socket, "refused")["message"]
        socket.send_json({"type": "run", "cells": [{"name": "a", "source": "print('alive')"}]})
        assert "alive" in hear(socket, "output")["html"]
