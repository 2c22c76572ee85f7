"""The Python side of a checkout: .venv, locked packages, torch, the package itself; each step stamped when done."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.console import Step, Stop, explain, run
from tools.torch_choice import CPU_GB, CUDA_GB, Choice, decide

__all__ = ["Environment"]

PACKAGES_GB = 1.6  # packages of the lock unpacked, with their downloads


def digest(*files: Path) -> str:
    """One hash of the names and contents of files; a missing file counts as empty."""
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.is_file() else b""
        total.update(f"{file.name}:{len(content)}:".encode() + content)
    return total.hexdigest()[:16]


class Environment:
    """A checkout's .venv and the record of what was done to it.

    Parameters
    ----------
    root : Path
        The checkout.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.log = root / ".cache" / "setup.log"
        self._stamp = self.folder / "groundup.json"
        self.stamp: dict = self._read()

    def _read(self) -> dict:
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if stamp.get("root") == str(self.root) else {}

    def mark(self, **done: object) -> None:
        """Write down what is done; a value of None takes an entry back."""
        self.stamp.update(done, root=str(self.root))
        self.stamp = {key: value for key, value in self.stamp.items() if value is not None}
        fresh = self._stamp.with_suffix(".new")
        fresh.write_text(json.dumps(self.stamp, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._stamp)

    @property
    def project(self) -> dict:
        return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def extra(self, name: str) -> list[str]:
        """The requirements of one extra of pyproject.toml, the one place where versions are pinned by hand."""
        return self.project["optional-dependencies"][name]

    @property
    def free_gb(self) -> float:
        return shutil.disk_usage(self.root).free / 1e9

    def wanted(self) -> dict[str, str]:
        """What the stamp has to say for nothing to be left to do, torch aside."""
        return {
            "packages": digest(self.root / "requirements.lock"),
            "package": digest(self.root / "pyproject.toml"),
        }

    def works(self) -> bool:
        """Whether the environment's Python starts and is of a version that fits."""
        ask = [self.python, "-c", "import sys, pip; print(sys.version_info[:2] >= (3, 11), sys.prefix)"]
        try:
            said = subprocess.run(ask, capture_output=True, text=True, timeout=60).stdout
        except (OSError, subprocess.TimeoutExpired):
            return False
        return said.strip() == f"True {self.folder}" and not self.moved()

    def moved(self) -> bool:
        """Whether the environment was made elsewhere: its scripts name the folder they were made in."""
        try:
            return str(self.folder) not in (self.folder / "bin" / "pip").read_text(encoding="utf-8")[:600]
        except OSError:
            return True

    def pending(self, light: bool, again: bool) -> list[str]:
        """Names of the steps that are to be done, in order."""
        if not self.works():
            return ["venv", "packages", *([] if light else ["torch"]), "package"]
        steps = [name for name, value in self.wanted().items() if self.stamp.get(name) != value]
        if not light and (again or self.stamp.get("torch", {}).get("asked") != self.extra("deep")):
            steps.insert(1 if "packages" in steps else 0, "torch")
        return steps

    def do(self, step: str, line: Step) -> None:
        {"venv": self.make, "packages": self.install, "torch": self.torch, "package": self.link}[step](line)

    # -- steps ---------------------------------------------------------------------------------------------------
    def make(self, _: Step) -> None:
        """A fresh .venv; a broken or moved one is replaced."""
        if importlib.util.find_spec("ensurepip") is None:
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise Stop(
                "this Python cannot make environments: Debian and Ubuntu keep that in a package of its own",
                f"Install it with  sudo apt install python{version}-venv",
            )
        self.need(0.1, "the environment")
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            shutil.rmtree(self.folder)
        self.stamp = {}
        self.call([sys.executable, "-m", "venv", self.folder], "making .venv failed")

    def install(self, line: Step) -> None:
        """The packages of the lock, each with its hash."""
        if not self.stamp.get("packages_begun"):
            self.need(PACKAGES_GB, "the packages")
        self.repair()
        self.mark(packages_begun=True, packages=None)
        seen = {"count": 0}

        def progress(said: str) -> None:
            if said.startswith("Collecting "):
                seen["count"] += 1
                line.note = f"{seen['count']} collected: {said.split()[1].split('==')[0]}"
            elif said.startswith("Installing collected"):
                line.note = "unpacking"

        lock = self.root / "requirements.lock"
        self.pip(["install", "--require-hashes", "--no-deps", "-r", lock], "installing packages failed", progress)
        self.mark(packages=digest(lock), packages_begun=None)

    def repair(self) -> None:
        """After a kill, forget packages that were being unpacked: pip takes a half-written one for installed.

        pip writes the file INSTALLER of a package's .dist-info folder after the package's own files.
        """
        for info in self.folder.glob("lib/python*/site-packages/*.dist-info"):
            if not (info / "INSTALLER").is_file() or not (info / "RECORD").is_file():
                shutil.rmtree(info)

    def torch(self, _: Step) -> None:
        """torch by `decide`; without it the course goes on, so nothing here stops the set-up."""
        asked = self.extra("deep")
        if self.has("torch", asked[0].split("==")[1]):
            self.mark(torch={"asked": asked, "how": "there"})
            return
        choice = self.choose(asked)
        try:
            if choice.how == "uv":
                self.pip(["install", *self.tool("uv")], "uv, which brings torch for the processor, was not installed")
                target = ["pip", "install", "--python", self.python, "--torch-backend=cpu", *asked]
                self.call([self.folder / "bin" / "uv", *target], "torch for the processor was not installed")
            elif choice.how == "pip":
                self.pip(["install", *asked], "torch was not installed")
        except Stop as failure:
            needed = CUDA_GB if choice.how == "pip" and has_gpu() else CPU_GB
            room = f"it needs {needed:.1f} GB of disk, {self.free_gb:.0f} GB are free"
            choice = Choice("none", f"{failure.what} ({room})")
        self.mark(torch={"asked": asked, "how": choice.how, "why": choice.why})

    def choose(self, asked: list[str]) -> Choice:
        report = self.root / ".cache" / "torch-report.json"
        try:
            self.pip(["install", "--dry-run", "--report", report, *asked], "looking for torch failed")
        except Stop as failure:
            return Choice("none", failure.what)
        return decide(report.read_text(encoding="utf-8"), gpu=has_gpu(), free_gb=self.free_gb)

    def without_torch(self) -> str | None:
        """Why there is no torch although it was asked for, or None."""
        torch = self.stamp.get("torch", {})
        return torch["why"] if torch.get("how") == "none" else None

    def link(self, _: Step) -> None:
        """The package itself, editable: what is edited is what runs."""
        self.pip(
            ["install", "--no-deps", "--no-build-isolation", "--no-index", "-e", self.root],
            "installing groundup itself failed",
        )
        self.mark(package=digest(self.root / "pyproject.toml"))

    # -- means ---------------------------------------------------------------------------------------------------
    def need(self, gb: float, what: str) -> None:
        if self.free_gb < gb:
            room = f"{gb:.1f} GB are needed for {what}, {self.free_gb:.1f} GB are free at {self.root}"
            raise Stop(f"no room: {room}", "Make room")

    def has(self, name: str, version: str) -> bool:
        return any(self.folder.glob(f"lib/python*/site-packages/{name}-{version}*.dist-info/INSTALLER"))

    def tool(self, name: str) -> list[str]:
        """A pinned requirement of the extra `tools`, by name."""
        return [entry for entry in self.extra("tools") if entry.startswith(name)]

    def pip(self, arguments: list, failing: str, on_line=None) -> None:
        fixed = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        self.call([self.python, "-m", "pip", arguments[0], *fixed, *arguments[1:]], failing, on_line)

    def call(self, command: list, failing: str, on_line=None, *, cwd: Path | None = None, path: str = "") -> None:
        """Run a command of the set-up; a failure becomes one sentence, and the log's place when it is unknown.

        `path` is a folder to be put first on PATH.
        """
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_USER")}
        kept["PATH"] = os.pathsep.join(filter(None, [path, kept.get("PATH", "")]))
        code, output = run(command, self.log, cwd=cwd or self.root, env=kept, on_line=on_line)
        if code == 0:
            return
        if meaning := explain(output, self.root, self.free_gb):
            raise Stop(f"{failing}: {meaning[0]}", meaning[1])
        last = "".join(output.splitlines(keepends=True)[-8:])
        raise Stop(f"{failing} (everything is in {self.log}):\n{last}")


def has_gpu() -> bool:
    """Whether an NVIDIA GPU answers on this machine."""
    if shutil.which("nvidia-smi") is None:
        return False
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and listed.stdout.startswith("GPU ")
