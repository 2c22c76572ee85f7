// Mathematics: TeX in .math elements becomes KaTeX, which is fetched only by pages that have some.
//
// KaTeX builds elements and sets their styles from the script, which the page's policy allows; its string output
// carries style attributes, which the policy blocks.

export async function renderMath(root = document) {
  const places = [...root.querySelectorAll(".math:not([data-typeset])")];
  if (!places.length) return;
  const { default: katex } = await import("katex");
  for (const place of places) {
    const tex = place.textContent;
    place.dataset.typeset = "";
    try {
      katex.render(tex, place, { displayMode: place.classList.contains("block"), throwOnError: true, strict: "ignore" });
      if (place.classList.contains("block")) {
        place.tabIndex = 0; // a wide formula is scrolled with the arrow keys
        place.setAttribute("role", "group");
        place.setAttribute("aria-label", "Formula");
      }
    } catch (error) {
      place.textContent = tex;
      place.classList.add("math-error");
      place.title = error.message;
    }
  }
}
