/** What `Replicate` and `Cog` share: options into calls, calls into streams and results. */

import { Driver, loaded } from "./replicate.js";
import { ServerSentEvent, toFile } from "./files.js";
import { Host, failed, streamOf } from "./host.js";
import * as kinds from "./kinds.js";
import { inputOf, option, optionsObject, transport } from "./options.js";
import { FOLLOW, PLAIN, SNAPSHOTS } from "./platform.js";
import { transform } from "./transform.js";

/** The time limits of a client, milliseconds, and its retries. */
const LIMITS = { connectTimeoutMs: 30_000, idleTimeoutMs: 300_000, timeoutMs: 1_800_000, maxRetries: 5 };

/** Settings with the limits that options have in place of their own. */
function limited(settings, options) {
  settings = { ...settings };
  for (const name in LIMITS) settings[name] = option(options, name, name === "maxRetries" ? kinds.COUNT : kinds.MS, settings[name]);
  return settings;
}

/**
 * A stream; what is wrong with its arguments rejects the first `next()`.
 *
 * @param {object} options of the call
 * @param {(options: object) => object} describe what the core is to do, and how to send
 */
export function begin(options, describe) {
  loaded();
  try {
    options = optionsObject(options);
    const host = new Host({ ...describe(options), signal: option(options, "signal", kinds.SIGNAL) });
    return streamOf(host, new Driver(host));
  } catch (error) {
    return failed(error);
  }
}

/**
 * The calls of one client. What they are sent with stays in here, where nobody can read it back.
 *
 * @param {object} options of the client
 * @param {(input: object, options: { signal?: AbortSignal }) => Promise<object>} encode turns files into strings
 * @param {object} settings what belongs to each call
 */
export function caller(options, encode, settings) {
  settings = limited({ ...LIMITS, ...transport(options), ...settings }, options);
  const toData = option(options, "useFileOutput", kinds.BOOLEAN, true) ? toFile(settings.fetch) : undefined;
  settings.toResult = (data, event, id) => new ServerSentEvent(data, event, id, toData);

  const open = (options, describe) =>
    begin(options, (options) => {
      const cancelOnBreak = +option(options, "cancelOnBreak", kinds.BOOLEAN, true);
      return { mode: FOLLOW, cancelOnBreak, ...limited(settings, options), ...describe(options) };
    });

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
      return toData ? transform(output, toData) : output;
    },

    /** One request; resolves to its `Response`, and nothing of the call is left after it. */
    async request(route, method, raw) {
      const stream = open(raw, () => ({ protocol: PLAIN, target: route, method, raw, goal: SNAPSHOTS }));
      const { value } = await stream.next();
      stream.return();
      return value;
    },
  };
}
