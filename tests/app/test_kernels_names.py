"""Which cells a change reaches, and how a slider's value gets into the source."""

import pytest

from groundup.app.services.kernels_names import dependents, names_of, with_value


@pytest.mark.parametrize(
    ("source", "assigns", "reads"),
    [
        ("a = b", {"a"}, {"b"}),
        ("a, (c, *d) = b", {"a", "c", "d"}, {"b"}),
        ("for i in r: pass", {"i"}, {"r"}),
        ("with f() as g: pass", {"g"}, {"f"}),
        ("import numpy as np\nx = np.pi", {"np", "x"}, {"np"}),
        ("def f(u):\n    return u + v", {"f"}, {"v"}),
        ("def f():\n    global k\n    k = 1", {"f", "k"}, set()),
        ("class C:\n    z = w", {"C"}, {"w"}),
        ("l = [q for q in s]", {"l"}, {"s"}),
        ("if (n := m): pass", {"n"}, {"m"}),
        ("x[0] = y", {"x"}, {"x", "y"}),
        ("x += 1", {"x"}, {"x"}),
        ("items.append(1)", {"items"}, {"items"}),
        ("def broken(:", set(), set()),
    ],
)
def test_names(source, assigns, reads):
    names = names_of(source)
    assert names.assigns == assigns
    assert reads <= names.reads


def test_a_call_on_a_module_changes_nothing():
    assert names_of("import numpy as np\nnp.random.seed(1)").assigns == {"np"}


def test_dependents_follow_through_other_cells():
    cells = [
        ("start", "scale = 1.0"),
        ("apart", "other = 5"),
        ("uses", "y = scale * 2"),
        ("through", "print(y)"),
        ("inside", "def f():\n    return scale"),
        ("last", "print(other)"),
    ]
    assert dependents(cells, "start") == ["uses", "through", "inside"]
    assert dependents(cells, "apart") == ["last"]
    assert dependents(cells, "no such") == []


@pytest.mark.parametrize(
    ("source", "value", "after"),
    [
        ("scale = 5.0", 2, "scale = 2.0"),
        ("scale = 5", 2.4, "scale = 2"),
        ("x = 1\nscale = 5.0  # the scale\nscale = 7.0", 0.25, "x = 1\nscale = 0.25  # the scale\nscale = 7.0"),
        ("scale: float = 5.0\n", 1, "scale: float = 1.0\n"),
        ("é = 'ü'; scale = 5.0; z = 'ö'", 1, "é = 'ü'; scale = 1.0; z = 'ö'"),
        ("scale = (\n    5.0\n)\n", 1, "scale = (\n    1.0\n)\n"),
        ("scale = -5.0", 1, "scale = 1.0"),
    ],
)
def test_with_value(source, value, after):
    assert with_value(source, "scale", value) == after


def test_with_value_says_what_is_missing():
    with pytest.raises(ValueError, match="no assignment to 'scale'"):
        with_value("def f():\n    scale = 1", "scale", 2)
