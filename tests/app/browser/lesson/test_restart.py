"""The server goes away and comes back: kernels end with it, and pages say so and go on."""

import psutil
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELLS = """\
## Only

```{code-cell} python
:name: only
import os
print("process", os.getpid())
```
"""


def test_a_killed_server_takes_its_kernels_along_and_the_page_goes_on(start_server, write_course, context, signed_in):
    server = start_server(write_course({"lesson-01": CELLS}, {}))
    page = signed_in(context, server, "/lesson/lesson-01")
    figure = page.locator('figure[data-cell="only"]')
    expect(figure).to_have_attribute("data-state", "fresh", timeout=20_000)
    kernel = psutil.Process(int(figure.locator(".cell-outputs").inner_text().split()[-1]))

    server.kill()
    word = page.locator("[data-kernel-word]")
    expect(word).to_contain_text("Not connected")
    kernel.wait(5)

    server.start()
    expect(word).to_contain_text("Signed out", timeout=20_000)
    signed_in(context, server).close()
    expect(word).to_have_text("Python is ready", timeout=20_000)
    expect(figure).to_have_attribute("data-state", "forgotten")
    figure.get_by_role("button", name="Run cell 1").click()
    expect(figure).to_have_attribute("data-state", "fresh")
