// What a learner changed in a cell: saved as a draft, and shown beside the lesson's code when that has changed since.
import { request } from "./base.js";
import { openDraft } from "./drafts.js";

const WARNINGS = {
  offline: "Not saved yet: the course does not answer. The text is kept in this browser.",
  "signed-out": "Not saved yet: sign in again. The text is kept in this browser.",
  full: "Not saved: ",
  refused: "Not saved: ",
};

function panel(figure, title, mine, theirs, answers) {
  figure.querySelector(".cell-two")?.remove();
  const made = document.createElement("div");
  made.className = "cell-two message message-warn";
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", title);
  const said = document.createElement("p");
  said.textContent = title;
  const sides = document.createElement("div");
  sides.className = "cell-sides";
  for (const [heading, text, answer, choose] of [["Yours", mine, "Keep mine", answers.mine], [answers.name, theirs, `Take ${answers.name.toLowerCase()}`, answers.theirs]]) {
    const side = document.createElement("div");
    const head = document.createElement("p");
    head.className = "cell-side-head";
    head.textContent = heading;
    const pre = document.createElement("pre");
    pre.tabIndex = 0;
    pre.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button-small";
    button.textContent = answer;
    button.addEventListener("click", async () => { made.remove(); await choose(); });
    side.append(head, pre, button);
    sides.append(side);
  }
  made.append(said, sides);
  figure.querySelector(".cell-box").after(made);
}

// show(text) puts a text into the editor.
export function draftOf(figure, { lesson, name, hash, original, saved, show }) {
  const warning = document.createElement("p");
  warning.className = "cell-warning";
  warning.setAttribute("role", "alert");
  warning.hidden = true;
  figure.querySelector(".cell-bar").after(warning);
  let draft = null;
  let text = saved?.text ?? original;
  let version = saved?.version ?? 0;
  const outdated = saved && saved.text !== original && saved.base && saved.base !== hash;

  function said(state, message) {
    const words = WARNINGS[state];
    warning.hidden = !words;
    if (words) warning.textContent = words + (words.endsWith(": ") ? message : "");
    figure.dataset.saved = state;
  }

  function open(base) {
    draft = openDraft({
      kind: "cell", lesson, name, text, version, base,
      onState: said,
      onRemote: (other) => { text = other; show(other); },
      onConflict: ({ mine, theirs }) => panel(figure, "Another tab saved a different text for this cell. Both are kept.", mine, theirs.text, {
        name: "The other", mine: () => draft.resolve("mine"), theirs: () => draft.resolve("theirs"),
      }),
    });
  }

  // The choice is remembered as the hash that the draft now starts from.
  async function settle(chosen) {
    await draft.flush();
    draft.close();
    const url = `/api/draft/cell/${lesson}/${name}`;
    const now = await request(url).then((answer) => answer.json());
    const answer = await request(url, { method: "PUT", json: { text: chosen, version: now.version, base: hash, reason: "replaced" } });
    if (answer.ok) version = (await answer.json()).version;
    text = chosen;
    open(hash);
    show(chosen);
  }

  open(outdated ? saved.base : hash);
  if (outdated) {
    panel(figure, "The lesson's code of this cell has changed since you edited it.", saved.text, original, {
      name: "The lesson’s", mine: () => settle(text), theirs: () => settle(original),
    });
  }
  return {
    change(next) { text = next; draft.change(next); },
    flush: () => draft.flush(),
  };
}
