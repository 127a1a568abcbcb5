/** The relays of the attacks, by the first segment of the path. The same module runs in Node and in workerd. */
import { createRelay } from "../../src/relay/index.js";

export const hello = { model: "replicate/hello-world", version: "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa" };
export const gemma = { model: "google-deepmind/gemma-2b-it", version: "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626" };
export const sdxl = {
  model: "bytedance/sdxl-lightning-4step",
  version: "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f",
};
export const playground = {
  model: "playgroundai/playground-v2.5-1024px-aesthetic",
  version: "a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24",
};

/** `gemma` and `playground` are not listed. Of `sdxl` only the version is listed. */
export const models = [hello.model, "meta/*", `${sdxl.model}:${sdxl.version}`];
export const everything = ["files", "models", "collections", "hardware", "deployments", "trainings", "account", "webhooks", "lists"];

export function createRelays({ token, upstream, fetch }) {
  const authorize = (request) => {
    const caller = request.headers.get("authorization")?.replace("Bearer ", "");
    if (caller === "broken") throw new Error(`the session store at ${upstream} is down`);
    return caller === "banned" ? new Response("banned", { status: 403, headers: { "set-cookie": "session=; Max-Age=0" } }) : caller;
  };
  const roomy = { createsPerMinute: 1000, running: 1000, totalRunning: 10_000 };
  const common = { token, upstream, fetch, authorize, models, origins: ["https://app.example"], timeoutMs: 20_000 };
  const relays = {
    strict: createRelay({ ...common, cancelAfter: "90s", limits: roomy }),
    open: createRelay({ ...common, allow: everything, limits: { ...roomy, uploadBytes: 5000 } }),
    small: createRelay({ ...common, timeoutMs: 100, limits: { ...roomy, bodyBytes: 2000 } }),
    ten: createRelay({ ...common, limits: { createsPerMinute: 10, running: 1000, totalRunning: 1000 } }),
    busy: createRelay({ ...common, limits: { createsPerMinute: 1000, running: 2, totalRunning: 1000 } }),
    full: createRelay({ ...common, limits: { createsPerMinute: 1000, running: 1000, totalRunning: 3 } }),
    empty: createRelay({ ...common, models: [] }),
    rekeyed: createRelay({ ...common, limits: roomy, signingKey: "another key, of sixteen or more" }),
  };
  return (request) => (relays[new URL(request.url).pathname.split("/")[1]] ?? relays.strict)(request);
}
