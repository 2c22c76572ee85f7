"""Kernels: they run cells in order, show what comes, stop when told, and never outlive the server."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from groundup.app.services import kernels_process
from groundup.app.services.kernels import Job, Kernels, LessonKernel


def with_kernels(work: Callable[[Kernels], Awaitable[None]], **options) -> None:
    """Run a coroutine function with a registry of kernels."""

    async def main() -> None:
        async with Kernels(**{"reserve": False, **options}) as kernels:
            await asyncio.wait_for(work(kernels), 60)

    with ThreadPoolExecutor(1) as pool:  # the browser tests keep a loop running in the main thread
        pool.submit(asyncio.run, main()).result()


class Watch:
    """What a page would hear."""

    def __init__(self, kernel: LessonKernel) -> None:
        self.kernel = kernel
        self.events: list[dict] = []
        kernel.listeners.append(self.events.append)

    async def until(self, **wanted) -> dict:
        """The first event that has these values; it and those before are forgotten."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for index, event in enumerate(self.events):
                if all(event.get(key) == value for key, value in wanted.items()):
                    del self.events[: index + 1]
                    return event
            await asyncio.sleep(0.01)
        raise AssertionError(f"{wanted} never came; heard {self.events}")

    async def run(self, *sources: str, **options) -> list[str]:
        """Run sources as cells a, b, …; returns what the last of them shows."""
        names = "abcdefgh"[: len(sources)]
        self.kernel.run([Job(name, source, **options) for name, source in zip(names, sources, strict=True)])
        await self.until(type="done", name=names[-1])
        return self.kernel.ran[names[-1]].shown.html()


def test_cells_share_names_and_show_results():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        shown = await watch.run("a = 20", "print(a + 1)\na + 2")
        assert [html for html in shown if "21" in html] and "22" in shown[-1]
        assert kernels.usage()[0]["name"] == "x" and kernels.usage()[0]["memory"] > 10_000_000

    with_kernels(work)


def test_the_package_can_be_imported_from_an_empty_folder():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        shown = await watch.run("import os, groundup; print(groundup.__file__, os.listdir())")
        assert str(Path(kernels_process.__file__).parents[2] / "__init__.py") in shown[0] and "[]" in shown[0]

    with_kernels(work)


def test_figures_are_svg_and_names_of_the_warm_up_do_not_leak():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        shown = await watch.run("print('plt' in dir(), 'np' in dir())")
        assert "False False" in shown[0]
        shown = await watch.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
        assert 'src="data:image/svg+xml;base64,' in shown[0] and 'width="' in shown[0]

    with_kernels(work)


def test_output_comes_while_the_cell_runs():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        watch.kernel.run([Job("a", "import time\nprint('one', flush=True)\ntime.sleep(1.5)\nprint('two')")])
        first = await watch.until(type="output", name="a")
        assert "one" in first["html"] and watch.kernel.state == "busy"
        more = await watch.until(type="stream", name="a")
        assert more["done"] == "two\n"

    with_kernels(work)


def test_clear_output_and_updated_displays():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        code = """from IPython.display import clear_output, display
for i in range(3):
    clear_output(wait=True)
    print(i)"""
        assert await watch.run(code) == ['<pre class="output-text"><span>2\n</span><span class="tail"></span></pre>']
        shown = await watch.run("d = display('old', display_id=True)\nprint('x')\nd.update('new')")
        assert "new" in shown[0] and "x" in shown[1] and len(shown) == 2

    with_kernels(work)


def test_megabytes_of_text_are_cut_and_said():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        start = time.monotonic()
        shown = await watch.run("for i in range(200):\n    print('x' * 50_000)")
        assert len(shown[0]) < 200_000 and "more characters are not shown" in shown[0]
        assert time.monotonic() - start < 15
        assert "alive" in (await watch.run("print('alive')"))[0]

    with_kernels(work)


def test_an_error_drops_what_waits_and_one_that_is_meant_does_not():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        watch.kernel.run([Job("a", "\n1/0"), Job("b", "print(1)")])
        done = await watch.until(type="done", name="a")
        assert (done["state"], done["line"]) == ("failed", 2)
        await watch.until(type="cell", name="b", state="dropped")
        await watch.run("1/0", "print('went on')", raises="ZeroDivisionError")
        assert watch.kernel.ran["a"].state == "fresh" and watch.kernel.ran["b"].state == "fresh"
        assert "meant to end with" in watch.kernel.ran["b"].shown.html()[-1]

    with_kernels(work)


def test_a_waiting_cell_keeps_its_place_and_a_finished_one_goes_first():
    async def work(kernels):
        kernel = await kernels.open("x")
        watch = Watch(kernel)
        kernel.run(
            [Job("a", "import time; time.sleep(0.5); order = []"), Job("b", "old"), Job("c", "order.append('c')")]
        )
        await watch.until(type="cell", name="a", state="running")
        kernel.run([Job("b", "order.append('b')")])
        await watch.until(type="done", name="c")
        assert "b&#x27;, &#x27;c" in (await watch.run("print(order)"))[0]

    with_kernels(work)


