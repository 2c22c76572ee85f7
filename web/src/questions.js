// Questions: a choice explains each of its options, a number is compared within its tolerance.

// A comma may part thousands (235,146) or stand for the decimal point (0,25): both readings, the likelier first.
function readings(text) {
  const plain = text.trim().replace("−", "-").replace(/(?<=\d)[\s_'](?=\d{3})/g, "");
  const grouped = /^-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(plain) ? [plain.replaceAll(",", "")] : [];
  return [...grouped, plain.replace(",", ".")].filter(Boolean).map(Number).filter(Number.isFinite);
}

export function questions(root) {
  for (const form of root.querySelectorAll("[data-choice]")) {
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => {
      const chosen = target.closest(".choice");
      chosen.classList.add("chosen");
      chosen.querySelector("[data-why]").hidden = false;
      if (chosen.dataset.right !== "yes") return;
      for (const why of form.querySelectorAll("[data-why]")) why.hidden = false;
      for (const choice of form.querySelectorAll(".choice")) choice.classList.add("shown");
    });
  }
  for (const form of root.querySelectorAll("[data-compute]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = readings(form.querySelector("input").value);
      const said = form.querySelector(".compute-said");
      const right = Number(form.dataset.answer);
      const allowed = Number(form.dataset.tolerance) + Math.abs(right) * 1e-12;
      form.classList.remove("good", "bad");
      if (!given.length) {
        said.textContent = "Write a number, such as 0.25.";
        return;
      }
      const good = given.some((value) => Math.abs(value - right) <= allowed);
      form.classList.add(good ? "good" : "bad");
      said.textContent = good ? "Right." : `Not yet: ${given[0]} is too ${given[0] > right ? "large" : "small"}.`;
    });
  }
}
