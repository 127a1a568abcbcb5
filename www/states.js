/** The state of a call, in words. */
import { errorState } from "./errors.js";

const starting = "Starting (the model is cold)";

/**
 * @param {import("/pkg/index.js").CallState} state
 * @param {{ gives: string, sinceMs: number, isStarting: boolean }} about what the model gives, for how long the state lasts, and
 *   whether the model has sent nothing yet
 * @returns {string | undefined} undefined for its end, which the card tells
 */
export function stateWords(state, { gives, sinceMs, isStarting }) {
  switch (state.type) {
    case "uploading":
      return "Uploading";
    case "sending":
      return "Sending";
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((state.retryAfterMs - sinceMs) / 1000));
      return `${state.reason === "rate_limited" ? "Rate limited" : "No answer"}, trying again in ${seconds} s`;
    }
    case "running":
      return isStarting ? starting : "Running";
    case "streaming":
      if (isStarting) return starting; // a stream opens before the model runs
      return gives === "files" ? "Drawing" : "Writing";
    case "reconnecting":
      return "Reconnecting";
    case "polling":
      return state.reason ? "Polling: no stream could be opened" : "Polling";
    default:
      return undefined;
  }
}

export const emptyOutput = "Empty output";

/**
 * How a call ended, in words.
 *
 * @param {object} end
 * @param {boolean} end.stopped by the user
 * @param {boolean} end.canCancel whether the protocol can cancel a prediction
 * @param {boolean} end.isEmpty
 * @param {Error} [end.error]
 * @param {string} [end.status] of the prediction on the server
 * @param {boolean} [end.canceled] whether the server confirmed the cancel
 * @param {boolean} end.hasBegun whether the server has accepted the prediction
 */
export function endWords({ stopped, canCancel, isEmpty, error, status, canceled, hasBegun }) {
  if (stopped && !hasBegun) return "Stopped before the server had begun";
  if (stopped && !canCancel) return "Stopped reading: this protocol has no cancel, so the prediction goes on";
  if (stopped && (canceled || status === "canceled" || status === "aborted")) return "Stopped, cancelled on the server";
  if (stopped && (status === "succeeded" || status === "failed")) return "Stopped; the prediction had ended before";
  if (stopped) return "Stopped; the server did not confirm the cancel";
  if (error) return errorState(error);
  return isEmpty ? emptyOutput : "Done";
}
