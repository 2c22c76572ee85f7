"""What is in the repository: no addresses of package sources, a readme that runs, files that are promised."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from .rules import ROOT

# written in pieces, so that this file does not find itself
HOSTS = ["registry." + "npmjs.org", "registry." + "yarnpkg.com", "files." + "pythonhosted.org", "pypi." + "org"]
HOSTS += ["download." + "pytorch.org", "npm" + "mirror.com"]
PLACES = ["/" + "work/", "file:///" + "opt", "/" + "opt/wheels"]


def tracked() -> list[str]:
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if said.returncode:
        pytest.skip("not a git checkout")
    return [name for name in said.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_source_or_a_place_on_one_machine():
    found = []
    for name in tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {sign}" for sign in HOSTS + PLACES if sign in text]
    assert not found, "\n".join(found)


def test_lock_files_pin_content_and_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock and "--index-url" not in lock and "--find-links" not in lock
    pinned = re.split(r"\n(?=[a-z0-9])", lock.split("\n", 2)[2])
    assert len(pinned) > 50
    for entry in pinned:
        assert "==" in entry.split("\n")[0] and "--hash=sha256:" in entry, entry
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, entry in packages.items():
        assert "resolved" not in entry, f"{name} names an address"
        assert not name or entry.get("link") or entry.get("integrity"), f"{name} has no hash"


def test_torch_is_pinned_and_never_by_hash():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all(re.fullmatch(r"torch==\d+\.\d+\.\d+", entry) for entry in project["optional-dependencies"]["deep"])
    assert not re.search(r"^torch==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)


def test_browser_packages_are_pinned_exactly():
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    for name, version in {**package.get("dependencies", {}), **package.get("devDependencies", {})}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version), f"{name} {version}"


def test_what_is_promised_is_there():
    for name in ("README.md", "CONTRIBUTING.md", "LICENSE", "CHANGELOG.md", ".ci/run", "docs/architecture.md"):
        assert (ROOT / name).is_file(), name
    assert os.access(ROOT / ".ci" / "run", os.X_OK) and os.access(ROOT / "go.py", os.X_OK)
    assert "python3 go.py test" in (ROOT / ".ci" / "run").read_text()
    assert (ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")
    numbers = [file.name[:4] for file in (ROOT / "docs" / "decisions").glob("*.md")]
    assert numbers and all(number.isdigit() for number in numbers) and len(set(numbers)) == len(numbers)


def blocks(file: str) -> list[tuple[str, str]]:
    """Python blocks, each with the text block that follows it (its output) or nothing."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", text, re.DOTALL)
    assert found, f"{file} has no Python block"
    return found


@pytest.mark.parametrize(("code", "output"), blocks("README.md"))
def test_the_readme_runs_and_prints_what_it_says(code, output, tmp_path):
    ast.parse(code)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert said.returncode == 0, said.stderr
    assert said.stdout.split() == output.split()


def test_the_readme_is_short_and_its_links_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert "://" in target or (ROOT / target).exists(), target


def test_the_commands_of_the_readme_exist():
    said = subprocess.run([sys.executable, "-m", "groundup.cli", "--help"], capture_output=True, text=True)
    for command in set(re.findall(r"`groundup (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"))):
        assert f" {command} " in said.stdout, command