def test_interrupt_ends_a_loop_and_drops_the_rest():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        watch.kernel.run([Job("a", "while True: pass"), Job("b", "print(1)")])
        await watch.until(type="cell", name="a", state="running")
        await asyncio.sleep(0.3)
        watch.kernel.interrupt()
        await watch.until(type="cell", name="b", state="dropped")
        assert (await watch.until(type="done", name="a"))["state"] == "stopped"
        assert "ok" in (await watch.run("print('ok')"))[0]

    with_kernels(work)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("import os; os._exit(7)", "exit code 7"), ("import os; os.kill(os.getpid(), 11)", "crashed (signal 11)")],
)
def test_death_is_said_and_restart_brings_a_new_process(code, reason):
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        before = watch.kernel.process.pid
        watch.kernel.run([Job("a", code), Job("b", "print(1)")])
        assert (await watch.until(type="done", name="a"))["state"] == "dead"
        assert reason in (await watch.until(type="kernel", state="dead"))["reason"]
        await watch.kernel.restart()
        assert "back" in (await watch.run("print('back')"))[0] and watch.kernel.process.pid != before

    with_kernels(work)


def test_sliders_change_the_value_that_is_executed_only():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        shown = await watch.run("scale = 2.0\nprint(scale)", values={"scale": 3.5})
        assert "3.5" in shown[0] and watch.kernel.ran["a"].job.source == "scale = 2.0\nprint(scale)"

    with_kernels(work)


def test_a_page_that_connects_late_is_told_everything():
    async def work(kernels):
        watch = Watch(await kernels.open("x"))
        await watch.run("print('early')")
        told = [event for event in watch.kernel.snapshot() if event["type"] == "shown"]
        assert "early" in told[0]["html"][0] and told[0]["source"] == "print('early')"
        assert await kernels.open("x") is watch.kernel

    with_kernels(work)


def test_the_least_used_kernel_makes_room():
    async def work(kernels):
        first = Watch(await kernels.open("one"))
        await kernels.open("two")
        await kernels.open("one")
        second = Watch(kernels.kernels["two"])
        await kernels.open("three")
        assert "at most 2 lessons" in (await second.until(type="kernel", state="stopped"))["reason"]
        assert first.kernel.state == "idle" and len(kernels.usage()) == 2

    with_kernels(work, limit=2)


def test_an_unused_kernel_is_stopped_and_one_with_a_page_is_not():
    async def work(kernels):
        alone, watched = await kernels.open("alone"), Watch(await kernels.open("watched"))
        deadline = time.monotonic() + 10
        while alone.state != "stopped" and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert alone.state == "stopped" and watched.kernel.state == "idle"

    with_kernels(work, idle_seconds=0.4)


def test_the_reserve_answers():
    async def work(kernels):
        while not (kernels._ready and kernels._ready.done()):
            await asyncio.sleep(0.05)
        waiting = kernels._ready.result().pid
        watch = Watch(await kernels.open("x"))
        assert watch.kernel.process.pid == waiting
        assert str(waiting) in (await watch.run("import os; os.getpid()"))[0]

    with_kernels(work, reserve=True)


def test_completion():
    async def work(kernels):
        kernel = await kernels.open("x")
        assert "sorted" in (await kernel.complete("sort", 4))["matches"]
        kernel.run([Job("a", "import time; time.sleep(1)")])
        await asyncio.sleep(0.2)
        assert await kernel.complete("sort", 4) is None

    with_kernels(work)


def test_sockets_are_private_and_gone_afterwards():
    folders = []

    async def work(kernels):
        await kernels.open("x")
        folder = kernels._folder
        folders.append(folder)
        assert folder.stat().st_mode & 0o077 == 0
        sockets = [path for path in folder.iterdir() if path.is_socket()]
        assert len(sockets) >= 5 and all(len(os.fsencode(path)) <= 107 for path in sockets)

    with_kernels(work)
    assert not folders[0].exists()


def test_folders_of_servers_that_were_killed_are_removed(tmp_path):
    left = tmp_path / f"{kernels_process.FOLDER_PREFIX}99999999-abc"
    left.mkdir()
    kernels_process._remove_abandoned(tmp_path)
    assert not left.exists()


SERVER = """
import asyncio
from groundup.app.services.kernels import Job, Kernels

async def main():
    async with Kernels() as kernels:
        kernel = await kernels.open("x")
        kernel.run([Job("a", "sum(range(10**14))")])  # no other thread of the kernel gets a turn
        while len(kernels.usage()) < 2:
            await asyncio.sleep(0.1)
        print(*[process.pid for process in (kernel.process, kernels._ready.result())], flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own watch needs a second elsewhere")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_kernels_end_with_the_server_even_when_it_is_killed(how):
    environment = {**os.environ, "PYTHONPATH": str(Path(kernels_process.__file__).parents[3])}
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        kernels = [psutil.Process(int(pid)) for pid in server.stdout.readline().split()]
        assert len(kernels) == 2
        server.send_signal(how)
        server.wait(10)
        _, alive = psutil.wait_procs(kernels, timeout=3)
        assert alive == []
    finally:
        server.kill()
        server.wait()
