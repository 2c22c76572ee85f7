"""`serve`: the course on this machine, until Ctrl-C."""

import asyncio
import logging
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from groundup import paths
from groundup.app.main import create_app
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
    """Serve the course until it is interrupted.

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
    Settings(host=host, port=port or DEFAULT_PORT, home=home or paths.user_dir())  # refuses before a port is taken
    taken = _socket(host, port)
    settings = Settings(host=host, port=taken.getsockname()[1], home=home or paths.user_dir())
    app = create_app(settings)
    gate = app.state.context.gate
    page = gate.write_token_files()
    if notice := app.state.context.store.notice:
        say(notice)
    say(f"The course runs at {settings.url}")
    say(f"Open it:       file://{page}")
    say(f"Or type in:    the address above, and the token that  cat {page.with_name('token')}  shows")
    say("Stop it:       Ctrl-C")
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=3, server_header=False, lifespan="on"
    )
    try:
        asyncio.run(_run(uvicorn.Server(config), taken, page if open_browser else None))
    except KeyboardInterrupt:
        pass
    finally:
        gate.remove_token_files()
        taken.close()
    say("Stopped. Everything that was saved is kept.")


async def _run(server: uvicorn.Server, taken: socket.socket, page: Path | None) -> None:
    if page is not None:
        asyncio.get_running_loop().call_later(0.4, _open, page)
    await server.serve(sockets=[taken])


def _open(page: Path) -> None:
    try:
        webbrowser.open(page.as_uri())
    except webbrowser.Error as error:
        logging.getLogger(__name__).warning("No browser could be opened: %s", error)


def _socket(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if port else range(DEFAULT_PORT, DEFAULT_PORT + TRIED_PORTS):
        made = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":
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
