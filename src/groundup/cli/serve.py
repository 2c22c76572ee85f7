"""``groundup learn``."""

from typing import Annotated

import typer

from groundup.cli.console import Refusal

__all__ = ["learn"]


def learn(
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The first free one from 8420 when left out.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the browser.")] = False,
) -> None:
    """Open the course in the browser, on this machine alone, until Ctrl-C."""
    from groundup.app.server import PortInUse, serve
    from groundup.course.progress import StoreError

    try:
        serve(host, port, not no_browser)
    except (PortInUse, StoreError, ValueError) as fault:
        raise Refusal(str(fault)) from None
