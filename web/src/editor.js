// A Python editor with one interface and two makes: CodeMirror, or a plain textarea where that was not built.
//
//   const editor = await createEditor(parent, { doc, onChange, onRun, keymap, complete, readOnly, label, lines });
//
// onChange(text)               after every change, also those made by setText
// onRun("advance" | "stay")    Shift-Enter, Ctrl/Cmd-Enter
// keymap                       further keys, [{ key: "Mod-s", run() }]; run returns false to let the key through
// complete(text, position)     -> Promise of { matches: [string], start, end } in UTF-16 positions, or null
// label                        the accessible name; lines: show line numbers
//
// The editor: text(), setText(s), setReadOnly(bool), focused(), focus({ at: {x, y} }), mark(line | null), destroy(); dom, kind.

let loading = null;

function load() {
  loading ??= import("./codemirror.js").then((module) => module.codemirror, () => textarea);
  return loading;
}

// Fetch the editor before it is needed, when the browser has nothing better to do.
export const preloadEditor = () => void load();

// How to leave an editor, for software that reads aloud; the page's list of keys says it to those who see.
function help() {
  const id = "editor-help";
  if (!document.getElementById(id)) {
    const said = document.createElement("p");
    said.id = id;
    said.hidden = true;
    said.textContent = "Tab indents. To leave the editor, press Escape, then Tab.";
    document.body.append(said);
  }
  return id;
}

export async function createEditor(parent, options) {
  const make = await load();
  return make(parent, { nonce: pageNonce(), describedBy: help(), ...options });
}

// The nonce that the page's policy allows styles by; browsers hide the attribute, not the property.
export function pageNonce() {
  return document.querySelector("script[nonce], style[nonce]")?.nonce
    || document.querySelector('meta[name="csp-nonce"]')?.content || "";
}

// Whether an event is the key that CodeMirror writes as "Mod-Shift-Enter".
function pressed(event, key) {
  const parts = key.split("-");
  const wanted = new Set(parts.slice(0, -1));
  const has = { Shift: event.shiftKey, Alt: event.altKey, Ctrl: event.ctrlKey, Mod: event.ctrlKey || event.metaKey };
  const named = parts.at(-1).toLowerCase() === event.key.toLowerCase();
  const control = wanted.has("Mod") ? has.Mod : has.Ctrl === wanted.has("Ctrl");
  return named && control && has.Shift === wanted.has("Shift") && has.Alt === wanted.has("Alt");
}

export function textarea(parent, options) {
  const { doc = "", onChange, onRun, readOnly = false, label = "Python code" } = options;
  const area = document.createElement("textarea");
  area.className = "plain-editor";
  area.value = doc;
  area.readOnly = readOnly;
  area.spellcheck = false;
  area.autocapitalize = "off";
  area.setAttribute("aria-label", label);
  if (options.describedBy) area.setAttribute("aria-describedby", options.describedBy);
  let leaving = false;

  const fit = () => { area.rows = Math.max(2, area.value.split("\n").length); };
  const changed = () => { fit(); onChange?.(area.value); };
  const keys = (event) => {
    const own = options.keymap?.find(({ key }) => pressed(event, key));
    if (own && own.run() !== false) {
      event.preventDefault();
    } else if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey) && onRun) {
      event.preventDefault();
      onRun(event.shiftKey ? "advance" : "stay");
    } else if (event.key === "Tab" && !event.shiftKey && !leaving && !area.readOnly) {
      event.preventDefault();
      area.setRangeText("    ", area.selectionStart, area.selectionEnd, "end");
      changed();
    }
    leaving = event.key === "Escape" || (leaving && (event.key === "Tab" || event.key === "Shift"));
  };
  area.addEventListener("input", changed);
  area.addEventListener("keydown", keys);
  parent.append(area);
  fit();
  return {
    kind: "textarea",
    dom: area,
    text: () => area.value,
    setText(text) { if (text !== area.value) { area.value = text; changed(); } },
    setReadOnly(locked) { area.readOnly = locked; },
    focused: () => document.activeElement === area,
    focus() { area.focus(); },
    mark(line) {
      if (!line) return;
      const before = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      area.setSelectionRange(before, before + (area.value.split("\n")[line - 1] ?? "").length);
    },
    destroy() { area.remove(); },
  };
}
