// Mathematics: TeX in .math elements becomes KaTeX, which is fetched only by pages that have some.
//
// KaTeX builds elements and sets their styles from the script, which the page's policy allows; its string output
// carries style attributes, which the policy blocks.

// Programs show formulas too: no links or images, no size that covers the page.
const LIMITS = { trust: false, maxSize: 20, maxExpand: 500 };

// A formula wider than this may break, and lose the comma behind it to the next line: the text of a narrow phone.
const NARROW = 260;

export async function renderMath(root = document) {
  const places = [...root.querySelectorAll(".math:not([data-typeset])")];
  if (!places.length) return;
  const found = await import("katex").catch(() => null);
  if (!found) { // not built: the TeX stays, and can be read
    for (const place of places) place.classList.add("math-source");
    return;
  }
  const katex = found.default;
  for (const place of places) {
    const tex = place.textContent;
    place.dataset.typeset = "";
    try {
      katex.render(tex, place, { displayMode: place.classList.contains("block"), throwOnError: true, strict: "ignore", ...LIMITS });
      if (place.classList.contains("block")) {
        place.tabIndex = 0; // a wide formula is scrolled with the arrow keys
        place.setAttribute("role", "group");
        place.setAttribute("aria-label", "Formula");
      } else if (place.offsetWidth > NARROW) place.closest(".together")?.classList.add("long");
    } catch (error) {
      place.textContent = tex;
      place.classList.add("math-error");
      place.title = error.message;
    }
  }
}
