/** Once a frame: what has come is written, and the page scrolled to its end, if the reader is there. */

/** Whoever is this close to the end reads along. */
const nearPx = 80;

let isAtEnd = true;
/** Called in the next frame, then forgotten. */
let writers = new Set();
let asked = 0;

// Right after a frame the layout is clean: this one look at it is cheap.
addEventListener(
  "scroll",
  () => {
    const { scrollHeight } = document.documentElement;
    isAtEnd = scrollHeight - scrollY - innerHeight < nearPx;
  },
  { passive: true },
);

/** @param {() => void} write changes the document, and reads no layout */
export function inNextFrame(write) {
  writers.add(write);
  asked ||= requestAnimationFrame(writeAll);
}

/** Writes at once what waits for the next frame: a hidden tab has no frames. */
export function writeAll() {
  cancelAnimationFrame(asked);
  asked = 0;
  const now = writers;
  writers = new Set();
  for (const write of now) write();
  if (now.size > 0) stayAtEnd();
}

/** After the page grew: stays at its end, if the reader was there. */
export function stayAtEnd() {
  if (isAtEnd) scrollTo({ top: 1e9, behavior: "instant" });
}

/** After the user's own sending. */
export function goToEnd() {
  isAtEnd = true;
  stayAtEnd();
}
