"""What learner's code can send back, or write into its own connection, to hang or break the judge."""

import time
from pathlib import Path

import pytest

from groundup.course.exercise import Exercise
from groundup.course.grading import Limits, close, grade

FORGE = """
import gc, json, os, socket, struct

def texts(**pairs):
    return {"t": "dict", "v": [[name, value] for name, value in pairs.items()]}

def array(shape, dtype):
    return {"t": "array", "d": dtype, "s": shape}

def forge(reply, body=b"", header=None):
    header = json.dumps(reply).encode() if header is None else header
    channel = next(o for o in gc.get_objects() if type(o) is socket.socket and o.fileno() >= 0)
    channel.setblocking(True)
    channel.sendall(struct.pack("<4sQQ", b"gu1 ", len(header), len(body)) + header + body)
    os._exit(0)

"""
COLLIDING = "b','.join(b'[%d,0]' % (n * (2**61 - 1)) for n in range(200_000))"
ANSWERS = {
    "an array of many short axes": "import numpy as np\ndef double(x):\n    return np.zeros((2,) * 26, bool)\n",
    "text that is none": (
        "import numpy as np\ndef double(x):\n    return np.array([2**32 - 1] * 3, np.uint32).view('<U1')\n"
    ),
    "a class that is no list": "forge(texts(op='raised', kind='x', bases=[array([2], '|b1')]), b'11')",
    "names that are a number": "forge(texts(op='changed', names=3))",
    "a reason of megabytes": "forge(texts(op='refused', what='x' * 10**7))",
    "a reason that is an array": "forge(texts(op='refused', what=array([2] * 26, '|b1')), bytes(2**26))",
    "JSON that takes gigabytes": "forge(0, header=b'[' + b'[],' * (100 * 2**20 // 3) + b'1]')",
    "JSON without end": "forge(0, header=b'[' * 10**7)",
    "an impossible shape": "forge(texts(op='answer', value=array([0, 2**62], '<f8')))",
    "keys of one hash": f'forge(0, header=b\'{{"t":"dict","v":[\' + {COLLIDING} + b\']}}\')',
    "a line of no file": "forge(texts(op='raised', kind='time', line=10**4000, trace=[[10**4000, 'a']], depth=2))",
}


@pytest.fixture(scope="module", autouse=True)
def _end_helpers():
    yield
    close()


TAKES_LONG = "keys of one hash"  # the judge's whole patience


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == TAKES_LONG else ()) for name in ANSWERS]
)
def test_the_judge_neither_hangs_nor_blames_the_grader(name):
    exercise = Exercise.load(Path(__file__).parent / "hostile" / "double")
    code = ANSWERS[name]
    code = code if "def double" in code else f"{FORGE}\ndef double(x):\n    {code}\n"
    started = time.monotonic()
    report = grade(exercise, code, limits=Limits(seconds=3, memory=600))
    assert time.monotonic() - started < 40
    assert not report.passed and report.message
    assert all(len(text) < 5000 for case in report.cases for text in (case.message, case.got, case.expected))
