// The pages of a lesson: maths, contents, live cells, questions, proofs.
import { contents } from "./contents.js";
import { live } from "./live.js";
import { renderMath } from "./math.js";
import { proofs } from "./proofs.js";
import { questions } from "./questions.js";

const narrow = matchMedia("screen and (max-width: 48rem)");

// On a telephone the card is folded, so that the text begins on the first screen.
function foldCard(card) {
  const fold = () => { card.open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);
}

// The row of tabs is scrolled, not the page.
function showTab(tabs) {
  const tab = tabs?.querySelector("[aria-current]");
  if (tab) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}

const article = document.querySelector("article.lesson");
const card = article?.querySelector("[data-card]");
if (card) foldCard(card);
renderMath(document);
if (article) {
  const side = article.querySelector(".lesson-side");
  if (side) contents(article.dataset.lesson, side);
  if (article.dataset.live !== undefined) live(article);
  showTab(article.querySelector(".tabs"));
  questions(article);
  proofs(article);
}
