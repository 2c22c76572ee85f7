"""Who may talk to the app: this machine, by its own name, from its own pages, with a session.

What is defended against, and by what:

* another site's page that sends requests here: the Origin of every unsafe request and websocket is compared
  with a fixed list (never with the Host header, which the attacker's name also fills), the cookie is
  SameSite=Strict, and a CSRF token is asked for;
* another site whose name resolves to 127.0.0.1 (DNS rebinding): the Host header is compared with the list;
* another user of this machine: a session begins with a token that lies in a file only its owner can read, never
  on a command line (``ps`` shows those) or in a log. A token opens one session, then a new one is written. A
  session's cookie, which the browser also sends to other ports, serves no other user's program (`peer`);
* hostile output of a lesson: the Content-Security-Policy lets only our own script files run.

Not defended against: programs that already run as the same user.
"""

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from groundup.app.peer import foreign
from groundup.app.settings import Settings

__all__ = ["Gate", "SecurityMiddleware", "Session", "check_websocket", "content_policy", "local_path"]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = ("/login", "/static/", "/health")  # reachable without a session
MAX_BODY = 2_000_000  # bytes; the longest draft is far shorter


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has handed in a token."""

    csrf: str


class Gate:
    """The sessions and the current token of one instance.

    Parameters
    ----------
    settings : Settings
        Gives the allow-lists and the folder of the token's files.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.cookie = f"groundup_{secrets.token_hex(6)}"  # ports share cookies: two instances must not collide
        self._sessions: dict[bytes, Session] = {}
        self._token = secrets.token_urlsafe(32)

    def write_token_files(self) -> Path:
        """Write the token and a page that hands it in, readable by the owner alone; return the page's path."""
        folder = self.settings.run_dir
        for made in (folder.parent, folder):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
            made.chmod(0o700)
        _write_private(folder / "token", self._token + "\n")
        return _write_private(folder / "open.html", _handover_page(self.settings.url + "login", self._token))

    def remove_token_files(self) -> None:
        """Take the files away when the server ends."""
        for name in ("token", "open.html"):
            (self.settings.run_dir / name).unlink(missing_ok=True)

    def redeem(self, token: str) -> str | None:
        """Exchange the token for a session's secret, once; None when it is not the current one."""
        if not hmac.compare_digest(token.strip().encode(), self._token.encode()):
            return None
        self._token = secrets.token_urlsafe(32)
        with suppress(OSError):  # a full disk: this browser is let in, the next one has to wait
            self.write_token_files()
        return self.open_session()[0]

    def open_session(self) -> tuple[str, Session]:
        """Begin a session; returns the cookie's value and the session."""
        secret = secrets.token_urlsafe(32)
        session = Session(csrf=secrets.token_urlsafe(32))
        self._sessions[_digest(secret)] = session
        return secret, session

    def session(self, headers: Headers) -> Session | None:
        """The session that the request's cookie names."""
        for line in headers.getlist("cookie"):
            try:
                cookies = SimpleCookie(line)
            except CookieError:
                continue
            if self.cookie in cookies:
                return self._sessions.get(_digest(cookies[self.cookie].value))
        return None

    def set_cookie(self, response: Response, secret: str) -> None:
        """Give the browser its session: no script can read it, no other site's request carries it."""
        response.set_cookie(self.cookie, secret, httponly=True, samesite="strict", path="/")

    def host_ok(self, headers: Headers) -> bool:
        """Whether the request names this server by one of its own names."""
        return headers.getlist("host") in [[host] for host in self.settings.hosts]

    def origin_ok(self, headers: Headers) -> bool:
        """Whether the request comes from one of our own pages."""
        return headers.getlist("origin") in [[origin] for origin in self.settings.origins]


def check_websocket(websocket: WebSocket) -> bool:
    """Whether a websocket may be accepted: own Host, own Origin, a session.

    The middleware refuses the others before a route sees them; a route calls this too, so that it is safe
    wherever it is mounted.
    """
    gate: Gate = websocket.app.state.context.gate
    headers = websocket.headers
    return gate.host_ok(headers) and gate.origin_ok(headers) and gate.session(headers) is not None


