// The pages of a lesson: maths, contents, live cells, questions, proofs.
import { contents } from "./contents.js";
import { live } from "./live.js";
import { renderMath } from "./math.js";
import { proofs } from "./proofs.js";
import { questions } from "./questions.js";

renderMath(document);
const article = document.querySelector("article.lesson");
if (article) {
  const side = article.querySelector(".lesson-side");
  if (side) contents(article.dataset.lesson, side);
  if (article.dataset.live !== undefined) live(article);
  article.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  questions(article);
  proofs(article);
}
