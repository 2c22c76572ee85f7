// The map of concepts: laid out by dagre, drawn as plain SVG links, so that keyboard and screen reader work.
import dagre from "@dagrejs/dagre";

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// The ids to show: all, or the lessons that are written or one track, with what those need directly.
function chosen({ nodes, edges }, part) {
  if (part === "all") return new Set(nodes.map((node) => node.id));
  const core = new Set(nodes.filter((node) => (part === "written" ? node.url : node.track === part)).map((node) => node.id));
  const shown = new Set(core);
  for (const [from, to] of edges) if (core.has(to)) shown.add(from);
  return shown;
}

function layout(graph, shown, measure) {
  const placed = new dagre.graphlib.Graph();
  placed.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 48, marginx: 20, marginy: 20 });
  placed.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) {
    if (shown.has(node.id)) placed.setNode(node.id, { width: measure(node.title) + 26, height: 36, node });
  }
  for (const [from, to] of graph.edges) if (shown.has(from) && shown.has(to)) placed.setEdge(from, to);
  dagre.layout(placed);
  return placed;
}

function path(points) {
  const [start, ...rest] = points;
  let drawn = `M${start.x},${start.y}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const middle = { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
    const end = i === rest.length - 2 ? rest[i + 1] : middle;
    drawn += `Q${rest[i].x},${rest[i].y} ${end.x},${end.y}`;
  }
  return rest.length === 1 ? drawn + `L${rest[0].x},${rest[0].y}` : drawn;
}

function said(node) {
  if (node.state === "later") return `${node.title}. ${node.needs}`;
  const first = node.needs && node.state !== "done" ? `. ${node.needs}` : "";
  return `${node.title}: ${node.word}${first}`;
}

// Draws into `parent`; `part` as in `chosen`. Pointing at a concept lights what it needs and what it leads to.
export function drawMap(parent, graph, part) {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.font = `500 14px ${getComputedStyle(document.body).fontFamily}`;
  const placed = layout(graph, chosen(graph, part), (text) => Math.ceil(canvas.measureText(text).width));
  const { width, height } = placed.graph();
  const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Concepts; an arrow leads from a concept to one that builds on it" });
  const edges = placed.edges().map((edge) => {
    const line = element("path", { class: "edge", d: path(placed.edge(edge).points) });
    svg.append(line);
    return { ...edge, line };
  });
  const status = document.createElement("p");
  status.setAttribute("aria-live", "polite");
  const hint = "Point at a concept to see what it builds on and what builds on it.";
  status.textContent = hint;
  const drawn = new Map();
  for (const id of placed.nodes()) {
    const { x, y, width: w, height: h, node } = placed.node(id);
    const box = element("rect", { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 7 });
    const label = element("text", { x, y: y + 5, "text-anchor": "middle" }, node.title);
    const link = node.url
      ? element("a", { href: node.url, "aria-label": said(node) }, box, label)
      : element("g", { role: "img", "aria-label": said(node) }, box, label);
    link.classList.add("node", `node-${node.state}`);
    svg.append(link);
    drawn.set(id, link);
    const light = (on) => {
      svg.classList.toggle("has-lit", on);
      link.classList.toggle("lit", on);
      for (const { v, w: to, line } of edges) {
        if (v !== id && to !== id) continue;
        line.classList.toggle("lit", on);
        drawn.get(v === id ? to : v).classList.toggle("lit", on);
      }
      status.textContent = on ? said(node) : hint;
    };
    for (const [event, on] of [["pointerenter", true], ["pointerleave", false], ["focus", true], ["blur", false]]) {
      link.addEventListener(event, () => light(on));
    }
  }
  const bar = document.createElement("div");
  bar.className = "map-said muted";
  const scroller = document.createElement("div");
  scroller.className = "map-scroll";
  scroller.tabIndex = 0; // the arrow keys scroll it
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", "Graph of concepts");
  scroller.append(svg);
  parent.replaceChildren(scroller, bar);

  let scale = 1;
  const zoom = (to) => {
    const middle = [(scroller.scrollLeft + scroller.clientWidth / 2) / scale, (scroller.scrollTop + scroller.clientHeight / 2) / scale];
    scale = Math.min(1.5, Math.max(0.35, to));
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    scroller.scrollTo(middle[0] * scale - scroller.clientWidth / 2, middle[1] * scale - scroller.clientHeight / 2);
  };
  const buttons = [["−", "Smaller", () => zoom(scale / 1.25)], ["+", "Larger", () => zoom(scale * 1.25)]].map(([sign, name, work]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", work);
    return button;
  });
  bar.append(status, ...buttons);
  zoom(Math.max(0.7, Math.min(1, scroller.clientWidth / width)));
  // Where the learner is comes into view, without moving the page.
  const here = graph.nodes.find((node) => drawn.has(node.id) && ["started", "ready"].includes(node.state));
  if (here) {
    const { x, y } = placed.node(here.id);
    scroller.scrollTo(x * scale - scroller.clientWidth / 3, y * scale - scroller.clientHeight / 2);
  }
}
