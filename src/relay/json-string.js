import { joinBytes } from "./bytes.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A JSON string that is kept while it arrives in pieces. */
export class StringKeeper {
  #pieces = [];
  #bytesLeft;

  /** @param {number} [longest] bytes; what comes after them is not kept */
  constructor(longest = Infinity) {
    this.#bytesLeft = longest;
  }

  /** Keeps a copy of some bytes. */
  add(bytes, start, end) {
    // Of a Buffer, slice() would be a view that keeps the whole piece of the body in memory.
    const piece = Uint8Array.prototype.slice.call(bytes, start, Math.min(end, start + this.#bytesLeft));
    this.#bytesLeft -= piece.length;
    this.#pieces.push(piece);
  }

  /** As it is written, with its escapes. */
  get written() {
    return decoder.decode(this.#pieces.length === 1 ? this.#pieces[0] : joinBytes(this.#pieces));
  }

  /** What it means. */
  get text() {
    const { written } = this;
    return written.includes("\\") ? JSON.parse(`"${written}"`) : written;
  }
}
