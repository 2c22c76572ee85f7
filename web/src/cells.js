// The cells of a lesson: edited in place, run in the lesson's kernel, saved as drafts.
import { createEditor } from "./editor.js";
import { outputsOf, sizeFrames } from "./outputs.js";
import { slidersOf } from "./sliders.js";
import { draftOf } from "./celldrafts.js";

const WORDS = {
  queued: "waits its turn",
  failed: "ended with an error",
  stopped: "stopped",
  stale: "a cell above has changed: run it again",
  edited: "changed, not run yet",
  dead: "the kernel ended here",
  forgotten: "not run since the restart",
  held: "not run: it was stopped last time",
  blocked: "not run: a cell above it was stopped",
};

const took = (seconds) => (seconds < 0.1 ? `${Math.max(Math.round(seconds * 1000), 1)} ms`
  : seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`);

function button(parent, text, label, click, key) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button-small";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  if (key) made.title = key;
  made.addEventListener("click", click);
  parent.append(made);
  return made;
}

// page: { lesson, kernel, cells, unfinished, run(cells, options), announce(words) }
export function cellOf(figure, number, page, saved) {
  const { cell: name, hash, raises = "" } = figure.dataset;
  const code = figure.querySelector(".cell-code");
  const caption = figure.querySelector(".cell-state");
  const original = code.querySelector("code").textContent;
  const recorded = caption.textContent;
  const outputs = outputsOf(figure.querySelector(".cell-outputs"));
  const tags = new Set();
  let text = saved?.text ?? original;
  let ranText = null; // what the outputs shown belong to; null: the recorded ones
  let ranState = "fresh"; // how that run ended
  let state = figure.dataset.state;
  let settled = state; // the state to fall back to when a run is dropped
  let seconds = 0;
  let clock = 0;
  let editor = null;
  let mounting = null;
  sizeFrames(figure);

  const buttons = figure.querySelector(".cell-buttons");
  const label = `cell ${number}`;
  button(buttons, "Run", `Run ${label}`, () => cell.run(), "Shift + Enter");
  button(buttons, "Run to here", `Run all cells up to ${label}`, () => page.run(page.cells.slice(0, number)));
  const stopButton = button(buttons, "Stop", `Stop ${label}`, () => page.kernel.send({ type: "interrupt" }));
  const resetButton = button(buttons, "Reset", `Reset ${label} to the lesson's code`, () => cell.reset());
  const sliders = slidersOf(figure, slide);
  const draft = draftOf(figure, { lesson: page.lesson, name, hash, original, saved, show: replaceText });

  // Whether the last run of this text's cell did not come to its end, here or before the page was opened.
  const broken = () => text !== original && page.unfinished.has(name) && ranText === null;

  function say(words) { caption.textContent = words; }

  function set(next) {
    clearInterval(clock);
    state = figure.dataset.state = next;
    const going = next === "running" || next === "queued";
    if (!going) settled = next;
    stopButton.hidden = !going;
    resetButton.hidden = text === original && !sliders.some((one) => one.moved);
    if (next === "running") {
      const began = performance.now();
      say("running…");
      clock = setInterval(() => say(`running, ${Math.round((performance.now() - began) / 1000)} s`), 1000);
    } else if (next === "fresh") {
      say(`${text === original ? "computed" : "your version, computed"} here in ${took(seconds)}`);
    } else {
      say(WORDS[next] ?? recorded);
    }
  }

  function changed(next) {
    if (next === text) return;
    text = next;
    draft.change(text);
    if (state === "running" || state === "queued") return;
    set(ranText === text ? ranState : ranText === null && text === original ? figure.dataset.initial : "edited");
  }

  function replaceText(next) {
    if (editor) editor.setText(next); // which calls changed
    else { changed(next); mount(); }
  }

  async function mount() {
    mounting ??= (async () => {
      const host = document.createElement("div");
      host.className = "cell-editor";
      code.append(host);
      editor = await createEditor(host, {
        doc: text,
        label: `Code of ${label}, ${name.replaceAll("-", " ")}`,
        onChange: changed,
        onRun: (how) => cell.run({ advance: how === "advance" }),
        complete: page.kernel.complete,
      });
      if (editor.text() !== text) editor.setText(text);
      const listing = code.querySelector(".highlight");
      if (listing?.contains(document.activeElement)) editor.focus(); // a listing that scrolls takes the focus
      listing?.remove();
    })();
    await mounting;
  }

  // A cell builds on those above it: what this kernel has not run yet goes first.
  function withAbove() {
    return [...page.cells.slice(0, number - 1).filter((one) => one.missing), cell];
  }

  function slide(variable, value) {
    const tag = `slide-${crypto.randomUUID()}`;
    const values = Object.fromEntries(sliders.filter((one) => one.moved).map((one) => [one.name, one.value]));
    return page.run(withAbove(), { follow: true, tag, values: { [name]: { ...values, [variable]: value } } });
  }

  const cell = {
    name,
    figure,
    get state() { return state; },
    get held() { return broken() || state === "held" || state === "stopped"; },
    get missing() {
      return ranText === null && !cell.held && !["queued", "running", "blocked"].includes(state);
    },
    get text() { return text; },
    mount,
    draft,
    message() {
      const values = Object.fromEntries(sliders.filter((one) => one.moved).map((one) => [one.name, one.value]));
      return { name, source: text, raises, values };
    },
    run({ advance = false } = {}) {
      page.run(withAbove());
      if (advance) page.focus(page.cells[number]);
    },
    async focus(options) {
      await mount();
      editor.focus(options);
      const box = figure.getBoundingClientRect();
      if (box.top < 70 || box.top > innerHeight * 0.8) figure.scrollIntoView({ block: "center" });
    },
    reset() {
      sliders.forEach((one) => one.reset());
      replaceText(original);
      set(state);
      if (ranText !== null) cell.run();
    },
    hear(event) {
      if (event.type === "output") outputs.place(event.index, event.html);
      else if (event.type === "stream") outputs.print(event);
      else if (event.type === "clear") outputs.clear();
      else if (event.type === "cell") heardState(event);
      else if (event.type === "done") heardDone(event);
      else if (event.type === "shown") heardShown(event);
    },
    blocked() { set("blocked"); },
    stale() { if (ranText !== null && state !== "running" && state !== "queued") set("stale"); },
    forgotten() {
      outputs.drop();
      ranText = null;
      set("forgotten");
    },
    lost() { if (state === "running" || state === "queued") { outputs.drop(); set(settled); } },
  };

  function heardState(event) {
    if (event.state === "queued") { tags.add(event.tag); if (state !== "running") set("queued"); }
    if (event.state === "running") { outputs.begin(); set("running"); }
    if (event.state === "dropped") { ended(event.tag); outputs.drop(); set(settled); }
  }

  function heardDone(event) {
    ranText = event.source;
    seconds = event.seconds;
    ranState = event.state;
    page.unfinished[ranState === "dead" || ranState === "stopped" ? "add" : "delete"](name);
    outputs.end(event.state !== "dead");
    set(event.state === "fresh" && ranText !== text ? "edited" : event.state);
    mark(event.line);
    if (!event.tag) page.announce(`Cell ${number}: ${caption.textContent}`);
    ended(event.tag);
  }

  function heardShown(event) {
    ranText = event.source;
    seconds = event.seconds;
    ranState = event.state === "stopped" && ranText !== original ? "held" : event.state;
    if (ranState === "held") return set("held"); // the traceback of a stop says nothing
    outputs.show(event.html);
    set(event.state === "fresh" && ranText !== text ? "edited" : event.state);
  }

  function ended(tag) {
    tags.delete(tag);
    if (tag?.startsWith("slide-") && !page.cells.some((one) => one.waitsFor(tag))) page.slid(tag);
  }
  cell.waitsFor = (tag) => tags.has(tag);
  cell.slid = () => sliders.forEach((one) => one.ended());

  function mark(line) { if (editor && line) editor.mark(line); }

  figure.dataset.initial = state;
  set(!saved || saved.text === original ? state : broken() ? "held" : "edited");
  code.addEventListener("pointerup", (event) => {
    if (!editor && !getSelection().toString()) cell.focus({ at: { x: event.clientX, y: event.clientY } });
  });
  if (text !== original) mount();
  return cell;
}
