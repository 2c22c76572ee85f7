// Every page: colours, keyboard shortcuts, the footer's numbers, and the token on requests.

const csrf = () => document.querySelector('meta[name="csrf-token"]').content;

// A request to our own server with the CSRF token. When the course was restarted while this page was open and
// another tab has signed in since, the new token is fetched and the request sent once more.
export async function request(url, { method = "GET", json, headers = {}, ...rest } = {}) {
  const send = () => fetch(url, {
    method,
    headers: { Accept: "application/json", "X-CSRF-Token": csrf(), ...(json === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    body: json === undefined ? undefined : JSON.stringify(json),
    ...rest,
  });
  const answer = await send();
  if (answer.status !== 403 || method === "GET") return answer;
  const session = await fetch("/api/session", { headers: { Accept: "application/json" } });
  if (!session.ok) return answer;
  document.querySelector('meta[name="csrf-token"]').content = (await session.json()).csrf;
  return send();
}

const editing = (element) => element.closest?.("input, textarea, select, [contenteditable], .cm-editor");

function shortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog) return;
  const opener = document.querySelector("[data-show-shortcuts]");
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  const places = { h: "/", m: "/#map" };
  let afterG = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || editing(event.target) || dialog.open) return;
    if (event.key === "?") {
      dialog.showModal();
    } else if (event.key === "g") {
      afterG = Date.now();
      return;
    } else if (Date.now() - afterG < 1200 && places[event.key]) {
      location.href = places[event.key];
    } else {
      const target = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
      if (!target) return;
      if (target.matches("input")) target.focus(); else target.click();
    }
    event.preventDefault();
  });
}

function theme() {
  const button = document.querySelector("[data-theme-toggle]");
  button?.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = button.value;
    const next = { auto: "dark", dark: "light", light: "auto" }[chosen];
    const said = `Colours: ${chosen}. Change to ${next}`;
    document.documentElement.dataset.theme = chosen;
    button.value = next;
    button.title = said;
    button.querySelector(".visually-hidden").textContent = said;
    request("/settings/theme", {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ theme: chosen }),
    });
  });
}

const size = (bytes) => (bytes >= 1e9 ? `${(bytes / 2 ** 30).toFixed(1)} GB` : `${Math.round(bytes / 2 ** 20)} MB`);
const share = (percent) => `${Math.round(percent)} %`;

function usage() {
  const line = document.querySelector("[data-usage]");
  if (!line) return;
  const show = async () => {
    if (document.hidden) return;
    const answer = await request("/api/stats").catch(() => null);
    if (!answer?.ok) {
      line.textContent = answer ? "" : "The course does not answer. Is it still running?";
      return;
    }
    const { machine, app, kernels = [] } = await answer.json();
    const parts = [
      `Machine ${size(machine.memory)} of ${size(machine.total)}, ${share(machine.cpu)}`,
      `course ${size(app.memory)}, ${share(app.cpu)}`,
      ...kernels.map((kernel) => `${kernel.name} ${size(kernel.memory)}, ${share(kernel.cpu)}`),
    ];
    line.textContent = parts.join(" · ");
  };
  show();
  setInterval(show, 5000);
  document.addEventListener("visibilitychange", show);
}

// A part that htmx could not fetch: the session is older than the course. Text being written is kept across a reload.
document.addEventListener("htmx:responseError", () => location.reload());

shortcuts();
theme();
usage();
