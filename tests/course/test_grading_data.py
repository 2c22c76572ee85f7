"""What may travel between judge and worker, and which names a source uses."""

import numpy as np
import pytest

from groundup.course.grading import values
from groundup.course.grading.source import forbidden_use

# --- plain data on the wire


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 10**30, -0.0, float("inf"), 2 + 3j, "häh", [], [1, [2.5, "a"]],
        (1, (2,)), {"a": 1, (1, 2): None},
        np.arange(6).reshape(2, 3).T, np.float32(2.5), np.array("abc"), np.zeros((0, 4)), np.array([True, False]),
        np.array(3.0), np.array(["a", "bcd"]), np.array([1 + 2j]),
    ],
    ids=repr,
)  # fmt: skip
def test_plain_data_comes_back_as_it_was(value):
    back = values.open_frame(values.encode(value))
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)


@pytest.mark.parametrize(
    "value", [{1}, iter([]), object(), np.matrix([1]), np.array([object()]), lambda: 0, b"bytes", len]
)
def test_anything_else_is_refused(value):
    with pytest.raises(values.Refused):
        values.encode(value)


@pytest.mark.parametrize(
    "header",
    [
        b"{", b"[" * 5000, b'{"t": "array", "d": "|O8", "s": [1]}', b'{"t": "array", "d": "<f8", "s": [99]}',
        b'{"t": "array", "d": "<f8", "s": [-1]}', b'{"t": "array", "d": "<f8", "s": [1e9]}',
        b'{"t": "code", "v": "len"}',
        b'{"t": "dict", "v": [[{"t": "dict", "v": []}, 1]]}', b'{"t": "tensor"}', b"\xff", b'{"t": "what"}',
    ],
)  # fmt: skip
def test_a_forged_frame_is_refused(header):
    with pytest.raises(values.Refused):
        values.decode(header, b"12345678")


# --- forbidden names


@pytest.mark.parametrize(
    "source",
    [
        "import numpy.linalg", "import numpy.linalg as la", "from numpy import linalg", "from numpy.linalg import norm",
        "import numpy as np\nnp.linalg.norm([1])", "import numpy as np\nla = np.linalg",
        "import numpy as n\nm = n\nm.linalg",
        "import numpy\ngetattr(numpy, 'linalg')", "__import__('numpy.linalg')",
        "import importlib\nimportlib.import_module('numpy.linalg')",
    ],
)  # fmt: skip
def test_forbidden_names_are_found_under_any_alias(source):
    found = forbidden_use(source, ("numpy.linalg",))
    assert found and found.line == len(source.splitlines()) and "numpy.linalg" in found.message


def test_what_only_looks_alike_is_allowed():
    source = "import numpy as np\nlinalg = 1\nprint(linalg, np.linalgebra, 'numpy.linalg')\nx.linalg = 2"
    assert forbidden_use(source, ("numpy.linalg",)) is None
