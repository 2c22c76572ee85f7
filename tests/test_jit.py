"""groundup.jit: compiled kernels are kept, and never outlive the source they were made from."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup import jit

HELPER = "from groundup.jit import njit\n\n\n@njit\ndef step(x):\n    return x + {add}\n"
CALLER = """from groundup.jit import njit
from toy._helper_kernels import step


@njit
def twice(x):
    return step(step(x))
"""
RUN = "from toy._caller_kernels import twice; print(twice(1.0), sum(twice.stats.cache_hits.values()))"


@pytest.fixture
def toy(tmp_path):
    package = tmp_path / "src" / "toy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "_helper_kernels.py").write_text(HELPER.format(add=1))
    (package / "_caller_kernels.py").write_text(CALLER)
    return package


def start(toy, code=RUN, **environment):
    path = os.pathsep.join([str(toy.parent), str(Path(groundup.__file__).parents[1])])
    environment = {"PYTHONPATH": path, "GROUNDUP_CACHE": str(toy.parents[1] / "cache"), **environment}
    return subprocess.Popen(
        [sys.executable, "-B", "-c", code], env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )


def run(toy, code=RUN, **environment):
    process = start(toy, code, **environment)
    out = process.communicate(timeout=120)[0].split()
    assert process.returncode == 0
    return float(out[0]), int(out[1])


def kept(toy):
    return sorted((toy.parents[1] / "cache" / "kernels").glob("*/*"))


def test_an_edit_of_a_helper_in_another_file_is_seen(toy):
    assert run(toy) == (3.0, 0)
    assert run(toy) == (3.0, 1)  # from the cache
    (toy / "_helper_kernels.py").write_text(HELPER.format(add=10))
    assert run(toy) == (21.0, 0)
    assert run(toy) == (21.0, 1)


def test_a_read_only_process_loads_and_never_writes(toy):
    assert run(toy, GROUNDUP_KERNELS_READONLY="1") == (3.0, 0)
    assert not kept(toy)
    run(toy)
    before = [(file, file.stat().st_mtime_ns) for file in kept(toy)]
    assert before and run(toy, GROUNDUP_KERNELS_READONLY="1") == (3.0, 1)
    integers = "from toy._caller_kernels import twice; print(twice(1), sum(twice.stats.cache_hits.values()))"
    assert run(toy, integers, GROUNDUP_KERNELS_READONLY="1") == (3.0, 0)
    assert [(file, file.stat().st_mtime_ns) for file in kept(toy)] == before


def test_nothing_is_written_beside_the_source_or_left_over(toy):
    run(toy)
    assert sorted(p.name for p in toy.iterdir()) == ["__init__.py", "_caller_kernels.py", "_helper_kernels.py"]
    assert [file.suffix for file in kept(toy)] == [".nbc", ".nbc"]


def test_a_cache_folder_that_cannot_be_written_costs_time_only(toy):
    (toy.parents[1] / "cache").mkdir()
    (toy.parents[1] / "cache" / "kernels").write_text("a file where the folder should be")
    assert run(toy) == (3.0, 0)


def test_processes_that_compile_at_once_agree(toy):
    code = RUN.replace("1.0", "{}")
    processes = [start(toy, code.format(value)) for value in ("1", "1.0", "1", "1.0")]
    assert [float(p.communicate(timeout=120)[0].split()[0]) for p in processes] == [3.0] * 4
    assert run(toy, code.format("1")) == (3.0, 1) and run(toy, code.format("1.0")) == (3.0, 1)


def test_code_compiled_after_an_edit_is_not_kept_under_the_old_stamp(toy):
    edit = f"open({str(toy / '_helper_kernels.py')!r}, 'a').write('# edited')"
    code = f"from toy._caller_kernels import twice; {edit}; print(twice(1.0), 0)"
    assert run(toy, code) == (3.0, 0)
    assert not kept(toy)


def test_folders_of_stamps_long_unused_are_deleted(toy):
    folder = toy.parents[1] / "cache" / "kernels" / "old"
    folder.mkdir(parents=True)
    os.utime(folder, (0, 0))
    run(toy)
    assert not folder.exists() and kept(toy)


def test_outside_kernel_files_kernels_are_compiled_in_memory():
    @jit.njit
    def add(x):
        return x + 1

    @jit.njit(parallel=True)
    def total(x):
        out = 0.0
        for i in jit.prange(len(x)):
            out += x[i]
        return out

    assert add(1) == 2 and total(np.ones(5)) == 5
    assert not add.stats.cache_path


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_kernel_files_import_only_what_the_stamp_sees():
    for file in jit.paths.PACKAGE.rglob("_*_kernels.py"):
        for name in imported(file):
            if name != "numba.extending":  # overload: one name for several kinds of arguments
                assert not name.startswith("numba"), f"{file}: take njit from groundup.jit"
            ours = name.startswith("groundup") and name != "groundup.jit"
            assert not ours or name.endswith("_kernels"), f"{file} imports {name}: an edit there would not be seen"


PARALLEL = """from groundup.jit import njit, prange


@njit(parallel=True, fastmath={"reassoc"})
def total(x):
    out = 0.0
    for i in prange(len(x)):
        out += x[i]
    return out


@njit(cache=False)
def twice(x):
    return x + x
"""


def test_options_are_passed_on_and_parallel_kernels_are_kept(toy):
    (toy / "_sum_kernels.py").write_text(PARALLEL)
    code = (
        "import numpy as np; from toy._sum_kernels import total, twice; twice(1.0); assert not twice.stats.cache_path;"
        "print(total(np.ones(9)), sum(total.stats.cache_hits.values()))"
    )
    assert run(toy, code) == (9.0, 0) and run(toy, code) == (9.0, 1)
