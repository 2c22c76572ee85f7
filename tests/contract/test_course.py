"""What is called complete is complete, and what an exercise or lesson names is there."""

import re

import pytest

from groundup.course.audit import audit, complete
from groundup.course.catalog import Catalog

from .rules import ROOT

CATALOG = Catalog.load(ROOT / "lessons", strict=False)
COMPLETE = [id for id, concept in CATALOG.inventory.items() if concept.state == "complete"]


def test_the_whole_course_can_be_read():
    assert not CATALOG.faults, "\n".join(map(str, CATALOG.faults))


def test_nothing_in_the_course_is_wrong():
    errors = [str(finding) for finding in audit(CATALOG) if finding.severity == "error"]
    assert not errors, "\n".join(errors)


# Written as the field writes them; an id in words would lose it.
SPELT = re.findall(
    r"\S+",
    """AI API APIs AdaBoost BERT CASH CI/CD CLIP CNN DETR DQN FlashAttention GAN GPT GRU GitOps Grad-CAM KV LLM LLMs
    LSTM LoRA ML MLP OCR PCA PPO PixelCNN RAG RL RLHF RNN SVM SegFormer T5 U-Net UMAP VAE k-means k-nearest t-SNE""",
)


def test_names_of_the_field_are_spelt_as_the_field_spells_them():
    right = {word.casefold(): word for word in SPELT}
    for concept in CATALOG.inventory.values():
        wrong = [word for word in concept.title.split() if word != right.get(word.casefold(), word)]
        assert not wrong, f"{concept.id}: {wrong}; give the row a title"
    for joined in ("K means", "T sne", "U net", "Ci cd", "Ab testing", "Self attention", "Fine tuning", "Naive bayes"):
        assert joined not in {concept.title for concept in CATALOG.inventory.values()}


@pytest.mark.parametrize("id", COMPLETE)
def test_a_complete_concept_lacks_nothing(id):
    findings = [str(finding) for finding in complete(CATALOG, [id]) if finding.severity != "warning"]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("id", COMPLETE)
def test_a_complete_concept_has_no_placeholder_left(id):
    lesson = CATALOG.lessons[id]
    files = [file for file in lesson.path.rglob("*") if file.suffix in {".md", ".py", ".yaml"}]
    for module in lesson.front.implements:
        stem = "/".join(module.split(".")[1:])
        for place in (f"src/groundup/{stem}", f"src/groundup/proofs/{stem}", f"benchmarks/{stem}"):
            files += [f for f in [ROOT / f"{place}.py", *(ROOT / place).rglob("*.py")] if f.is_file()]
    left = [str(file.relative_to(ROOT)) for file in files if "TODO" in file.read_text(encoding="utf-8")]
    assert not left
