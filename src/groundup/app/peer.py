"""Whose program is at the other end of a connection on this machine.

Ports of one address share cookies: a page that another user of this machine serves on 127.0.0.1 is sent our session's
cookie by the learner's own browser. So a session is worth nothing to a program of another user. Linux says in
``/proc/net/tcp`` who owns each end of a connection; elsewhere nobody is refused for this.
"""

import os
import socket
import sys

__all__ = ["foreign", "owner"]

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
ESTABLISHED = "01"  # an end that was closed has no owner any more and would pass for root's
NOBODY = -1


def foreign(client: tuple[str, int] | None, server: tuple[str, int] | None) -> bool:
    """Whether the client is known to be a program of a user other than ours and root."""
    found = owner(client, server) if client and server else None
    return found is not None and found not in (0, os.getuid())


def owner(client: tuple[str, int], server: tuple[str, int]) -> int | None:
    """The user id behind the client's end; -1 when that end is closed, None when this system does not tell."""
    try:
        ours, theirs = _written(*server), _written(*client)
    except OSError:  # no address: a test's client
        return None
    told = False
    for table in TABLES:
        try:
            with open(table, encoding="ascii") as file:
                lines = file.read().splitlines()[1:]
        except OSError:
            continue
        told = True
        for line in lines:
            _, local, remote, state, *_, user, _, _ = line.split()[:10]
            if state == ESTABLISHED and local.endswith(theirs) and remote.endswith(ours):
                return int(user)
    return NOBODY if told else None


def _written(host: str, port: int) -> str:
    """An address as the tables write it: words in the machine's own order, in hexadecimal."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host)
    words = (int.from_bytes(packed[at : at + 4], sys.byteorder) for at in range(0, len(packed), 4))
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"
