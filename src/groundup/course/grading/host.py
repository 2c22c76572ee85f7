"""A process that has imported what gradings need, and forks for each.

``python -m groundup.course.grading.host KIND FD``. It keeps no state. Over the socket FD come single bytes with file
descriptors; each starts a child, which serves them and ends. When the socket closes, the host ends what is below it,
then itself; so the course may be killed and nothing stays behind. A host of workers adopts what a killed keeper leaves
behind, and ends that too.
"""

import os
import select
import signal
import socket
import sys
import traceback

__all__ = ["main"]


def main(kind: str, descriptor: int) -> None:
    """Serves until the socket closes. Kind is "worker" or "judge"."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children need no wait
    channel = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    serve = _worker if kind == "worker" else _judge
    serve_ready = serve(None)
    from groundup.course.grading.isolation import kill_tree
    from groundup.course.grading.isolation.scratch import remove

    channel.sendall(b"r")
    children: dict[int, int] = {}  # process ids by the descriptors that tell of their end
    while True:
        ended, _, _ = select.select([channel, *children], [], [])
        for number in [child for child in children if child in ended]:
            os.close(number)
            del children[number]
            kill_tree(spare=children.values())
        if channel not in ended:
            continue
        try:
            message, descriptors, _, _ = socket.recv_fds(channel, 1, 4)
        except OSError:
            break
        if not message:
            break
        child = os.fork()
        if child == 0:
            channel.close()
            for number in children:
                os.close(number)
            _child(serve_ready, descriptors)
        if hasattr(os, "pidfd_open"):
            children[os.pidfd_open(child)] = child
        for number in descriptors:
            os.close(number)
    kill_tree()
    if base := os.environ.get("GROUNDUP_GRADING_BASE"):
        remove(base)


def _child(serve, descriptors: list[int]) -> None:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve(descriptors)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _worker(_: None):
    import psutil  # noqa: F401  the keeper's, imported once

    from groundup.course.grading.isolation import adopt_orphans
    from groundup.course.grading.keeper import keep

    adopt_orphans()
    host = os.getpid()

    def serve(descriptors: list[int]) -> None:
        work, output, control = descriptors
        keep(socket.socket(fileno=work), output, socket.socket(fileno=control), host)

    return serve


def _judge(_: None):
    from groundup.course.grading.isolation import die_with_parent
    from groundup.course.grading.judge import run

    def serve(descriptors: list[int]) -> None:
        die_with_parent()
        events, work, output, control = descriptors
        run(socket.socket(fileno=events), socket.socket(fileno=work), output, socket.socket(fileno=control))

    return serve


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
