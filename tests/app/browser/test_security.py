"""The threat model, tried from a real browser: other sites, a rebound name, another user of the machine."""

import functools
import http.server
import os
import pwd
import subprocess
import threading

import pytest

pytestmark = pytest.mark.browser
DRAFT = "/api/draft/exercise/linear-algebra/double"


@pytest.fixture
def evil(tmp_path):
    """Another site, on this machine too: the address of a page that does nothing by itself."""
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>evil</title><p>Another site.</p>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    handler.func.log_message = lambda *_args: None
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_port}/"
    site.shutdown()


def saved(page, server) -> str | None:
    """The saved draft, asked for from our own page."""
    return page.evaluate("url => fetch(url).then((answer) => answer.json())", server.url + DRAFT)["text"]


def test_another_site_can_neither_read_nor_write(page, server, context, evil):
    # Same site to the browser (localhost, another port), so SameSite alone would let the cookie through.
    other = context.new_page()
    other.goto(evil)
    local = f"http://localhost:{server.port}"
    context.add_cookies(
        [{**cookie, "domain": "localhost"} for cookie in context.cookies() if cookie["name"].startswith("groundup_")]
    )
    told = other.evaluate(
        """async ([address, path]) => {
            const tried = {};
            const attempt = async (name, options) => {
                try {
                    const answer = await fetch(address + path, options);
                    tried[name] = answer.type + (await answer.text());
                }
                catch (error) { tried[name] = "refused"; }
            };
            const body = '{"text": "evil", "version": 0}';
            await attempt("read", { credentials: "include" });
            await attempt("blind read", { credentials: "include", mode: "no-cors" });
            await attempt("write", { method: "PUT", credentials: "include", body });
            await attempt("blind write", { method: "POST", credentials: "include", mode: "no-cors", body });
            return tried;
        }""",
        [local, DRAFT],
    )
    assert told["read"] == told["write"] == "refused"
    assert told["blind read"] in ("opaque", "refused")  # no byte of it can be read
    assert told["blind write"] in ("opaque", "refused")
    assert saved(page, server) is None


def test_another_sites_form_changes_nothing(page, server, context, evil):
    other = context.new_page()
    other.goto(evil)
    other.evaluate(
        """(action) => {
            const form = document.createElement("form");
            form.method = "post"; form.action = action; form.enctype = "text/plain";
            form.innerHTML = '<input name="theme" value="dark">';
            document.body.append(form); form.submit();
        }""",
        server.url + "/settings/theme",
    )
    other.wait_for_url(server.url + "/settings/theme")
    assert "did not come from a page of this course" in other.content()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "auto"


def test_another_site_cannot_open_a_websocket(page, server, context, evil):
    other = context.new_page()
    other.goto(evil)
    script = """url => new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve("open"); socket.onerror = () => resolve("refused");
    })"""
    assert page.evaluate(script, f"ws://127.0.0.1:{server.port}/ws/kernel/linear-algebra") == "open"
    for host in ("127.0.0.1", "localhost"):
        assert other.evaluate(script, f"ws://{host}:{server.port}/ws/kernel/linear-algebra") == "refused"


def test_another_site_cannot_frame_us(page, server, context, evil):
    other = context.new_page()
    other.goto(evil)
    other.evaluate(
        "url => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }", server.url
    )
    other.wait_for_timeout(700)
    assert len(other.frames) == 2
    assert "groundup" not in other.frames[1].content()  # the browser's own page stands there


def test_a_rebound_name_is_refused(server):
    browser = subprocess.run(
        [
            os.environ.get("GROUNDUP_CHROMIUM", "/usr/bin/chromium"),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={server.home / 'profile'}",
            "--host-resolver-rules=MAP evil.example 127.0.0.1",
            "--dump-dom",
            f"http://evil.example:{server.port}/login",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "This server answers to 127.0.0.1" in browser.stdout
    assert "<form" not in browser.stdout


def test_a_token_opens_one_browser(chromium, server):
    token = server.token

    def enter() -> str:
        context = chromium.new_context()
        tab = context.new_page()
        tab.goto(server.url + "/login")
        tab.get_by_label("Token").fill(token)
        tab.get_by_role("button", name="Open").click()
        tab.wait_for_load_state()
        tab.wait_for_timeout(300)
        text = tab.content()
        context.close()
        return text

    assert "Begin here" in enter()
    assert "This token was used already" in enter()


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_another_user_of_the_machine_finds_no_way_in(page, server):
    nobody = pwd.getpwnam("nobody")

    def as_nobody(*command: str) -> subprocess.CompletedProcess:
        return subprocess.run(command, user=nobody.pw_uid, group=nobody.pw_gid, capture_output=True, text=True)

    folder = server.home
    for parent in folder.parents:
        if len(parent.parts) > 2:
            parent.chmod(0o755)  # so that only the course's own rights stand in the way
    folder.chmod(0o755)
    for file in ("token", "open.html"):
        assert as_nobody("cat", str(folder / "run" / str(server.port) / file)).returncode != 0
    assert as_nobody("cat", str(folder / "progress.sqlite")).returncode != 0
    secret = server.token
    assert secret not in as_nobody("ps", "-ef").stdout
    assert secret not in (folder / "server.log").read_text()
    answer = as_nobody("curl", "-s", "-H", "Accept: text/html", f"{server.url}/")
    assert "Begin here" not in answer.stdout


def test_nothing_is_asked_of_another_host(context, server, signed_in):
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = signed_in(context, server)
    for path in ("/", "/search?q=algebra", "/exercise/linear-algebra/double", "/nothing"):
        page.goto(server.url + path)
        page.wait_for_load_state("networkidle")
    strangers = [url for url in asked if not url.startswith((server.url, "file://", "data:", "blob:"))]
    assert asked and strangers == []


def test_no_page_breaks_its_own_policy(context, server, signed_in):
    said = []
    context.on("console", lambda message: said.append(message.text))
    page = signed_in(context, server)
    for path in ("/", "/exercise/linear-algebra/double"):
        page.goto(server.url + path)
        page.wait_for_timeout(500)
    assert [text for text in said if "Content Security Policy" in text] == []


def test_injected_scripts_do_not_run(page, server):
    page.evaluate(
        """() => {
            window.ran = [];
            const add = (html) => document.body.insertAdjacentHTML("beforeend", html);
            add('<img src=x onerror="ran.push(1)">');
            add('<iframe srcdoc="<script>parent.ran.push(2)</scr' + 'ipt>"></iframe>');
            const script = document.createElement("script");
            script.textContent = "ran.push(3)"; document.body.append(script);
            const far = document.createElement("script");
            far.src = "http://evil.example/x.js"; document.body.append(far);
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") == []
