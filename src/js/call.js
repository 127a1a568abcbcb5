/** What `Replicate` and `Cog` share: options into calls, calls into streams and results. */

import { Driver, loaded } from "./replicate.js";
import { toFile } from "./web/files.js";
import { SNAPSHOTS, createHost, failed, streamOf } from "./web/host.js";
import * as kinds from "./web/kinds.js";
import { inputOf, option, optionsObject, transport } from "./web/options.js";
import { transform } from "./web/transform.js";

/** How a prediction is waited for, and which protocol: the numbers stand in open.rs. */
export const BLOCK = 0, POLL = 1, STREAM = 2;
export const HOMEPAGE = 0, REPLICATE = 1, COG = 2, PLAIN = 3;

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
 * @param {() => { sender: object, signal?: AbortSignal, call: object }} describe how to send, and the call
 */
export function begin(describe) {
  loaded();
  try {
    const { sender, signal, call } = describe();
    const host = createHost(sender, signal, call.goal, call);
    return streamOf(host, new Driver(host));
  } catch (error) {
    return failed(error);
  }
}

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
  settings = limited({ ...LIMITS, ...settings }, options);
  sender.toData = option(options, "useFileOutput", kinds.BOOLEAN, true) ? toFile(sender.fetch) : undefined;

  const open = (options, describe) =>
    begin(() => {
      options = optionsObject(options);
      const cancelOnBreak = +option(options, "cancelOnBreak", kinds.BOOLEAN, true);
      const call = { mode: STREAM, cancelOnBreak, ...limited(settings, options), ...describe(options) };
      return { sender: { ...sender, ...call }, signal: option(options, "signal", kinds.SIGNAL), call };
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
      return sender.toData ? transform(output, sender.toData) : output;
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
