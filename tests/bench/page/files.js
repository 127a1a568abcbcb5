/** A file as an input. */

import { MODEL, ours, theirs } from "./clients.js";

const clients = { ours, theirs };
const BYTES = 8_000_000;
const bytes = Uint8Array.from({ length: BYTES }, (_, i) => Math.imul(i, 2654435761) >>> 24);
const blob = new Blob([bytes], { type: "image/png" });

const sum = bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0);

/**
 * Milliseconds from the call until the prediction that was given the file has ended, which is at once.
 *
 * @returns {Promise<{ ms: number } | { error: string }>} the error of a client that did not send the file
 */
export async function sendFile(client, fileEncodingStrategy) {
  const start = performance.now();
  try {
    await clients[client]({ fileEncodingStrategy }).run(MODEL, { input: { image: blob } });
  } catch ({ message }) {
    return { error: message };
  }
  const ms = performance.now() - start;
  const received = await (await fetch("/received")).json();
  return received?.bytes === BYTES && received.sum === sum ? { ms } : { error: "The file was not in the input" };
}
