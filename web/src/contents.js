// The contents at the side: the section that is read is marked, and the place is remembered.
import { request } from "./base.js";

export function contents(lesson, side) {
  const fold = side.querySelector("details");
  const narrow = matchMedia("(max-width: 62rem)");
  const folded = () => { fold.open = !narrow.matches; };
  folded();
  narrow.addEventListener("change", folded);
  const links = new Map([...side.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  let current = null;
  let timer = 0;
  let asked = false;

  function mark() {
    asked = false;
    // Near the end the line moves down, so that the last sections are reached although the page cannot scroll on.
    const left = document.documentElement.scrollHeight - innerHeight - scrollY;
    const line = innerHeight * 0.3 + Math.max(innerHeight * 0.7 - left, 0);
    let now = null;
    for (const heading of headings) if (heading.getBoundingClientRect().top < line) now = heading;
    if (now === current) return;
    links.get(current?.id)?.removeAttribute("aria-current");
    current = now;
    links.get(current?.id)?.setAttribute("aria-current", "location");
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  }

  const save = () => request(`/api/position/${lesson}`, {
    method: "PUT", json: { anchor: current?.id ?? null, scroll: scrollY / document.documentElement.scrollHeight, cell: null },
  }).catch(() => {});

  addEventListener("scroll", () => {
    if (!asked) requestAnimationFrame(mark);
    asked = true;
  }, { passive: true });
  side.addEventListener("click", ({ target }) => { if (target.closest("nav a") && narrow.matches) fold.open = false; });
  mark();
}
