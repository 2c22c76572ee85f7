"""Which torch is installed, decided on dry-run reports that pip wrote (recorded 2026-11-20, torch 2.13)."""

from pathlib import Path

import pytest

from tools.torch_choice import brings_cuda, decide

REPORTS = Path(__file__).parent / "reports"
CUDA = (REPORTS / "pypi_linux_cuda.json").read_text(encoding="utf-8")  # the default index, Linux x86-64
PLAIN = (REPORTS / "processor_only.json").read_text(encoding="utf-8")  # a source with the processor-only build


def test_the_recorded_reports_are_told_apart():
    assert brings_cuda(PLAIN) == []
    assert {"nvidia-cublas", "triton", "cuda-toolkit"} <= set(brings_cuda(CUDA))
    assert "torch" not in brings_cuda(CUDA)


@pytest.mark.parametrize(
    ("report", "gpu", "free_gb", "how", "said"),
    [
        (PLAIN, False, 50, "pip", "0.2 GB"),
        (PLAIN, True, 50, "pip", "0.2 GB"),
        (CUDA, True, 50, "pip", "2.7 GB"),
        (CUDA, False, 50, "uv", "0.2 GB"),
        (PLAIN, False, 0.9, "none", "0.9 GB are free"),
        (CUDA, False, 0.9, "none", "0.9 GB are free"),
        (CUDA, True, 5, "none", "needs 8.0 GB"),
    ],
)
def test_the_choice_and_what_is_said(report, gpu, free_gb, how, said):
    choice = decide(report, gpu=gpu, free_gb=free_gb)
    assert choice.how == how
    assert said in choice.why
