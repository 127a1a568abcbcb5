import { DurableObject, env } from "cloudflare:workers";
import { createRelay, MemoryStore } from "replicate-wasm/relay";
import { userOf } from "./session.js";

/** Counts for all instances of the Worker; `limits.state` is saved after each call. */
export class RelayLimits extends DurableObject {
  acquire(...create) {
    return this.#count((limits) => limits.acquire(...create));
  }
  release(...slot) {
    return this.#count((limits) => limits.release(...slot));
  }
  async #count(change) {
    const limits = new MemoryStore(await this.ctx.storage.get("state"));
    const answer = await change(limits);
    await this.ctx.storage.put("state", limits.state);
    return answer;
  }
}

const limits = () => env.RELAY_LIMITS.getByName("relay");
const relay = createRelay({
  token: env.REPLICATE_API_TOKEN,
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
  store: { acquire: (...create) => limits().acquire(...create), release: (...slot) => limits().release(...slot) },
});
export default { fetch: (request) => relay(request) };
