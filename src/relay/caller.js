/** Who the caller is, by the operator's `authorize`. */
import { within } from "./clock.js";
import { Problem, unavailable } from "./problem.js";

/** The time for the operator's own code (`authorize`, a store): longer than any login takes. */
export const ownCodeMs = 10_000;

/**
 * @param {(request: Request) => unknown} authorize
 * @returns {(request: Request) => Promise<string | Response>} the caller, or the answer to refuse with
 */
export function createIdentifier(authorize) {
  /** @type {WeakMap<Response, ArrayBuffer>} the bodies, since `authorize` may return the same Response again */
  const bodies = new WeakMap();

  async function copy(response) {
    if (response.body && !bodies.has(response)) bodies.set(response, await response.clone().arrayBuffer());
    // A new one, since the headers of `response` may be immutable.
    return new Response(bodies.get(response), response);
  }

  async function ask(request) {
    const caller = await authorize(request);
    return caller instanceof Response ? copy(caller) : caller;
  }

  return async function identify(request) {
    const late = unavailable("The relay's authorize did not answer within 10 seconds.");
    const caller = await within(ownCodeMs, ask(request), late);
    if (caller instanceof Response) return caller;
    if (caller == null || caller === "") throw new Problem(401, "The relay does not know this caller: log in first.");
    if (typeof caller !== "string") throw new TypeError("authorize must return a string, a Response or null.");
    return caller;
  };
}
