// CodeMirror 6, set up for Python: one module, so that it is one chunk, fetched when a cell is first edited.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorSelection, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

// Colours are the page's custom properties, so that one theme serves light and dark, and the static listing
// (coloured by Pygments) turns into the editor without a change of colour.
const highlighting = HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.controlKeyword, t.definitionKeyword, t.moduleKeyword, t.bool, t.null], class: "tok-keyword" },
  { tag: [t.string, t.special(t.string)], class: "tok-string" },
  { tag: t.number, class: "tok-number" },
  { tag: t.comment, class: "tok-comment" },
  { tag: [t.function(t.definition(t.variableName)), t.definition(t.className), t.className], class: "tok-def" },
  { tag: t.meta, class: "tok-meta" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "transparent", fontSize: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "var(--code-line, 1.55)", overflowX: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "var(--code-pad-y, .75rem) 0" },
  ".cm-line": { padding: "0 var(--code-pad-x, 1rem)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--code-comment)", border: "none" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 5%, transparent)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 18%, transparent)", outline: "none" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)", color: "var(--ink)",
    border: "1px solid var(--line-strong)", borderRadius: "6px", overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-code)", maxHeight: "14em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]":
    { backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)", color: "inherit" },
  ".tok-keyword": { color: "var(--code-keyword)" },
  ".tok-string": { color: "var(--code-string)" },
  ".tok-number": { color: "var(--code-number)" },
  ".tok-comment": { color: "var(--code-comment)", fontStyle: "italic" },
  ".tok-def, .tok-meta": { color: "var(--code-name)" },
  ".cm-marked-line": { backgroundColor: "var(--bad-soft)" },
});

const setMark = StateEffect.define();
const markedLine = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    if (transaction.docChanged) marks = Decoration.none;
    for (const effect of transaction.effects) {
      if (!effect.is(setMark)) continue;
      const { doc } = transaction.state;
      const inside = effect.value >= 1 && effect.value <= doc.lines;
      marks = inside ? Decoration.set(Decoration.line({ class: "cm-marked-line" }).range(doc.line(effect.value).from))
        : Decoration.none;
    }
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Tab indents; Escape, then Tab, moves on, so that nobody is caught in the editor.
function tabKeys() {
  let leaving = false;
  const unless = (command) => (view) => {
    if (!leaving) return command(view);
    leaving = false;
    return false;
  };
  const watch = EditorView.domEventHandlers({
    keydown(event) {
      if (event.key === "Escape") leaving = true;
      else if (event.key !== "Tab" && event.key !== "Shift") leaving = false;
      return false;
    },
    focus() { leaving = false; },
  });
  return [watch, keymap.of([{ key: "Tab", run: unless(indentMore), shift: unless(indentLess) }])];
}

function completions(complete) {
  return async (context) => {
    const word = context.matchBefore(/[\w.]+/);
    if (!context.explicit && !(word && /\.\w*$|\w{3,}$/.test(word.text))) return null;
    const found = await complete(context.state.doc.toString(), context.pos);
    if (!found || !found.matches.length) return null;
    const start = found.matches[0].includes(".") ? found.start : Math.max(found.start, 0);
    return {
      from: start,
      options: found.matches.map((label) => ({ label, type: label.endsWith("(") ? "function" : "variable" })),
      validFor: /^[\w.]*$/,
    };
  };
}

function runKeys(onRun) {
  const run = (how) => () => { onRun(how); return true; };
  return Prec.highest(keymap.of([
    { key: "Shift-Enter", run: run("advance") },
    { key: "Mod-Enter", run: run("stay") },
  ]));
}

export function codemirror(parent, options) {
  const { doc = "", onChange, onRun, complete, readOnly = false, label = "Python code", lines = false, nonce, describedBy } = options;
  const own = (options.keymap ?? []).map(({ key, run }) => ({ key, run: () => run() !== false }));
  const editable = new Compartment();
  const access = (locked) => [EditorState.readOnly.of(locked)];
  const extensions = [
    nonce ? EditorView.cspNonce.of(nonce) : [],
    onRun ? runKeys(onRun) : [],
    own.length ? Prec.highest(keymap.of(own)) : [],
    lines ? lineNumbers() : [],
    highlightSpecialChars(), history(), drawSelection(), highlightActiveLine(), markedLine,
    python(), indentUnit.of("    "), EditorState.tabSize.of(4), indentOnInput(),
    bracketMatching(), closeBrackets(), syntaxHighlighting(highlighting), theme,
    complete ? autocompletion({ override: [completions(complete)], icons: false, activateOnTypingDelay: 150 }) : [],
    tabKeys(),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label, ...(describedBy && { "aria-describedby": describedBy }), spellcheck: "false", autocapitalize: "off" }),
    editable.of(access(readOnly)),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && onChange) onChange(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ parent, state: EditorState.create({ doc, extensions }) });
  return {
    kind: "codemirror",
    dom: view.dom,
    text: () => view.state.doc.toString(),
    setText(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    setReadOnly(locked) { view.dispatch({ effects: editable.reconfigure(access(locked)) }); },
    focused: () => view.hasFocus,
    focus({ at } = {}) {
      view.focus();
      const position = at && view.posAtCoords(at);
      if (position != null) view.dispatch({ selection: EditorSelection.cursor(position) });
    },
    mark(line) { view.dispatch({ effects: setMark.of(line ?? 0) }); },
    destroy() { view.destroy(); },
  };
}
