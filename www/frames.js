/** Collects writes and does them once a frame; then scrolls to the end of the page, if the reader is there. */

/** A reader this close to the end follows the answer. */
const nearPx = 80;

let isAtEnd = true;
/** Called once, in the next frame. */
let writers = new Set();
let asked = 0;

// The layout is up to date in a scroll event, so this read is cheap.
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

/** Does all waiting writes now, since a hidden tab has no frames. */
export function writeAll() {
  cancelAnimationFrame(asked);
  asked = 0;
  const now = writers;
  writers = new Set();
  for (const write of now) write();
  if (now.size > 0) stayAtEnd();
}

/** Scrolls to the new end of the page, if the reader was at the old one. */
export function stayAtEnd() {
  if (isAtEnd) scrollTo({ top: 1e9, behavior: "instant" });
}

/** Scrolls to the end, for a message that the user has sent. */
export function goToEnd() {
  isAtEnd = true;
  stayAtEnd();
}
