const LF = 0x0a;
const CR = 0x0d;
const names = new Set(["event: done", "event:done"]);
const longestName = 11;

/** Watches an event stream go by, without keeping it: has a line ended, and has the event `done` come? */
export class EventWatcher {
  /** The next byte begins a line, so that a comment may stand before it. */
  isBetweenLines = true;
  /** The prediction is over. A stream that only ends may have been cut off. */
  isDone = false;
  #line = "";
  #lineLength = 0;
  #isLastEvent = false;
  #isAfterCr = false;

  /** @param {Uint8Array} bytes */
  push(bytes) {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === LF || byte === CR) {
        // CR and LF end one line together.
        if (byte === CR || !this.#isAfterCr) this.#endLine();
      } else if (++this.#lineLength <= longestName) this.#line += String.fromCharCode(byte);
      this.#isAfterCr = byte === CR;
    }
    // After a CR an LF may follow that belongs to it.
    if (bytes.length > 0) this.isBetweenLines = bytes[bytes.length - 1] === LF;
  }

  #endLine() {
    if (this.#lineLength === 0) this.isDone ||= this.#isLastEvent;
    if (this.#lineLength === 0 || this.#line.startsWith("event:")) {
      this.#isLastEvent = this.#lineLength <= longestName && names.has(this.#line);
    }
    this.#line = "";
    this.#lineLength = 0;
  }
}
