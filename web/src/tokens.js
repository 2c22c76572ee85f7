// The page of tokens: cuts while one types, keeps the text in this browser, and says what a token is.
import { request } from "./base.js";

const KEY = "tokens-text";
const WAIT = 350; // ms without typing
const page = document.querySelector("[data-tokens-page]");
const find = (name) => page.querySelector(`[data-tokens-${name}]`);
const area = find("text");
const found = find("found");
const state = find("state");
const detail = find("detail");
const sample = find("sample");
const first = area.defaultValue;
const hint = detail.textContent;

const kept = (() => {
  try { return localStorage.getItem(KEY); } catch { return null; } // a browser may forbid it
})();
if (kept !== null && !found.childElementCount) area.value = kept;

function keep() {
  try {
    localStorage.setItem(KEY, area.value);
    return true;
  } catch {
    return false; // full, or forbidden: the text is still in the field
  }
}

let timer = 0;
let asked = 0;
let running = null; // what can stop the request under way

async function cut() {
  clearTimeout(timer);
  const saved = keep();
  const mine = ++asked;
  running?.abort();
  running = new AbortController();
  const slow = setTimeout(() => { state.textContent = "Preparing the tokenizers; the first time takes up to a minute…"; }, 1500);
  const body = new FormData(); // as it is: with percent signs 100,000 emoji are more than a form may hold
  body.set("text", area.value);
  try {
    const answer = await request("/tokens?part=1", {
      method: "POST", body, signal: running.signal,
      headers: { Accept: "text/html" },
    });
    const html = await answer.text();
    if (mine !== asked) return;
    const long = answer.status === 413 || answer.status === 400;
    const shown = !long && answer.headers.get("Content-Type")?.startsWith("text/html");
    if (shown) found.innerHTML = html;
    detail.textContent = hint;
    detail.hidden = !found.querySelector(".token"); // it keeps its place, so that nothing jumps under the pointer
    if (long) state.textContent = "The text is too long to be sent. It is kept in the field.";
    else if (!shown) state.textContent = "The course was restarted: open it again from the terminal. Your text is kept.";
    else state.textContent = saved ? "The text is kept in this browser." : "This browser keeps no texts: it is lost when you leave.";
  } catch (error) {
    if (error.name !== "AbortError" && mine === asked) state.textContent = "The course does not answer. Your text is kept in this browser.";
  } finally {
    clearTimeout(slow);
  }
}

area.addEventListener("input", () => {
  keep();
  sample.hidden = area.value === first;
  clearTimeout(timer);
  timer = setTimeout(cut, WAIT);
});
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  cut();
});
sample.addEventListener("click", () => {
  area.value = first;
  sample.hidden = true;
  area.focus();
  cut();
});
sample.hidden = area.value === first;

function tell(token) {
  detail.textContent = `${token.textContent}  ${token.title}`;
}
found.addEventListener("mouseover", ({ target }) => { if (target.matches(".token")) tell(target); });
found.addEventListener("focusin", ({ target }) => { if (target.matches(".token")) tell(target); });

// One token of each list can be reached by Tab; arrows, Home and End go through the list.
found.addEventListener("keydown", (event) => {
  const token = event.target;
  if (!token.matches(".token") || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = token.parentElement.querySelectorAll(".token");
  const beside = (way) => {
    let next = token[way];
    while (next && !next.matches(".token")) next = next[way];
    return next;
  };
  const to = {
    ArrowRight: () => beside("nextElementSibling"), ArrowDown: () => beside("nextElementSibling"),
    ArrowLeft: () => beside("previousElementSibling"), ArrowUp: () => beside("previousElementSibling"),
    Home: () => all[0], End: () => all[all.length - 1],
  }[event.key];
  if (!to) return;
  event.preventDefault();
  const next = to();
  if (!next) return;
  token.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

if (!found.childElementCount) cut();
else detail.hidden = !found.querySelector(".token");
