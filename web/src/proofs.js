// Proofs: the recorded lines are replaced by those measured on this machine, when the reader asks for it or comes near.

export function proofs(root) {
  const places = [...root.querySelectorAll("[data-proof]")];
  for (const place of places) listen(place);
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      measure(target);
    }
  });
  for (const place of places) near.observe(place);
}

function listen(place) {
  place.querySelector("[data-measure]")?.addEventListener("click", (event) => {
    event.preventDefault();
    measure(place);
  });
}

async function measure(place) {
  if (place.dataset.measuring !== undefined) return;
  place.dataset.measuring = "";
  const state = place.querySelector(".proof-state");
  const before = state.innerHTML;
  state.textContent = `${state.textContent.replace(/Measure it here/, "").trim()} Measuring on this machine…`;
  try {
    const answer = await fetch(`/verify/${place.dataset.proof}?part=1`);
    if (!answer.ok) throw new Error(String(answer.status));
    place.outerHTML = await answer.text();
  } catch {
    state.innerHTML = before;
    delete place.dataset.measuring;
    listen(place);
  }
}
