#!/usr/bin/env python3
"""One command from a fresh clone: `python3 go.py learn` sets up and opens the course.

Only the standard library is used. This file is kept to syntax that Python 2.7 parses, so that an old Python
prints a sentence instead of a syntax error; all that needs 3.11 stands in the folder `tools`.
"""

from __future__ import print_function

import glob
import os
import subprocess
import sys

LOWEST, HIGHEST = (3, 11), (3, 14)  # what the locked packages are built for
ASK = "import sys; print('%d %d' % sys.version_info[:2])"


def fits(version):
    return LOWEST <= tuple(version) <= HIGHEST


def candidates():
    """Pythons worth asking: on PATH, then those of pyenv, then those of uv; the tested version first."""
    home = os.path.expanduser("~")
    for minor in (11, 12, 13, 14):
        name = "python3.%d" % minor
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            yield os.path.join(folder, name)
        for pattern in (".pyenv/versions/3.%d.*/bin/python", ".local/share/uv/python/cpython-3.%d*/bin/python3"):
            for path in sorted(glob.glob(os.path.join(home, *(pattern % minor).split("/")))):
                yield path


def answers(python):
    """The version of a Python that starts, or None: a pyenv shim may exist and still refuse."""
    if not os.access(python, os.X_OK):
        return None
    try:
        with open(os.devnull, "w") as nothing:
            said = subprocess.check_output([python, "-c", ASK], stderr=nothing)
        return tuple(int(part) for part in said.split())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def newer_python():
    for python in candidates():
        version = answers(python)
        if version and fits(version):
            return python
    return None


def main(arguments):
    if not fits(sys.version_info[:2]):
        python = newer_python()
        if python is None:
            print(
                "groundup needs Python 3.11 to 3.14; this is %d.%d and no other was found.\n"
                "Install one, for instance with:  uv python install 3.12\n"
                "and run this command again." % sys.version_info[:2],
                file=sys.stderr,
            )
            return 1
        os.execv(python, [python, os.path.abspath(__file__)] + arguments)  # noqa: RUF005
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # python -I leaves it out
    from tools.verbs import main as verbs

    return verbs(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
