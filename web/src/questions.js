// Questions: a choice explains each of its options, a number is compared within its tolerance.

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
      const text = form.querySelector("input").value.trim().replace("−", "-").replace(",", ".");
      const given = Number(text);
      const said = form.querySelector(".compute-said");
      const right = Number(form.dataset.answer);
      const allowed = Number(form.dataset.tolerance) + Math.abs(right) * 1e-12;
      form.classList.remove("good", "bad");
      if (!text || Number.isNaN(given)) {
        said.textContent = "Write a number, such as 0.25.";
        return;
      }
      const good = Math.abs(given - right) <= allowed;
      form.classList.add(good ? "good" : "bad");
      said.textContent = good ? "Right." : `Not yet: ${given} is too ${given > right ? "large" : "small"}.`;
    });
  }
}
