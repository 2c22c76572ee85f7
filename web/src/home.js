// The home page's map: graph or list, and which part of it.
import { request } from "./base.js";

const graphBox = document.querySelector("[data-map]");
const list = document.querySelector("[data-map-list]");
const controls = document.querySelector("[data-map-controls]");
const part = document.getElementById("map-part");
const buttons = [...controls.querySelectorAll("[data-view]")];

const remembered = (key, otherwise) => localStorage.getItem(`map-${key}`) ?? otherwise;
let view = remembered("view", matchMedia("(max-width: 46rem)").matches ? "list" : "graph");
part.value = remembered("part", "written");
const asked = location.hash.match(/^#track-(.+)$/)?.[1]; // a link to one track shows it, as graph or as list
if (asked) part.value = asked;
if (!part.value) part.value = "written";

let graph = null;

async function showGraph() {
  const [{ drawMap }, answer] = await Promise.all([import("./map.js"), graph ?? request("/api/map").then((got) => got.json())]);
  graph = answer;
  graphBox.hidden = false; // it has to have a size
  drawMap(graphBox, graph, part.value);
}

function filterList() {
  const named = [...list.querySelectorAll("[data-track]")];
  const one = named.some((track) => track.dataset.track === part.value);
  for (const track of named) {
    track.hidden = one && track.dataset.track !== part.value;
    if (one && !track.hidden) track.open = true;
  }
}

async function show() {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  filterList();
  if (view === "graph") {
    try {
      await showGraph();
    } catch {
      view = "list"; // the list is on the page already
      return show();
    }
  }
  graphBox.hidden = view !== "graph";
  list.hidden = view !== "list";
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    view = button.dataset.view;
    localStorage.setItem("map-view", view);
    show();
  });
}
part.addEventListener("change", () => {
  localStorage.setItem("map-part", part.value);
  show();
});
controls.hidden = false;
show().then(() => { if (asked) document.getElementById("map").scrollIntoView(); });
