"""`serve`: the course on this machine, until Ctrl-C."""

import asyncio
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from shlex import quote
from threading import Thread, current_thread, main_thread

import uvicorn
from fastapi import FastAPI

from groundup import paths
from groundup.app.main import create_app
from groundup.app.running import forget, note, running
from groundup.app.settings import Settings

__all__ = ["PortInUse", "serve"]

DEFAULT_PORT = 8420
TRIED_PORTS = 20


class PortInUse(Exception):
    """The port that was asked for is taken; the message says what to do."""


def serve(
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = True,
    *,
    home: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the course until it is interrupted; open the one that runs already when there is one.

    Parameters
    ----------
    host : str
        A loopback address.
    port : int or None
        The port. None takes the first free one from 8420 on; a port that is named is taken or refused.
    open_browser : bool
        Open the course in the browser.
    home : Path or None
        The learner's data folder.
    say : callable
        Gets the lines for the terminal.

    Raises
    ------
    PortInUse
        When the named port, or each of the tried ones, is taken.
    ValueError
        When ``host`` is not a loopback address.
    """
    home = home or paths.user_dir()
    asked = Settings(host=host, port=port or DEFAULT_PORT, home=home)  # refuses a host before a port is taken
    show = open_browser and _has_screen()
    if there := running(home, port):
        _tell(replace(asked, port=there.port), there.page, say, "The course runs already at")
        if show:
            webbrowser.open(there.page.as_uri())
        return
    taken = _socket(host, port)
    settings = replace(asked, port=taken.getsockname()[1])
    app = create_app(settings)
    gate = app.state.context.gate
    page = gate.write_token_files()
    note(settings.run_dir)
    for notice in app.state.context.notices:
        say(notice)
    _tell(settings, page, say, "The course runs at")
    say("Stop it:       Ctrl-C")
    try:
        _serve(app, taken, page if show else None)
    finally:
        gate.remove_token_files()
        forget(settings.run_dir)
        taken.close()
    say("Stopped. Everything that was saved is kept.")


def _serve(app: FastAPI, taken: socket.socket, page: Path | None) -> None:
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=3, server_header=False, lifespan="on"
    )
    if current_thread() is main_thread():
        # uvicorn stops in order and then sends itself the signal again, which would end us before we tidied up.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(uvicorn.Server(config), taken, page))


def _tell(settings: Settings, page: Path, say: Callable[[str], None], begin: str) -> None:
    say(f"{begin} {settings.url}")
    say(f"Open it:       {page.as_uri()}")
    say(f"Or type in:    the address above, and the token that  cat {quote(str(page.with_name('token')))}  shows")


async def _run(server: uvicorn.Server, taken: socket.socket, page: Path | None) -> None:
    if current_thread() is main_thread():  # the terminal was closed: stop in order, with kernels and helpers
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, setattr, server, "should_exit", True)
    if page is not None:
        # The socket listens already, so the browser may come before the server is quite ready.
        Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()
    await server.serve(sockets=[taken])


def _has_screen() -> bool:
    """Whether a window can be opened; in a bare terminal a text browser would take the terminal over."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _socket(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if port else range(DEFAULT_PORT, DEFAULT_PORT + TRIED_PORTS):
        # Named as TCP, or asyncio does not switch Nagle's algorithm off, and a page waits 40 ms for its last packet.
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left may be taken at once
        try:
            made.bind((host, candidate))
            made.listen(128)
        except OSError:
            made.close()
            continue
        return made
    if port:
        raise PortInUse(
            f"Port {port} is in use. Choose another with --port, or leave --port out and a free one is found."
        )
    last = DEFAULT_PORT + TRIED_PORTS - 1
    raise PortInUse(f"Ports {DEFAULT_PORT} to {last} are all in use. Name a free one with --port.")
