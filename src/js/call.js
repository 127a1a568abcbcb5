/** What `Replicate` and `Cog` share: options into calls, calls into streams and results. */

import { failed, start } from "./replicate.js";
import { FileOutput, isFile, withFiles } from "./web/files.js";
import { option } from "./web/options.js";

/** What a stream yields: the numbers stand in client.rs. */
export const [SNAPSHOTS, TEXT, EVENTS] = [0, 1, 2];

/** The time limits of a client, milliseconds, and its retries. */
export const limits = (options, { connectTimeoutMs = 30_000, idleTimeoutMs = 300_000, timeoutMs = 1_800_000, maxRetries = 5 } = {}) => ({
  connectTimeoutMs: option(options, "connectTimeoutMs", "ms", connectTimeoutMs),
  idleTimeoutMs: option(options, "idleTimeoutMs", "ms", idleTimeoutMs),
  timeoutMs: option(options, "timeoutMs", "ms", timeoutMs),
  maxRetries: option(options, "maxRetries", "count", maxRetries),
});

/** A stream; what is wrong with its arguments rejects the first `next()`. */
export function streamOf(describe) {
  try {
    return start(...describe());
  } catch (error) {
    return failed(error);
  }
}

/** The one result of a call that has one; nothing of the call is left after it. */
export async function only(stream) {
  const { value } = await stream.next();
  stream.return();
  return value;
}

/** Follows a stream of snapshots to its end: the prediction as it ended. */
export async function settle(stream, onProgress) {
  for await (const prediction of stream) await onProgress?.(prediction);
  return stream.prediction;
}

/** The output of a prediction, its files as `FileOutput` when they are wanted. */
export const outputOf = ({ output }, useFileOutput, fetch) => (useFileOutput ? withFiles(output, fetch) : output);

/** Makes the data of an output event. */
export const toData = (useFileOutput, fetch) =>
  useFileOutput ? (text) => (isFile(text) ? new FileOutput(text, fetch) : text) : undefined;
