"""Who is let in: every refusal stands beside the same request that is accepted."""

import stat

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from groundup.app.security import Gate, check_websocket, local_path
from groundup.app.settings import Settings

HTML = {"Accept": "text/html"}
DRAFT = "/api/draft/exercise/linear-algebra/double"


def draft(text="x = 1", version=0):
    return {"text": text, "version": version, "base": "b"}


def test_only_loopback_is_served():
    for host in ("0.0.0.0", "192.168.1.5", "example.org", ""):
        with pytest.raises(ValueError, match="this machine only"):
            Settings(host=host)


def test_a_page_needs_a_session(stranger, client):
    assert client.get("/", headers=HTML).status_code == 200
    refused = stranger.get("/", headers=HTML)
    assert refused.status_code == 303
    assert refused.headers["location"] == "/login?next=/"
    assert (
        stranger.get("/search?q=a b&c=d", headers=HTML).headers["location"]
        == "/login?next=/search%3Fq%3Da%2520b%26c%3Dd"
    )
    assert stranger.get("/api/stats").status_code == 401


@pytest.mark.parametrize("host", ["evil.example:8420", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:8420", ""])
def test_another_host_name_is_refused(client, host):
    assert client.get("/", headers={"Host": "localhost:8420"}).status_code == 200
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:8420",
        "http://127.0.0.1:8421",
        "http://localhost:8420.evil.example",
    ],
)
def test_another_origin_is_refused(client, origin):
    assert client.put(DRAFT, json=draft()).status_code == 200
    refused = client.put(DRAFT, json=draft("y = 2", 1), headers={"Origin": origin})
    assert refused.status_code == 403
    assert refused.json()["error"] == "origin"


def test_the_origin_is_not_compared_with_the_host(client):
    # A rebound name sends its own name in both headers.
    both = {"Host": "evil.example:8420", "Origin": "http://evil.example:8420"}
    assert client.put(DRAFT, json=draft(), headers=both).status_code == 421
    gate = client.app.state.context.gate
    assert not gate.origin_ok(Headers({"host": "evil.example:8420", "origin": "http://evil.example:8420"}))
    assert gate.origin_ok(Headers({"host": "evil.example:8420", "origin": "http://localhost:8420"}))


def test_a_missing_origin_is_refused(client):
    del client.headers["Origin"]
    assert client.put(DRAFT, json=draft()).json()["error"] == "origin"


def test_unsafe_requests_need_the_csrf_token(client):
    for token in ("", "wrong"):
        assert client.put(DRAFT, json=draft(), headers={"X-CSRF-Token": token}).json()["error"] == "csrf"


def test_a_form_carries_the_token_in_a_field(client):
    token = client.headers.pop("X-CSRF-Token")
    assert client.post("/settings/theme", data={"theme": "dark"}).status_code == 403
    assert client.post("/settings/theme", data={"theme": "dark", "_csrf": token}).status_code == 303


def test_a_multipart_form_cannot_bypass_the_token(client):
    client.headers.pop("X-CSRF-Token")
    assert client.post("/settings/theme", files={"theme": (None, "dark")}).status_code == 403


def test_large_bodies_are_refused(client):
    assert client.put(DRAFT, content=b"x" * 2_100_000).status_code == 413
    assert client.put(DRAFT, json=draft("x" * 600_000)).status_code == 422


def test_the_token_opens_one_session_and_is_replaced(app, stranger, settings):
    app.state.context.gate.write_token_files()
    token = (settings.run_dir / "token").read_text().strip()
    opened = stranger.post("/login", data={"token": token, "next": "/search"}, headers={"Origin": "null"})
    assert opened.status_code == 200
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert 'content="0;url=/search"' in opened.text
    fresh = TestClient(app, base_url=settings.url.rstrip("/"))
    assert fresh.post("/login", data={"token": token}).status_code == 403
    renewed = (settings.run_dir / "token").read_text().strip()
    assert renewed != token
    assert fresh.post("/login", data={"token": renewed}).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "é", "0" * 43])
def test_a_wrong_token_opens_nothing(stranger, token):
    refused = stranger.post("/login", data={"token": token})
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers


def test_token_files_and_database_are_the_owners_alone(app, settings):
    page = app.state.context.gate.write_token_files()
    assert page == settings.run_dir / "open.html"
    for file in (page, settings.run_dir / "token", settings.database):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(settings.run_dir.stat().st_mode) == 0o700
    app.state.context.gate.remove_token_files()
    assert not page.exists()


def test_cookie_names_differ_by_instance(settings):
    assert Gate(settings).cookie != Gate(settings).cookie


def test_a_session_of_another_instance_is_none(client, settings):
    client.cookies.clear()
    client.cookies.set("groundup_000000000000", "x")
    assert client.get("/api/stats").status_code == 401


def test_every_answer_carries_the_policy(client, stranger):
    for answer in (
        client.get("/"),
        stranger.get("/login"),
        stranger.get("/static/css/base.css"),
        client.get("/nothing"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_nonces_are_fresh(client):
    assert client.get("/").headers["content-security-policy"] != client.get("/").headers["content-security-policy"]


def test_pages_have_no_inline_script_or_style(client):
    import re

    for path in ("/", "/search?q=a", "/exercise/linear-algebra/double", "/login"):
        text = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", text)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/lesson/a#b", True),
        ("//evil.example", False),
        ("/\\evil", False),
        ("http://evil", False),
        ("/a\nb", False),
        ("", False),
    ],
)
def test_only_own_paths_are_returned_to(path, kept):
    assert local_path(path) == (path if kept else "/")


def test_answers_quote_what_is_typed(client):
    text = client.get("/search", params={"q": '"><img src=x onerror=alert(1)>'}).text
    assert "<img" not in text


@pytest.fixture
def echo(app):
    """A websocket route that trusts `check_websocket`."""
    from starlette.websockets import WebSocket

    @app.websocket("/test-echo")
    async def route(websocket: WebSocket) -> None:
        assert check_websocket(websocket)
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    return "ws://127.0.0.1:8420/test-echo"


def test_a_websocket_from_our_page_is_accepted(client, echo):
    with client.websocket_connect(echo) as socket:
        assert socket.receive_text() == "hello"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example:8420"}, {"Cookie": "groundup_0=1"}],
    ids=["another origin", "no origin to speak of", "another host", "no session"],
)
def test_a_websocket_from_elsewhere_is_refused(client, echo, headers):
    if "Cookie" in headers:
        client.cookies.clear()
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(echo, headers=headers):
        pass
