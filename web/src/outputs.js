// The outputs of one cell. What was shown before stays, dimmed, until the first new output is here, and the space
// it took stays taken until the run is over: text below does not jump.
//
// The HTML in events is made by the server (kernels_html.py), which escapes all that a program printed.

import { renderMath } from "./math.js";

export function outputsOf(box) {
  let live = null; // the outputs of the run that goes on, by position

  function begin() {
    live = null;
    box.classList.add("old");
  }

  function fresh() {
    if (live) return;
    box.style.minHeight = `${box.offsetHeight}px`;
    box.replaceChildren();
    box.classList.remove("old");
    live = [];
  }

  function place(index, html) {
    fresh();
    while (live.length <= index) {
      const slot = document.createElement("div");
      slot.className = "output";
      box.append(slot);
      live.push(slot);
    }
    live[index].innerHTML = html;
    renderMath(live[index]);
    sizeFrames(live[index]);
  }

  function print({ index, done, tail, note }) {
    const text = live?.[index]?.querySelector("pre");
    if (!text) return;
    text.firstElementChild.insertAdjacentHTML("beforeend", done);
    text.lastElementChild.innerHTML = tail;
    if (!note) return;
    live[index].querySelector(".output-note")?.remove();
    live[index].insertAdjacentHTML("beforeend", note);
  }

  return {
    begin,
    place,
    print,
    clear() { fresh(); box.replaceChildren(); live = []; },
    show(list) { // everything at once
      begin();
      fresh();
      list.forEach((html, index) => place(index, html));
      box.style.minHeight = "";
    },
    end(ran) { // whether the run reached its end: then no output means there is none
      if (ran) fresh();
      box.classList.remove("old");
      box.style.minHeight = "";
    },
    drop() { box.classList.remove("old"); box.style.minHeight = ""; },
  };
}

// A sandboxed frame cannot be asked how high it is. Its content is text and tables only, so the same content laid
// out in the page, out of sight and without its frame, is as high as it.
export function sizeFrames(root) {
  for (const frame of root.querySelectorAll("iframe.output-html")) {
    const inert = new DOMParser().parseFromString(frame.srcdoc, "text/html");
    const probe = document.createElement("div");
    probe.className = "frame-probe";
    probe.style.width = `${frame.clientWidth || frame.parentElement.clientWidth}px`;
    probe.append(...[...inert.body.childNodes].map((node) => document.importNode(node, true)));
    probe.inert = true;
    document.body.append(probe);
    frame.height = Math.min(probe.scrollHeight + 20, 640);
    probe.remove();
  }
}
