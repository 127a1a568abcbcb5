/** Sends large answers and events as fast as the caller reads them, so that a caller who does not read costs no memory. */
import { joinBytes } from "./bytes.js";
import { EventWatcher } from "./events.js";
import { smallBytes } from "./traffic.js";

const encoder = new TextEncoder();
const heartbeat = encoder.encode(":\n");

/**
 * The parts of an answer as the body of a response.
 * @param {(string | Uint8Array)[]} parts
 */
export function deliverParts(parts, visit) {
  const encoded = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  let left = encoded.reduce((sum, { length }) => sum + length, 0);
  if (left <= smallBytes) return joinBytes(encoded);
  let at = 0;
  return deliver(visit, {
    read() {
      // Copies: a part of the whole would keep all of it in the memory of a socket that is not read.
      const piece = new Uint8Array(Math.min(left, smallBytes));
      for (let filled = 0; filled < piece.length; ) {
        const next = encoded[0].subarray(at, at + piece.length - filled);
        piece.set(next, filled);
        filled += next.length;
        at += next.length;
        if (at < encoded[0].length) continue;
        encoded.shift();
        at = 0;
      }
      left -= piece.length;
      return { done: piece.length === 0, value: piece };
    },
    cancel() {
      encoded.length = 0;
      left = 0;
    },
  });
}

/**
 * Forwards events as they arrive, without compressing or collecting them. During a silence it sends comments, since
 * proxies and load balancers cut silent connections.
 * @param {{ read: () => Promise<{ done: boolean, value?: Uint8Array }>, cancel: () => void }} source
 * @param {object} options
 * @param {{ push: (piece: Uint8Array) => Uint8Array, end: () => Uint8Array }} options.scrubber takes the secrets out
 * @param {number} options.heartbeatMs
 * @param {() => Promise<void>} options.onDone called when the event `done` has arrived
 */
export function deliverEvents(source, visit, { scrubber, heartbeatMs, onDone }) {
  const watcher = new EventWatcher();
  let next;
  let timer;
  let isOver = false;

  /** Resolves to true if nothing arrives within this time. */
  async function isSilentFor(ms) {
    const silence = new Promise((resolve) => {
      timer = setTimeout(() => resolve(true), ms);
    });
    try {
      return await Promise.race([next.then(() => false), silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  return deliver(visit, {
    async read() {
      while (!isOver) {
        next ??= source.read();
        // Within a line a comment would become part of it.
        const isSilent = heartbeatMs > 0 && watcher.isBetweenLines && (await isSilentFor(heartbeatMs));
        if (isSilent) return { done: false, value: heartbeat };
        const result = await next;
        next = undefined;
        isOver = result.done;
        const wasDone = watcher.isDone;
        if (!isOver) watcher.push(result.value);
        if (watcher.isDone && !wasDone) await onDone();
        const value = isOver ? scrubber.end() : scrubber.push(result.value);
        if (value.length > 0) return { done: false, value };
      }
      return { done: true };
    },
    cancel() {
      clearTimeout(timer);
      source.cancel();
    },
  });
}

/** A stream that reads a piece of its source only when it is asked for one. The visit is over when the stream ends. */
function deliver(visit, { read, cancel }) {
  const { signal } = visit;
  visit.isDelivering = true;
  visit.waitForCaller();
  let onAbort;
  const end = () => {
    signal.removeEventListener("abort", onAbort);
    visit.leave();
  };
  return new ReadableStream(
    {
      start(stream) {
        onAbort = () => {
          end();
          cancel();
          stream.error(signal.reason);
        };
        if (signal.aborted) onAbort();
        else signal.addEventListener("abort", onAbort);
      },
      async pull(stream) {
        visit.callerDone();
        try {
          const { done, value } = await read();
          if (signal.aborted) return;
          visit.waitForCaller();
          if (!done) return stream.enqueue(value);
          stream.close();
        } catch (error) {
          if (signal.aborted) return;
          stream.error(error);
        }
        end();
      },
      cancel() {
        end();
        cancel();
      },
    },
    { highWaterMark: 0 },
  );
}
