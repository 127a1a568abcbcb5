/** What `Replicate` and `Cog` share: options into calls, calls into streams and results. */

import { failed, start } from "./replicate.js";
import { toFile } from "./web/files.js";
import { inputOf, option, optionsObject, transport } from "./web/options.js";
import { transform } from "./web/transform.js";

/** What a stream yields: the numbers stand in client.rs. */
export const [SNAPSHOTS, TEXT, EVENTS] = [0, 1, 2];

/** The time limits of a client, milliseconds, and its retries. */
const limits = (options, { connectTimeoutMs = 30_000, idleTimeoutMs = 300_000, timeoutMs = 1_800_000, maxRetries = 5 } = {}) => ({
  connectTimeoutMs: option(options, "connectTimeoutMs", "ms", connectTimeoutMs),
  idleTimeoutMs: option(options, "idleTimeoutMs", "ms", idleTimeoutMs),
  timeoutMs: option(options, "timeoutMs", "ms", timeoutMs),
  maxRetries: option(options, "maxRetries", "count", maxRetries),
});

/**
 * The calls of one client. What they are sent with stays in here, where nobody can read it back.
 *
 * @param {object} options of the client
 * @param {object} settings what the core has to know for every call
 * @param {(input: object, options: { signal?: AbortSignal }) => Promise<object>} encode turns files into strings
 * @param {object} [sender] further members of the transport
 */
export function caller(options, settings, encode, sender) {
  sender = transport(options, sender);
  settings = { ...settings, ...limits(options) };
  sender.toData = option(options, "useFileOutput", "boolean", true) ? toFile(sender.fetch) : undefined;

  /** A stream; what is wrong with its arguments rejects the first `next()`. */
  function open(options, describe) {
    try {
      options = optionsObject(options);
      const { body, raw, ...call } = describe(options);
      const leave = option(options, "cancelOnBreak", "boolean", true) && { cancelOnBreak: 1 };
      const signal = option(options, "signal", "signal");
      return start({ ...settings, ...limits(options, settings), ...leave, ...call }, signal, { ...sender, body, raw });
    } catch (error) {
      return failed(error);
    }
  }

  return {
    open,

    /** A prediction; `describe` gives what is particular to its server, `body` beside the input. */
    predict: (options, goal, describe) =>
      open(options, (options) => {
        const input = inputOf(options);
        const { body, ...call } = describe(options);
        return { ...call, goal, body: async () => ({ input: await encode(input, options), ...body }) };
      }),

    /** Follows a stream of snapshots to its end: the output. */
    async output(stream, onProgress) {
      for await (const prediction of stream) await onProgress?.(prediction);
      const { output } = stream.prediction;
      return sender.toData ? transform(output, sender.toData) : output;
    },

    /** One request; resolves to its `Response`, and nothing of the call is left after it. */
    async request(route, method, raw) {
      const stream = open(raw, () => ({ route, method, raw, goal: SNAPSHOTS }));
      const { value } = await stream.next();
      stream.return();
      return value;
    },
  };
}
