"""groundup verify and bench, and what they record."""

import json
from pathlib import Path

import pytest

from groundup.proofs import Case, Proof, recording


def proof(error: float) -> Proof:
    made = Proof("groundup.math.sample", reference="numpy.sum")

    @made.check("sums", tolerance=1e-12, reason="one rounding")
    def _sums():
        yield Case("small", ours=lambda: 3.0, reference=lambda: 3.0)
        yield Case("large", ours=lambda: 1e6 * (1 + error), reference=lambda: 1e6)

    return made


@pytest.fixture
def sample(monkeypatch, tmp_path):
    """The one proof that there is; returns a function to set it."""
    monkeypatch.setattr(recording, "RECORDED", tmp_path / "recorded")
    monkeypatch.setattr(recording, "available", lambda: ["groundup.math.sample"])
    return lambda made: monkeypatch.setattr(recording, "load", lambda module: made)


def test_a_check_shows_its_worst_case(cli, sample):
    sample(proof(3e-13))
    said = cli("verify", "--json")
    (result,) = json.loads(said.stdout)
    (line,) = result["checks"]
    assert said.exit_code == 0 and result["ok"]
    assert (line["cases"], line["worst"]) == (2, "large")
    assert line["error"] == pytest.approx(3e-13, rel=1e-3)
    assert result["versions"]["numpy"] and result["machine"]


def test_an_error_over_the_tolerance_fails_and_names_the_case(cli, sample):
    sample(proof(1e-6))
    said = cli("verify", "math")
    assert said.exit_code == 1
    assert "'large'" in said.stdout and "1.0e-06" in said.stdout


def test_a_case_that_raises_fails_its_check_and_not_the_others(cli, sample):
    made = proof(0)

    @made.check("breaks", tolerance=1, reason="none")
    def _breaks():
        yield Case("division", ours=lambda: 1 / 0, reference=lambda: 1)

    sample(made)
    (result,) = json.loads(cli("verify", "--json").stdout)
    assert [line["ok"] for line in result["checks"]] == [True, False]
    assert "ZeroDivisionError" in result["checks"][1]["message"]


def test_infinite_errors_and_checks_without_cases_are_failures(cli, sample):
    made = Proof("groundup.math.sample", reference="numpy")
    made.check("shapes", tolerance=1, reason="")(lambda: iter([Case("s", lambda: [1.0], lambda: [1.0, 2.0])]))
    made.check("empty", tolerance=1, reason="")(lambda: iter([]))
    sample(made)
    (result,) = json.loads(cli("verify", "--json").stdout)
    assert [line["ok"] for line in result["checks"]] == [False, False]


def test_where_the_reference_is_missing_the_record_is_shown_with_its_date(cli, sample):
    sample(proof(0))
    cli("verify", "--record")
    absent = proof(0)
    absent.reference = "no_such_package.sum"
    sample(absent)
    said = cli("verify", "--json")
    (result,) = json.loads(said.stdout)
    assert said.exit_code == 0 and result["missing"] == ["no_such_package"]
    assert result["checks"][0]["recorded"] == result["date"]
    shown = cli("verify").stdout
    assert "no_such_package not installed here; recorded on" in shown


def test_without_a_record_a_missing_reference_is_not_well(cli, sample):
    absent = proof(0)
    absent.reference = "no_such_package.sum"
    sample(absent)
    said = cli("verify")
    assert said.exit_code == 1 and "nothing is recorded" in said.stdout


def test_a_failing_proof_is_not_recorded(cli, sample):
    sample(proof(1e-3))
    cli("verify", "--record")
    assert not list(recording.RECORDED.glob("*")) if recording.RECORDED.exists() else True


def test_an_unknown_family_is_refused(cli):
    said = cli("verify", "astrology")
    assert said.exit_code == 2 and "there are proofs of" in said.refusal


BENCHMARK = """
from groundup.bench import Benchmark

def setup():
    return {"ours": lambda: sum(range(%d)), "python": lambda: sum(range(2000))}

BENCHMARKS = [Benchmark("math.sample/sum", "sum of 2000 numbers", setup, "python", reach=5.0, rounds=3)]
"""


@pytest.fixture
def benchmarks(monkeypatch, tmp_path):
    from groundup import paths

    (tmp_path / "benchmarks" / "math").mkdir(parents=True)
    monkeypatch.setattr(paths, "benchmarks_dir", lambda: tmp_path / "benchmarks")
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)

    def write(size):
        (tmp_path / "benchmarks" / "math" / "sample.py").write_text(BENCHMARK % size)
        return tmp_path

    return write


def test_a_benchmark_that_reaches_its_mark(cli, benchmarks):
    benchmarks(10)
    said = cli("bench", "sum", "--json")
    rows = json.loads(said.stdout)
    assert said.exit_code == 0
    assert {row["contestant"] for row in rows} == {"ours", "python"}
    assert next(row["ratio"] for row in rows if row["contestant"] == "python") == 1.0


def test_a_benchmark_that_misses_it(cli, benchmarks):
    benchmarks(2_000_000)
    said = cli("bench")
    assert said.exit_code == 1 and "MISSED" in said.stdout


def test_recording_replaces_the_rows_of_the_same_benchmark(cli, benchmarks):
    root = benchmarks(10)
    for _ in range(2):
        cli("bench", "--record")
    cli("bench", "--record", "--threads", "2")
    table = Path(root, "benchmarks", "results", "README.md").read_text()
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) == 4 and sum("| 2 |" in row for row in rows) == 2


def test_no_benchmark_of_that_name(cli, benchmarks):
    benchmarks(10)
    said = cli("bench", "astrology")
    assert said.exit_code == 2 and said.refusal.endswith("there are math.sample")


BUDGET = """
from groundup.bench import Budget

BUDGETS = [Budget("course.sample/size", "a size", lambda: %d, 10.0, "MB")]
"""


@pytest.mark.parametrize(("size", "code", "verdict"), [(4, 0, "kept"), (40, 1, "MISSED")])
def test_a_budget_is_kept_or_missed(cli, benchmarks, size, code, verdict):
    root = benchmarks(10)
    (root / "benchmarks" / "math" / "size.py").write_text(BUDGET % size)
    said = cli("bench", "course.sample")
    assert said.exit_code == code
    assert f"course.sample/size: a size: {size} MB of 10 MB, {verdict}" in said.stdout
    found = json.loads(cli("bench", "course.sample", "--json").stdout)
    assert [(row["value"], row["limit"], row["unit"]) for row in found] == [(size, 10.0, "MB")]


def test_budgets_are_recorded_beside_the_benchmarks(cli, benchmarks):
    root = benchmarks(10)
    file = root / "benchmarks" / "math" / "size.py"
    for size in (4, 6):
        file.write_text(BUDGET % size)
        cli("bench", "course.sample", "--record")
    cli("bench", "sum", "--record")
    table = Path(root, "benchmarks", "results", "README.md").read_text()
    assert table.count("`course.sample/size`") == 1 and "| 6 MB | 10 MB |" in table
    assert table.count("`math.sample/sum`") == 2
