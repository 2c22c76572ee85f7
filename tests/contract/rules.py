"""The rules of the code base and every exception to them, each with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "groundup"

# The library, in the order in which it is built: a module imports only modules that stand before it.
# A name stands for a module or for a package with all that is in it.
ORDER = [
    "math.linear_algebra",
    "math.calculus",
    "math.probability",
    "math.statistics",
    "math.information_theory",
    "math.optimization",
    "data.metrics",
    "data.model_selection",
    "classical.linear_regression",
    "data.generalization",
    "neural.perceptron",
    "neural.autograd",
    "neural.mlp",
    "neural._backend",
    "neural.activations",
    "neural.losses",
    "neural.optim",
    "neural.normalization",
    "neural.regularization",
    "neural.batching",
    "neural.training",
    "text.preprocessing",
    "text.tokenization",
    "text.bleu",
    "transformers.attention",
    "transformers.flash_attention",
    "transformers.self_attention",
    "transformers.multi_head_attention",
    "transformers.transformer",
    "transformers.gpt",
    "llm.kv_cache",
    "llm.decoding",
    "llm.checkpoint",
    "llm.pretraining",
]
FAMILIES = sorted({name.split(".")[0] for name in ORDER})
DEEP = {"neural", "sequence", "transformers", "vision", "generative", "representation", "llm", "rl"}  # may use torch

# What the library may import besides the standard library, NumPy, Numba and itself. From scratch means that
# decompositions, solvers, distributions and estimators are ours.
ALLOWED = {"scipy.sparse", "sklearn.base", "sklearn.datasets", "sklearn.utils", "sklearn.exceptions"}
NEVER = {"numpy.linalg", "scipy.sparse.linalg", "scipy.sparse.csgraph"}
# (file, what it imports): why
IMPORT_EXCEPTIONS: dict[tuple[str, str], str] = {
    ("src/groundup/neural/training/storage.py", "safetensors"): "the format of checkpoints",
    ("src/groundup/transformers/gpt/published.py", "safetensors"): "the format of published weights",
    ("src/groundup/neural/training/history.py", "pandas"): "to_frame, loaded when called",
    ("src/groundup/neural/training/history.py", "matplotlib"): "plot, loaded when called",
    ("src/groundup/transformers/attention/maps.py", "matplotlib"): "draw_attention, loaded when called",
    ("src/groundup/neural/training/callbacks.py", "rich"): "a bar in a terminal, plain lines without it",
}

FILE_LINES, FUNCTION_LINES = 400, 60
# file: why it may be longer
LONG_FILES: dict[str, str] = {
    "recipes/translate.py": "one script from published files to a score; recipes import nothing of one another",
}
# (file, function): why it may be longer
LONG_FUNCTIONS: dict[tuple[str, str], str] = {}


def library_files() -> list[Path]:
    """Python files of the families."""
    return sorted(file for family in FAMILIES for file in (SRC / family).rglob("*.py"))


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def module_of(file: Path) -> str:
    """Dotted name below groundup."""
    parts = file.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.Module, package: str = "") -> Iterator[tuple[str, int]]:
    """Dotted names that a file imports or reaches through an imported module (``np.linalg``), with their lines."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(
                    [*package.split(".")[: len(package.split(".")) - node.level + 1], *filter(None, [base])]
                )
            for alias in node.names:
                names[alias.asname or alias.name] = f"{base}.{alias.name}"
                yield f"{base}.{alias.name}", node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield f"{names[node.value.id]}.{node.attr}", node.lineno
