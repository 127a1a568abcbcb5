/** The two clients, made the same way: on this server, or on a `fetch` of one's own. */

import init, { Replicate as Ours } from "replicate-wasm";
import Theirs from "replicate";

await init();

export const MODEL = "bench/model";

export const ours = (options) => new Ours({ baseUrl: "/v1", ...options });

/** It knows no relative address. */
export const theirs = (options) => new Theirs({ baseUrl: `${location.origin}/v1`, auth: "none", ...options });
