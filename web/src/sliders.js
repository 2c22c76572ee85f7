// Sliders of a cell: moving one reruns the cell with another value. While a run is under way the latest value
// waits and the ones between are left out, so that a fast hand and a slow cell get on.

export function slidersOf(figure, move) {
  return [...figure.querySelectorAll(".slider")].map((element) => slider(element, move));
}

function slider(element, move) {
  const { slider: name, low, high, value, log, whole } = element.dataset;
  const from = Number(low), to = Number(high), original = Number(value);
  const input = element.querySelector("input");
  const shown = element.querySelector("output");
  let wanted = original;
  let moving = false; // a run for a value is under way
  let waits = false;

  const place = (number) => 1000 * (log === undefined ? (number - from) / (to - from) : Math.log(number / from) / Math.log(to / from));
  const number = (at) => {
    const exact = log === undefined ? from + (to - from) * at / 1000 : from * (to / from) ** (at / 1000);
    if (whole !== undefined) return Math.min(Math.max(Math.round(exact), from), to);
    return Math.min(Math.max(Number(exact.toPrecision(3)), from), to);
  };
  const say = () => {
    shown.textContent = whole === undefined ? String(Number(wanted.toPrecision(3))) : String(wanted);
    input.setAttribute("aria-valuetext", shown.textContent);
  };

  function ask() {
    if (moving) { waits = true; return; }
    moving = move(name, wanted);
  }

  if (whole !== undefined && log === undefined) { // one step of the keyboard is one whole number
    input.step = String(1000 / (to - from));
  } else {
    input.step = "any";
  }
  input.value = place(original);
  input.addEventListener("input", () => { wanted = number(Number(input.value)); say(); ask(); });
  input.addEventListener("keydown", (event) => { // with step "any" browsers differ in what a key does
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (steps === undefined || input.step !== "any") return;
    event.preventDefault();
    input.value = Math.min(Math.max(Number(input.value) + 10 * steps, 0), 1000);
    input.dispatchEvent(new Event("input"));
  });
  element.hidden = false;
  say();
  return {
    name,
    get value() { return wanted; },
    get moved() { return wanted !== original; },
    ended() {
      moving = false;
      if (waits) { waits = false; ask(); }
    },
    reset() { wanted = original; input.value = place(original); say(); },
  };
}
