"""The browser modules' packages: exact versions, and no download address in the lock file."""

import json
import re
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"


def test_versions_are_exact():
    package = json.loads((WEB / "package.json").read_text())
    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} {version}"


def test_the_lock_names_no_host_and_has_hashes():
    text = (WEB / "package-lock.json").read_text()
    assert "://" not in text and '"resolved"' not in text
    for path, entry in json.loads(text)["packages"].items():
        assert not path or entry["integrity"].startswith("sha512-"), path


def test_the_lock_fits_the_package():
    package, lock = (json.loads((WEB / name).read_text()) for name in ("package.json", "package-lock.json"))
    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""][kind] == package[kind]
