// The websocket to the lesson's kernel: reconnects when the server was restarted, and says what it hears.
//
//   const kernel = connect(lesson, { nonce, onEvents, onState });
//
// onEvents(events)    a list of events, see routes/kernel.py
// onState(state)      "connecting", "open", "lost", "signed-out" (the course was restarted; another tab can sign in)

const RETRY = [300, 700, 1500, 3000, 5000, 10000]; // ms

export function connect(lesson, { nonce, onEvents, onState }) {
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/kernel/${encodeURIComponent(lesson)}`;
  const waiting = new Map(); // completions asked for
  let socket = null;
  let failures = 0;
  let asked = 0;

  function open() {
    if (!failures) onState("connecting");
    socket = new WebSocket(url);
    socket.onopen = () => {
      failures = 0;
      send({ type: "hello", nonce });
      onState("open");
    };
    socket.onmessage = ({ data }) => {
      const events = JSON.parse(data);
      for (const event of events) {
        if (event.type !== "completions") continue;
        waiting.get(event.id)?.(event);
        waiting.delete(event.id);
      }
      onEvents(events);
    };
    socket.onclose = () => {
      for (const answer of waiting.values()) answer(null);
      waiting.clear();
      onState("lost");
      if (failures) fetch("/api/session").then((answer) => answer.status === 401 && onState("signed-out"), () => {});
      setTimeout(open, RETRY[Math.min(failures++, RETRY.length - 1)]);
    };
  }

  function send(message) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  // Jupyter counts code points, editors count UTF-16 units.
  async function complete(code, position) {
    const before = code.slice(0, position);
    const id = ++asked;
    const answer = new Promise((resolve) => { waiting.set(id, resolve); });
    if (!send({ type: "complete", id, code, position: [...before].length })) return null;
    const found = await Promise.race([answer, new Promise((resolve) => { setTimeout(resolve, 2500, null); })]);
    waiting.delete(id);
    if (!found?.matches.length) return null;
    const units = (count) => [...code].slice(0, count).join("").length;
    return { matches: found.matches, start: units(found.start), end: units(found.end) };
  }

  open();
  return { send, complete };
}
