// The exercise page: the editor in place of the textarea, autosave with its state in words, tests as they come.
import { request } from "./base.js";
import { openDraft } from "./drafts.js";
import { createEditor } from "./editor.js";
import { renderMath } from "./math.js";

const root = document.querySelector(".exercise-page");
const { lesson, name, base } = root.dataset;
const id = `${lesson}/${name}`;
const find = (selector) => root.querySelector(selector);
const area = find("#code");
const results = find("[data-results]");
const runButton = find("[data-run]");
const stateLine = find("[data-save-state]");
const conflictBox = find("[data-conflict]");

const STATES = {
  saved: [() => "Saved", ""],
  unsaved: [() => "Not saved yet", ""],
  saving: [() => "Saving…", ""],
  offline: [() => "The course does not answer. Your text is kept in this browser and saved when it is back", "warn"],
  "signed-out": [() => "The course was restarted: open it again from the terminal. Your text is kept in this browser", "warn"],
  full: [(message) => `Not saved. ${message} Your text is kept in this browser`, "bad"],
  refused: [(message) => `Not saved. ${message}`, "bad"],
  conflict: [(message) => message || "Two texts: choose above", "warn"],
};

// "Saving…" is said only when a save takes long enough to be noticed; a line that flickers is no information.
let shownLater = 0;
function showState(state, message = "") {
  clearTimeout(shownLater);
  const show = () => {
    const [words, tone] = STATES[state];
    stateLine.textContent = words(message);
    stateLine.dataset.tone = tone;
    stateLine.dataset.state = state;
  };
  if (state === "saving") shownLater = setTimeout(show, 400);
  else show();
}

function showConflict({ mine, theirs }) {
  conflictBox.querySelector("[data-mine]").textContent = mine;
  conflictBox.querySelector("[data-theirs]").textContent = theirs.text;
  conflictBox.hidden = false;
  conflictBox.scrollIntoView({ block: "nearest" });
}

const draft = openDraft({
  kind: "exercise", lesson, name, base,
  text: area.value,
  version: Number(root.dataset.version),
  onState(state, message) {
    showState(state, message);
    if (state !== "conflict") conflictBox.hidden = true;
  },
  onConflict: showConflict,
  onRemote: (text) => editorReady.then((editor) => editor.setText(text)),
});

for (const button of conflictBox.querySelectorAll("[data-choose]")) {
  button.addEventListener("click", async () => {
    await draft.resolve(button.dataset.choose);
    refresh("history");
  });
}

const editorReady = (async () => {
  const holder = find("[data-editor]");
  const text = area.value;
  const editor = await createEditor(holder, {
    doc: text,
    label: "Your code",
    lines: true,
    onChange: (changed) => draft.change(changed),
    onRun: () => run(),
    keymap: [{ key: "Mod-Enter", run: () => { run(); return true; } }],
  });
  area.remove(); // after the editor is there, so that a failure leaves the plain field
  editor.setText(text);
  return editor;
})();

document.addEventListener("keydown", (event) => {
  if (event.key === "e" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select, .cm-editor")) {
    event.preventDefault();
    editorReady.then((editor) => editor.focus());
  }
});

function verdict(text, tone = "running") {
  const box = document.createElement("div");
  box.className = `verdict verdict-${tone}`;
  box.textContent = text;
  return box;
}

async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

async function refresh(part) {
  const answer = await request(`/exercise/${id}/${part}`, { headers: { Accept: "text/html" } }).catch(() => null);
  const box = document.getElementById(part);
  if (!answer?.ok) return;
  box.innerHTML = await answer.text();
  window.htmx?.process(box);
  renderMath(box);
}

renderMath(root);
document.addEventListener("htmx:afterSwap", ({ target }) => renderMath(target));

let running = false;

async function run() {
  if (running) return;
  running = true;
  runButton.disabled = true;
  const editor = await editorReady;
  editor.mark?.(null);
  const line = verdict("Running the tests…");
  const list = document.createElement("ol");
  list.className = "cases";
  results.replaceChildren(line, list);
  const fail = (message) => results.replaceChildren(verdict(message, "error"));
  try {
    draft.flush();
    const answer = await request(`/api/exercise/${id}/grade`, { method: "POST", json: { code: editor.text() } });
    if (!answer.ok) return fail((await answer.json()).message);
    let ended = false;
    for await (const event of events(answer)) {
      ended = event.kind !== "case";
      if (event.kind === "case") {
        list.insertAdjacentHTML("beforeend", event.html);
      } else if (event.kind === "report") {
        results.innerHTML = event.html;
        results.firstElementChild.scrollIntoView({ block: "nearest" });
        if (event.line) editor.mark?.(event.line);
      } else {
        fail(event.message);
      }
    }
    if (!ended) fail("The answer broke off. Run the tests again.");
    refresh("help");
    refresh("history");
  } catch {
    fail("The course does not answer. Is it still running? Your text is kept in this browser.");
  } finally {
    running = false;
    runButton.disabled = false;
  }
}

find("[data-run-form]").addEventListener("submit", async (event) => {
  if (event.submitter?.hasAttribute("data-reset-yes")) {
    // Everything typed so far has to be on the server before it becomes the older text.
    event.preventDefault();
    await draft.flush();
    const form = new URLSearchParams({ _csrf: document.querySelector('meta[name="csrf-token"]').content });
    const answer = await request(event.submitter.formAction, {
      method: "POST", body: form, headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html" },
    }).catch(() => null);
    if (answer?.ok) location.reload();
    else showState("offline");
    return;
  }
  event.preventDefault();
  run();
});
