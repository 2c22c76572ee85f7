"""What importing a part loads: measured in fresh processes, since another test may have loaded anything."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "sklearn", "numba", "scipy")


def loaded(code: str) -> set[str]:
    """Top-level modules after running code in a fresh Python."""
    show = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    said = subprocess.run([sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    return set(json.loads(said.stdout.splitlines()[-1]))


@pytest.mark.parametrize("code", ["import groundup", "import groundup.cli", "import groundup.course"])
def test_the_light_parts_load_nothing_heavy(code):
    assert not loaded(code) & {*HEAVY, "numpy"}


def test_the_app_loads_no_model_library():
    assert not loaded("import groundup.app.main, groundup.app.server") & set(HEAVY)


def test_loading_the_course_loads_no_model_library():
    assert not loaded("from groundup.course.catalog import Catalog; Catalog.load(strict=False)") & set(HEAVY)


@pytest.mark.parametrize("family", ["math.linear_algebra", "math.calculus", "math.probability", "neural.autograd"])
def test_the_library_loads_no_torch(family):
    assert "torch" not in loaded(f"import groundup.{family}")


def test_the_probe_itself_sees_an_import():
    assert "numba" in loaded("import numba")
