// Creates a prediction. Every route that creates one calls `create`.

import { DIRECTIVES_HEADER, readDirectives } from "./directives.js";
import { underFaults } from "./faults.js";
import { TERMINAL } from "./life.js";
import { createPrediction, showPrediction } from "./prediction.js";
import { Problem } from "./problem.js";
import { validate } from "./validation.js";

const LONGEST_WAIT_S = 60;
/** How many refused inputs (by `[429: n]` or `[500: n]`) are kept with their counts. */
const MAX_REFUSED = 1000;

/**
 * Checks the input, creates the prediction and, with `Prefer: wait`, waits until it ends.
 *
 * @param {import("./index.js").Context} context
 * @param {object} order
 * @param {import("./catalogue.js").Model} order.model
 * @param {import("./catalogue.js").Version} order.version
 * @param {Record<string, any>} order.input not validated yet
 * @param {"api" | "web"} [order.source] "api"
 * @returns {Promise<Response>} 201, or 202 when it has not ended after the wait
 */
export async function create(context, order) {
  const { version, input } = order;
  const { state, request, links, signal } = context;
  const { settings, clock } = state;
  validate(input, version.kind.input, "input");
  const deadlineMs = readCancelAfter(request.headers.get("Cancel-After"));
  const waitMs = readPrefer(request.headers.get("Prefer"));
  const header = request.headers.get(DIRECTIVES_HEADER);
  const directives = readDirectives(input, settings.faults, header);

  const key = JSON.stringify([version.id, input, header]);
  const hits = hitsOf(state.refused, key);
  return underFaults(
    { directives, route: "create", hits, stepMs: settings.stepMs, clock, signal },
    async () => {
      state.refused.delete(key);
      const createdAt = clock.now();
      const prediction = createPrediction({ ...order, directives, links, createdAt, deadlineMs, settings });
      state.predictions.add(prediction, createdAt);
      if (waitMs === null)
        return Response.json(showPrediction(prediction, prediction.life.atBirth, links), { status: 201 });

      const view = await settle(prediction.life, waitMs, { settings, clock, signal });
      return Response.json(showPrediction(prediction, view, links), { status: TERMINAL.has(view.status) ? 201 : 202 });
    },
  );
}

/** Waits until a life ends, at most `waitMs`. With `stepMs` 0 it does not wait: all that can happen has happened. */
async function settle(life, waitMs, { settings, clock, signal }) {
  const until = clock.now() + (settings.stepMs === 0 ? 0 : waitMs);
  for (;;) {
    const now = clock.now();
    const view = life.at(now);
    if (TERMINAL.has(view.status) || now >= until || signal.aborted) return view;
    await life.changed(clock, now, until - now, signal);
  }
}

/** How often each counted fault has refused this create. The counts of the oldest creates are dropped past {@link MAX_REFUSED}. */
function hitsOf(refused, key) {
  const hits = refused.get(key) ?? new Map();
  refused.set(key, hits);
  if (refused.size > MAX_REFUSED) refused.delete(refused.keys().next().value);
  return hits;
}

/**
 * Reads `Prefer: wait` or `Prefer: wait=n`, n in seconds from 1 to 60. RFC 7240, section 2: a server ignores a preference that it does
 * not understand.
 *
 * @returns {number | null} milliseconds; null to answer at once
 */
function readPrefer(header) {
  for (const preference of header?.split(",") ?? []) {
    const [, seconds = LONGEST_WAIT_S] = preference.trim().match(/^wait(?:=(\d+))?$/) ?? [null, 0];
    if (seconds >= 1) return Math.min(Number(seconds), LONGEST_WAIT_S) * 1000;
  }
  return null;
}

/**
 * Reads `Cancel-After`: `90s`, `1m`, `1h30m`. It limits what a prediction may cost, so a malformed value is refused, not ignored.
 *
 * @returns {number | undefined} milliseconds
 */
function readCancelAfter(header) {
  if (header === null) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] = header.match(/^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  if (ms === 0) throw new Problem(400, "Bad request", "Cancel-After must be a duration like 90s, 1m or 1h30m.");
  return ms;
}
