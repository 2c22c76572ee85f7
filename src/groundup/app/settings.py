"""What a server instance is started with: its address and where the learner's data lies."""

from dataclasses import dataclass, field
from pathlib import Path

from groundup import paths

__all__ = ["LOOPBACK", "Settings"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one instance of the app.

    Parameters
    ----------
    host : str
        The loopback address to listen on; any other is refused.
    port : int
        The TCP port. It is part of the Host allow-list, so it has to be the real one.
    home : Path
        The learner's data folder: the database and the files that open the browser.
    lessons : Path or None
        The folder of lessons; None takes the one of ``groundup.paths.lessons_dir``.

    Raises
    ------
    ValueError
        When ``host`` is not a loopback address, or ``port`` is not a TCP port.
    """

    host: str = "127.0.0.1"
    port: int = 8420
    home: Path = field(default_factory=paths.user_dir)
    lessons: Path | None = None

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            raise ValueError(
                f"host is {self.host!r}, but the course listens on this machine only ({', '.join(LOOPBACK)}): "
                "code that a page runs has your rights, so nobody else on the network may reach it. "
                "To use it from another machine, forward the port: ssh -L "
                f"{self.port}:127.0.0.1:{self.port} <this machine>"
            )
        if not 0 < self.port < 65536:
            raise ValueError(f"port is {self.port}, expected a number from 1 to 65535")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The Host headers that are answered; all else may be a rebound name of another site."""
        named = ("127.0.0.1", "localhost", "[::1]")
        return tuple(f"{name}:{self.port}" for name in named) + (named if self.port == 80 else ())

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins from which unsafe requests and websockets are accepted."""
        return tuple(f"http://{host}" for host in self.hosts)

    @property
    def url(self) -> str:
        """The address that a person types."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    @property
    def run_dir(self) -> Path:
        """The folder of the files that hand over the token, one a port."""
        return self.home / "run" / str(self.port)

    @property
    def database(self) -> Path:
        """The learner's progress."""
        return self.home / "progress.sqlite"
