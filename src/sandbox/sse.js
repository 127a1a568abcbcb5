// The event stream of a prediction: the events `output`, `logs`, `error` and `done`.

import { connectionError } from "./faults.js";

/** A comment at this interval keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVE = ": keep-alive\n\n";
/** The most events in one chunk of the body. */
const BATCH = 64;

/**
 * @param {import("./index.js").Context} context
 * @param {import("./prediction.js").Prediction} prediction
 * @returns {Response} its body ends after `done`. A reader that cancels it does not cancel the prediction
 */
export function streamPrediction({ request, state, signal }, prediction) {
  const { clock } = state;
  const { life, directives } = prediction;
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  signal.addEventListener("abort", leave);

  const isDone = (event) => event?.event === "done";
  let position = directives.life.has("restart")
    ? 0
    : life.positionAfter(request.headers.get("Last-Event-ID"), clock.now());
  let finished = isDone(life.event(position - 1, clock.now()));
  const breaking = planBreak(prediction);

  /** The text of the events that are due, at most one chunk of them. */
  const take = (now) => {
    let text = "";
    for (let count = 0; count < BATCH && breaking.left > 0 && !finished; count++) {
      const event = life.event(position, now);
      if (!event) break;
      text += formatEvent(event, !directives.life.has("no-ids"));
      finished = isDone(event);
      position++;
      breaking.left--;
    }
    return text;
  };

  const body = new ReadableStream(
    {
      async pull(controller) {
        while (!leaving.signal.aborted) {
          const asked = clock.now();
          const text = take(asked);
          if (text) return controller.enqueue(new TextEncoder().encode(text));
          if (finished || breaking.left === 0) {
            signal.removeEventListener("abort", leave);
            return breaking.hard && !finished ? controller.error(connectionError()) : controller.close();
          }
          await life.changed(clock, asked, KEEP_ALIVE_MS, leaving.signal);
          if (clock.now() - asked >= KEEP_ALIVE_MS) return controller.enqueue(new TextEncoder().encode(KEEP_ALIVE));
        }
        if (signal.aborted) controller.error(signal.reason);
      },
      cancel() {
        signal.removeEventListener("abort", leave);
        leave();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
      "Access-Control-Allow-Origin": "*",
    },
  });
}

/** The number of events after which this body breaks (`hard`) or ends early: only for the first reader of a prediction. */
function planBreak({ directives, hits }) {
  for (const name of ["drop-stream", "end-stream"]) {
    if (!directives.life.has(name) || hits.has(name)) continue;
    hits.set(name, 1);
    return { left: Number(directives.life.get(name)) || 0, hard: name === "drop-stream" };
  }
  return { left: Infinity, hard: false };
}

/** Each line of the data is a `data` line of its own: a line feed, and also the lone `\r` of a progress bar, starts another. */
function formatEvent({ event, data, id }, withId) {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `event: ${event}\n${withId ? `id: ${id}\n` : ""}${lines.join("")}\n`;
}
