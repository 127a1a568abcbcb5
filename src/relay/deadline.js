/** The headers that say how long: `Prefer` (how long to wait) and `Cancel-After` (how long to run). */
import { Problem } from "./problem.js";

/** "90s", "1m", "1h30m" in milliseconds; `undefined` for anything else, and for zero. */
export function durationMs(text) {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?$/.exec(text) ?? [];
  return (hours * 3600 + minutes * 60 + Number(seconds)) * 1000 || undefined;
}

/** `wait` or `wait=n` with n between 1 and 60, which are Replicate's own bounds; everything else is left out. */
export function clampPrefer(value) {
  const wait = /(?:^|,)\s*wait(?:=(\d{1,9}))?\s*(?:$|,)/.exec(value ?? "");
  if (!wait) return undefined;
  return !wait[1] ? "wait" : `wait=${Math.min(60, Math.max(1, wait[1]))}`;
}

/** How long a prediction may run: the caller's wish where it is shorter than the relay's bound. */
export function shorterCancelAfter(wish, bound) {
  if (wish === null) return bound;
  const wishMs = durationMs(wish.trim());
  if (wishMs === undefined) throw new Problem(400, "Cancel-After must be a duration like 90s, 1m or 1h30m.");
  return bound !== undefined && durationMs(bound) < wishMs ? bound : wish.trim();
}
