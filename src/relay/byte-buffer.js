import { smallBytes } from "./traffic.js";

/**
 * Collects bytes in one buffer: a body may come in very many small pieces, and each would take more memory than its
 * bytes.
 */
export class ByteBuffer {
  #limitBytes;
  #memory = new Uint8Array(0);
  #length = 0;
  #announced = 0;
  #reserved = smallBytes;

  constructor(limitBytes) {
    this.#limitBytes = limitBytes;
  }

  /** The bytes so far. */
  get bytes() {
    return this.#memory.subarray(0, this.#length);
  }

  /** Waits for memory for an announced number of bytes. */
  async expect(bytes, visit, signal) {
    this.#announced = bytes;
    if (bytes > smallBytes) await this.#reserve(bytes, visit, signal);
  }

  /** Adds a piece; `false` when that would exceed the limit. */
  async add(piece, visit, signal) {
    const length = this.#length + piece.byteLength;
    if (length > this.#limitBytes) return false;
    // Without an announced length, memory for the whole limit is reserved at once: requests that hold some memory and
    // wait for more could wait for each other for ever.
    if (length > this.#reserved) await this.#reserve(this.#limitBytes, visit, signal);
    if (length > this.#memory.byteLength) {
      const doubled = Math.min(this.#limitBytes, 2 * this.#memory.byteLength);
      const memory = new Uint8Array(length <= this.#announced ? this.#announced : Math.max(length, doubled));
      memory.set(this.bytes);
      this.#memory = memory;
    }
    this.#memory.set(piece, this.#length);
    this.#length = length;
    return true;
  }

  async #reserve(bytes, visit, signal) {
    this.#reserved = bytes;
    await visit.reserve(bytes, signal);
  }
}
