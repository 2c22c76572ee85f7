"""What the course itself may cost: a page, a kernel, a grading, its memory, its help."""

import asyncio
import http.cookiejar
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from groundup.bench import Budget

LESSONS = ("linear-algebra", "calculus", "backpropagation")
EXERCISE = "perceptron/margin-perceptron"


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@contextmanager
def served() -> Iterator[tuple[Callable[[str], bytes], int]]:
    """A signed-in `get(path)` on a server in a process of its own, and that process's id."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "GROUNDUP_HOME": home}
        command = [sys.executable, "-m", "groundup.cli", "learn", "--no-browser"]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            yield sign_in(Path(home), server), server.pid
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)


def sign_in(home: Path, server: subprocess.Popen) -> Callable[[str], bytes]:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    while True:
        for token in home.glob("run/*/token"):
            url = f"http://127.0.0.1:{token.parent.name}"
            try:
                browser.open(f"{url}/login", urllib.parse.urlencode({"token": token.read_text().strip()}).encode())
                return lambda path: browser.open(url + path).read()
            except OSError:
                pass
        if server.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        time.sleep(0.05)


def lesson_page_p95() -> float:
    with served() as (get, _):
        for lesson in LESSONS:
            get(f"/lesson/{lesson}")
        times = [timed(lambda lesson=lesson: get(f"/lesson/{lesson}")) for _ in range(40) for lesson in LESSONS]
    return sorted(times)[int(0.95 * len(times))]


def app_memory() -> float:
    with served() as (get, pid):
        for path in ("/", "/?map", *(f"/lesson/{lesson}" for lesson in LESSONS), f"/exercise/{EXERCISE}"):
            get(path)
        return psutil.Process(pid).memory_info().rss / 1e6


def kernel_ready(*, reserve: bool) -> float:
    """From asking for a lesson's kernel to the answer of its first cell."""
    from groundup.app.services.kernels import Job, Kernels

    async def first_answer() -> float:
        async with Kernels(reserve=reserve) as kernels:
            while reserve and not (kernels._ready and kernels._ready.done()):
                await asyncio.sleep(0.05)
            start, answered = time.perf_counter(), asyncio.Event()
            kernel = await kernels.open("measured")
            kernel.listeners.append(lambda event: answered.set() if event.get("type") == "done" else None)
            kernel.run([Job("first", "1")])
            await asyncio.wait_for(answered.wait(), 60)
            return time.perf_counter() - start

    return asyncio.run(first_answer())


def grading(*, warm: bool) -> float:
    from groundup.course.catalog import Catalog
    from groundup.course.grading import close, grade

    exercise = Catalog.load().exercises[EXERCISE]
    close()
    try:
        times = [timed(lambda: grade(exercise, exercise.solution)) for _ in range(6 if warm else 1)]
    finally:
        close()
    return sorted(times[1:])[2] if warm else times[0]


def help_text() -> float:
    command = [sys.executable, "-m", "groundup.cli", "--help"]
    times = [timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)) for _ in range(7)]
    return sorted(times)[3]


BUDGETS = [
    Budget("course.app/page", "a lesson's page, warm, 95th percentile of 120", lesson_page_p95, 0.05),
    Budget("course.app/memory", "the app's process after a look at all kinds of pages", app_memory, 200.0, "MB"),
    Budget("course.app/kernel", "first cell's answer of a kernel in reserve", lambda: kernel_ready(reserve=True), 1.5),
    Budget(
        "course.app/kernel-cold",
        "first cell's answer of a kernel started for it",
        lambda: kernel_ready(reserve=False),
        1.5,
    ),
    Budget("course.app/grading", "grading a NumPy exercise, median of 5", lambda: grading(warm=True), 1.5),
    Budget("course.app/grading-cold", "the first grading of a process", lambda: grading(warm=False), 1.5),
    Budget("course.app/help", "groundup --help, median of 7", help_text, 0.4),
]
