// Autosave that loses nothing: text not yet acknowledged by the server lives in IndexedDB, every save names the
// version that it replaces, and when two texts meet, both are kept.
//
//   const draft = openDraft({ kind, lesson, name, text, version, base, onState, onConflict, onRemote });
//
// text, version      what the server has (version 0: nothing saved yet; text is then what the writer starts from)
// base               hash of the text that the draft started from
// onState(state, message)   "saved", "unsaved", "saving", "offline", "signed-out", "full", "refused", "conflict"
// onConflict({ mine, theirs }) another text was saved in the meantime; answer with draft.resolve("mine" | "theirs").
//                    Whichever is chosen, the server keeps the other as a copy.
// onRemote(text)     show this text: another tab saved it, or text was found that this browser had kept
//
// The draft: change(text), flush(), resolve(choice), close(), ready (a promise: kept text has been looked for).
import { request } from "./base.js";

const WAIT = 600; // ms without typing before a save
const RETRY = [1000, 2000, 4000, 8000, 15000]; // ms after failed saves
const TAB = crypto.randomUUID();
const tabLock = (tab) => `groundup-tab-${tab}`;
const held = new Promise((resolve) => {
  if (!navigator.locks) resolve();
  else navigator.locks.request(tabLock(TAB), () => { resolve(); return new Promise(() => {}); });
});

let database = null;

// Runs one request on the store of pending texts; null where the browser gives us no database.
async function pending(mode, work) {
  database ??= new Promise((resolve) => {
    const opening = indexedDB.open("groundup", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("pending", { keyPath: "id" }).createIndex("document", "document");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => resolve(null);
  });
  const opened = await database;
  if (!opened) return null;
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction("pending", mode);
    const asked = work(transaction.objectStore("pending"));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

// Whether the page that kept a text is gone; a page that is just being left may need a moment.
async function gone(tab) {
  if (!navigator.locks) return true;
  try {
    return await navigator.locks.request(tabLock(tab), { signal: AbortSignal.timeout(1500) }, () => true);
  } catch {
    return false;
  }
}

export function openDraft({ kind, lesson, name, text, version, base, onState = () => {}, onConflict = () => {}, onRemote = () => {} }) {
  const id = `${kind}/${lesson}/${name}`;
  const url = `/api/draft/${id.split("/").map(encodeURIComponent).join("/")}`;
  const row = `${id}#${TAB}`;
  const channel = new BroadcastChannel("groundup-drafts");
  let current = text; // what the editor shows
  let saved = text; // what the server acknowledged
  let theirs = null; // the other text of a conflict
  let timer = 0;
  let failures = 0;
  let running = null; // the save under way
  let kept = Promise.resolve(); // the last write to IndexedDB; one after the other

  const put = (body, options = {}) => request(url, { method: "PUT", json: { base, ...body }, ...options });
  const keep = (work) => { kept = kept.then(work).catch(() => {}); return kept; };
  const remember = () => {
    const entry = { id: row, document: id, tab: TAB, text: current, version, base, time: Date.now() };
    return keep(() => pending("readwrite", (store) => store.put(entry)));
  };
  const forget = (which = row) => keep(() => pending("readwrite", (store) => store.delete(which)));

  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function acknowledged(sent, answer) {
    version = answer.version;
    saved = sent;
    failures = 0;
    channel.postMessage({ id, version, text: sent });
    if (current === sent) {
      forget();
      onState("saved", answer.updated);
    } else {
      remember(); // under the new version
      later(WAIT);
    }
  }

  function failed(state, message) {
    onState(state, message);
    later(RETRY[Math.min(failures++, RETRY.length - 1)]);
  }

  async function attempt(extra = {}) {
    const sent = current;
    onState("saving");
    let answer, body;
    try {
      answer = await put({ text: sent, version, ...extra });
      body = await answer.json();
    } catch {
      return failed("offline");
    }
    if (answer.ok) {
      theirs = null;
      acknowledged(sent, body);
    } else if (answer.status === 409) {
      theirs = body.current;
      onState("conflict");
      onConflict({ mine: sent, theirs });
    } else if (answer.status === 401 || answer.status === 403) {
      failed("signed-out", body.message);
    } else if (answer.status === 507) {
      failed("full", body.message);
    } else {
      onState("refused", body.message);
    }
  }

  function save(extra) {
    clearTimeout(timer);
    if (running) return running.then(() => save(extra));
    if (!extra && (theirs || current === saved)) return Promise.resolve();
    running = attempt(extra).finally(() => { running = null; });
    return running;
  }

  function change(next) {
    if (next === current) return;
    current = next;
    if (current === saved && !theirs) {
      clearTimeout(timer);
      forget();
      if (!running) onState("saved");
      return;
    }
    remember();
    if (theirs) return;
    onState("unsaved");
    if (!failures) later(WAIT);
  }

  function show(next, newVersion) {
    version = newVersion;
    current = saved = next;
    forget();
    onRemote(next);
    onState("saved");
  }

  async function resolve(choice) {
    const other = theirs;
    if (!other) return;
    if (choice === "mine") {
      version = other.version;
      await save({ resolve: true });
      return;
    }
    // What was typed since the conflict is sent with the old version, which the server answers by keeping a copy.
    const answer = await put({ text: current, version }).catch(() => null);
    if (!answer || (answer.status !== 409 && !answer.ok)) return onState("conflict", "The course does not answer; nothing was changed.");
    theirs = null;
    if (answer.ok) acknowledged(current, await answer.json());
    else {
      const latest = (await answer.json()).current;
      show(latest.text, latest.version);
    }
  }

  // Has the server keep a text beside the saved one: version 0 is never the saved one. Where nothing is saved
  // yet the text becomes the first version, and ours will meet it as a conflict.
  async function copied(entry) {
    const answer = await put({ text: entry.text, version: 0, base: entry.base }).catch(() => null);
    return Boolean(answer?.ok || answer?.status === 409);
  }

  // Text that an earlier page kept and the server never acknowledged.
  async function adopt() {
    await held;
    const found = await pending("readonly", (store) => store.index("document").getAll(id)).catch(() => null);
    const orphans = [];
    for (const entry of found ?? []) if (entry.tab !== TAB && await gone(entry.tab)) orphans.push(entry);
    orphans.sort((a, b) => a.time - b.time);
    const newest = orphans.pop();
    for (const entry of orphans) {
      if (entry.text === saved || await copied(entry)) await forget(entry.id);
    }
    if (!newest) return;
    if (newest.text !== saved) {
      const typed = current !== saved; // while we were looking
      if (typed) {
        if (!await copied(newest)) return;
      } else {
        current = newest.text;
        version = newest.version;
        await remember();
        onRemote(current);
        save();
      }
    }
    await forget(newest.id);
  }

  channel.onmessage = ({ data }) => {
    if (data.id === id && data.version > version && current === saved && !running) show(data.text, data.version);
  };
  const leave = () => {
    if (current !== saved && !theirs) put({ text: current, version }, { keepalive: true }).catch(() => {});
  };
  const hidden = () => { if (document.hidden) save(); };
  addEventListener("pagehide", leave);
  addEventListener("online", hidden);
  document.addEventListener("visibilitychange", hidden);

  return {
    ready: adopt(),
    change,
    flush: () => save(),
    resolve,
    close() {
      clearTimeout(timer);
      channel.close();
      removeEventListener("pagehide", leave);
      removeEventListener("online", hidden);
      document.removeEventListener("visibilitychange", hidden);
    },
  };
}
