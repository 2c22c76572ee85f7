// A lesson's text with live cells: one kernel, many cells, and the panel that says how the kernel is.
import { cellOf } from "./cells.js";
import { pageNonce, preloadEditor } from "./editor.js";
import { connect } from "./kernel.js";

const KERNEL_WORDS = {
  starting: "Python is starting", idle: "Python is ready", busy: "Python is running", dead: "Python has ended",
  stopped: "Python was stopped", lost: "Not connected, trying again", connecting: "Connecting",
  "signed-out": "Signed out: open the course again",
};

export function live(article) {
  const lesson = article.dataset.lesson;
  const drafts = JSON.parse(document.querySelector("[data-drafts]")?.textContent || "{}");
  const unfinished = new Set(JSON.parse(document.querySelector("[data-unfinished]")?.textContent || "[]"));
  const figures = [...article.querySelectorAll("figure.cell")];
  if (!figures.length) return;
  const nonce = pageNonce();
  const panel = document.querySelector("[data-kernel-panel]");
  const notice = document.querySelector("[data-kernel-notice]");
  const interrupt = panel.querySelector("[data-interrupt]");
  let kernelState = "connecting";
  let first = true; // nothing was computed for this page yet
  let known = new Set(); // cells that the kernel had run when the page connected
  const owners = new Map(); // slider runs under way

  const kernel = connect(lesson, { nonce, onEvents: (events) => events.forEach(hear), onState });
  const page = { lesson, kernel, cells: [], unfinished, run, nonce, focus, slid, announce };
  page.cells = figures.map((figure, index) => cellOf(figure, index + 1, page, drafts[figure.dataset.cell]));
  const byName = new Map(page.cells.map((cell) => [cell.name, cell]));

  function run(cells, { follow = false, tag = "", values = {}, held = [] } = {}) {
    const message = (cell) => {
      const made = cell.message();
      return { ...made, values: { ...made.values, ...values[cell.name] } };
    };
    const sent = kernel.send({ type: "run", cells: cells.map(message), page: page.cells.map((cell) => cell.message()), follow, tag, held });
    if (sent && tag.startsWith("slide-")) owners.set(tag, cells.at(-1));
    if (!sent) show("lost");
    return sent;
  }

  function slid(tag) {
    const owner = owners.get(tag);
    owners.delete(tag);
    owner?.slid();
  }

  // What software that reads aloud says: how runs that were asked for ended, not every piece of output.
  function announce(words) {
    const line = document.querySelector("[data-announce]");
    if (line) line.textContent = words;
  }

  function focus(cell) {
    if (cell) cell.focus();
    else document.activeElement?.blur();
  }

  function show(state, reason = "") {
    kernelState = state;
    panel.dataset.state = state;
    panel.querySelector("[data-kernel-word]").textContent = KERNEL_WORDS[state] ?? state;
    interrupt.hidden = state !== "busy";
    if (state === "lost" || state === "signed-out") announce(KERNEL_WORDS[state]);
    const gone = state === "dead" || state === "stopped";
    notice.hidden = !gone;
    if (gone) notice.querySelector("[data-kernel-reason]").textContent = `The Python process of this lesson has ended. ${reason} Your code is kept; names and results have to be computed again.`;
  }

  function onState(state) {
    if (state === "lost" || state === "signed-out") {
      page.cells.forEach((cell) => cell.lost());
      for (const tag of [...owners.keys()]) slid(tag);
    }
    if (state !== "open") show(state);
    known = new Set();
  }

  function hear(event) {
    if (event.type === "kernel") {
      show(event.state, event.reason);
      if (event.state === "dead" || event.state === "stopped") {
        page.cells.forEach((cell) => cell.lost());
        for (const tag of [...owners.keys()]) slid(tag);
      }
    } else if (event.type === "ready") {
      connected();
    } else if (event.type === "forgotten") {
      page.cells.forEach((cell) => cell.forgotten());
    } else if (event.type === "stale") {
      event.names.forEach((name) => byName.get(name)?.stale());
    } else if (event.type === "held") {
      event.names.forEach((name) => byName.get(name)?.blocked());
    } else if (event.type === "refused") {
      console.warn(event.message);
      for (const tag of [...owners.keys()]) slid(tag);
    } else if (event.name) {
      if (event.type === "shown" || event.state === "queued") known.add(event.name);
      byName.get(event.name)?.hear(event);
    }
  }

  // The page was opened: compute it here. It was connected again: what the kernel has forgotten is said, not run.
  function connected() {
    if (!first) {
      page.cells.filter((cell) => !known.has(cell.name)).forEach((cell) => cell.forgotten());
      return;
    }
    first = false;
    if (kernelState === "dead") return;
    const held = page.cells.filter((cell) => cell.held); // not again by itself
    const missing = page.cells.filter((cell) => !known.has(cell.name) && !held.includes(cell));
    const compute = () => { if (missing.length) run(missing, { tag: "background", held: held.map((cell) => cell.name) }); };
    if (!document.hidden) compute();
    else document.addEventListener("visibilitychange", compute, { once: true });
  }

  panel.hidden = false;
  panel.querySelector("[data-run-all]").addEventListener("click", () => run(page.cells));
  interrupt.addEventListener("click", () => kernel.send({ type: "interrupt" }));
  panel.querySelector("[data-restart]").addEventListener("click", () => kernel.send({ type: "restart" }));
  notice.querySelector("[data-kernel-again]").addEventListener("click", () => {
    kernel.send({ type: kernelState === "stopped" ? "start" : "restart" });
  });

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      byName.get(target.dataset.cell).mount();
    }
  }, { rootMargin: "400px 0px" });
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 300));
  idle(() => { preloadEditor(); figures.forEach((figure) => near.observe(figure)); });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, .cm-editor, dialog")) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const middle = innerHeight / 2;
    const tops = page.cells.map((cell) => cell.figure.getBoundingClientRect().top);
    const now = step > 0 ? tops.findIndex((top) => top > middle) : tops.findLastIndex((top) => top < middle - 200);
    if (now >= 0) page.cells[now].figure.scrollIntoView({ block: "center" });
  });
}
