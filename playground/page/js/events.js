// The stream of what happens in the workspace, as one person sees it; comes back by itself after a break.

const FIRST_WAIT = 400;
const LONGEST_WAIT = 10_000;

/** Listens as `person`. `heard(event)` gets every event; `changed(open, again)` tells the state of the line. */
export function listen(person, heard, changed) {
  const line = { stopped: false, tries: 0, opened: false, socket: null, timer: 0 };
  connect(line, person, heard, changed);
  return () => {
    line.stopped = true;
    clearTimeout(line.timer);
    line.socket?.close();
  };
}

function connect(line, person, heard, changed) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/play/events?as=${encodeURIComponent(person)}`);
  line.socket = socket;
  socket.addEventListener("open", () => {
    if (line.stopped) return;
    changed(true, line.opened);
    line.opened = true;
    line.tries = 0;
  });
  socket.addEventListener("message", ({ data }) => {
    if (!line.stopped) heard(JSON.parse(data));
  });
  socket.addEventListener("close", () => {
    if (line.stopped) return;
    changed(false, line.opened);
    line.timer = setTimeout(() => connect(line, person, heard, changed), wait(line));
  });
}

function wait(line) {
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** line.tries);
  line.tries += 1;
  return longest * (0.5 + Math.random() / 2);
}
