"""The process in which a lesson's cells run: an IPython kernel that dies with the server.

Started as ``python -m groundup.app.services.kernels_child -f <connection file>``. Linux kills it when the server
ends, by whatever signal; elsewhere ipykernel notices within a second that its parent is gone. When memory runs
out, this process goes before the server and before the learner's other programs.
"""

import ctypes
import os
import signal
import sys
import threading

__all__ = ["main"]

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends; leave now if it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent and os.getppid() != parent:
        os._exit(1)


def go_first_when_memory_is_short() -> None:
    """Raise this process's score with Linux's out-of-memory killer."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:
        return


def warm() -> None:
    """Import what nearly every lesson imports while the learner still reads; names of the session stay as they are."""
    try:
        import matplotlib.figure
        import matplotlib.pyplot
        import numpy  # noqa: F401

        matplotlib.figure.Figure().savefig(os.devnull, format="svg")  # finds the fonts
    except Exception:
        return  # the cell that needs it will say what is wrong


def main() -> None:
    """Run the kernel until it is told to stop."""
    die_with(int(os.environ.get("JPY_PARENT_PID") or 0))
    go_first_when_memory_is_short()
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(sys.argv[1:])
    threading.Thread(target=warm, daemon=True, name="warm").start()
    app.start()


if __name__ == "__main__":
    main()