def content_policy(nonce: str, host: str) -> str:
    """The Content-Security-Policy of our pages: scripts from our own files only, nothing from other hosts."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self' ws://{host}",
            "frame-src 'self'",
            "manifest-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
        ]
    )


def local_path(path: str | None) -> str:
    """``path`` when it leads to a page of ours, else the home page."""
    good = path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if path and good else "/"


class SecurityMiddleware:
    """Refuses what `Gate` does not let in, and puts the protective headers on every answer."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or websocket."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        ours = self.gate.host_ok(headers) and self.gate.origin_ok(headers)
        if ours and self.gate.session(headers) and not foreign(scope.get("client"), scope.get("server")):
            await self.app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "not from a page of this course"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        nonce = secrets.token_urlsafe(16)
        session = self.gate.session(headers)
        scope.setdefault("state", {}).update(nonce=nonce, session=session)
        # A refused Host must not reach the policy text, which quotes it.
        host = headers.get("host", "") if self.gate.host_ok(headers) else self.gate.settings.hosts[0]

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                _protect(MutableHeaders(scope=message), content_policy(nonce, host))
            await send(message)

        refusal = self._refusal(scope, headers, session)
        if refusal is None and scope["method"] not in SAFE_METHODS:
            receive, refusal = await self._checked_body(scope, headers, session, receive)
        await (refusal or self.app)(scope, receive, protected)

    def _refusal(self, scope: Scope, headers: Headers, session: Session | None) -> Response | None:
        if not self.gate.host_ok(headers):
            known = " or ".join(self.gate.settings.hosts[:2])
            return PlainTextResponse(f"This server answers to {known} only.\n", 421)
        if foreign(scope.get("client"), scope.get("server")):
            return PlainTextResponse("This course belongs to another user of this machine.\n", 403)
        path, public = scope["path"], scope["path"].startswith(PUBLIC)
        login = path == "/login"  # guarded by its token; the page that hands it in is a file, whose Origin is null
        if scope["method"] not in SAFE_METHODS and not login and not self.gate.origin_ok(headers):
            return _refuse(403, "origin", "This request did not come from a page of this course.")
        if session is None and not public:
            if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
                query = scope["query_string"].decode("latin-1")
                return RedirectResponse(f"/login?next={quote(path + '?' * bool(query) + query, safe='/')}", 303)
            return _refuse(401, "session", "The course was restarted or you are not signed in. Open it again.")
        return None

    async def _checked_body(
        self, scope: Scope, headers: Headers, session: Session | None, receive: Receive
    ) -> tuple[Receive, Response | None]:
        body = await _read(receive)
        if body is None:
            return receive, _refuse(413, "size", f"The request is larger than {MAX_BODY} bytes.")
        if scope["path"] != "/login":
            given = headers.get("x-csrf-token") or _form_field(headers, body, "_csrf")
            if session is None or not hmac.compare_digest(given.encode(), session.csrf.encode()):
                return receive, _refuse(403, "csrf", "This page is older than the running course. Reload it.")
        return _replay(body, receive), None


async def _read(receive: Receive) -> bytes | None:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(chunks)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()  # what follows is the disconnect
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _form_field(headers: Headers, body: bytes, name: str) -> str:
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    return parse_qs(body.decode("utf-8", "replace")).get(name, [""])[0]


def _protect(headers: MutableHeaders, policy: str) -> None:
    headers.setdefault("Content-Security-Policy", policy)
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # no-referrer would make the Origin of our own forms null
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"


def _refuse(status: int, error: str, message: str) -> Response:
    return JSONResponse({"error": error, "message": message}, status)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _write_private(path: Path, text: str) -> Path:
    """Replace the file by one that was never readable to others, not even for a moment."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(fresh, path)
    return path


def _handover_page(action: str, token: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Opening groundup</title>'
        '<meta name="referrer" content="no-referrer">'
        f'<form method="post" action="{escape(action)}"><input type="hidden" name="token" value="{escape(token)}">'
        "<button>Open groundup</button></form>"
        "<script>document.forms[0].submit()</script></html>\n"
    )
