/** Answers that go out as the caller reads them, so that who does not read costs no memory: large ones, and events. */
import { EventWatcher } from "./events.js";
import { smallBytes } from "./traffic.js";

const heartbeat = new TextEncoder().encode(":\n");

/** A text as the body of a response. */
export function deliverText(text, visit) {
  if (text.length <= smallBytes / 4) return text;
  let bytes = new TextEncoder().encode(text);
  if (bytes.byteLength <= smallBytes) return bytes;
  return deliver(visit, {
    read() {
      const piece = bytes.subarray(0, smallBytes);
      bytes = bytes.subarray(smallBytes);
      return { done: piece.byteLength === 0, value: piece };
    },
    cancel() {
      bytes = new Uint8Array(0);
    },
  });
}

/**
 * Events pass through as they come: nothing on the way may keep, compress or collect them. In a silence a comment
 * goes out, since proxies and load balancers cut silent connections.
 * @param {{ read: () => Promise<{ done: boolean, value?: Uint8Array }>, cancel: () => void }} source
 * @param {{ heartbeatMs: number, onDone: () => Promise<void> }} options `onDone` is called when the prediction is over
 */
export function deliverEvents(source, visit, { heartbeatMs, onDone }) {
  const watcher = new EventWatcher();
  let next;
  let timer;

  /** Does nothing come for so long? */
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
      next ??= source.read();
      // Within a line a comment would become part of it.
      const isSilent = heartbeatMs > 0 && watcher.isBetweenLines && (await isSilentFor(heartbeatMs));
      if (isSilent) return { done: false, value: heartbeat };
      const result = await next;
      next = undefined;
      const wasDone = watcher.isDone;
      if (!result.done) watcher.push(result.value);
      if (watcher.isDone && !wasDone) await onDone();
      return result;
    },
    cancel() {
      clearTimeout(timer);
      source.cancel();
    },
  });
}

/** The stream of a source's pieces, one for each that is asked for. The visit is over when it ends. */
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
