import { DurableObject, env } from "cloudflare:workers";
import { createRelay, MemoryStore } from "replicate-wasm/relay";
import { userOf } from "./session.js";

/** Counts for all instances of the Worker. What it knows of creates is saved after each change. */
export class RelayLimits extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.store = new MemoryStore(await ctx.storage.get("state"));
    });
  }
  async call(method, ...values) {
    const answer = await this.store[method](...values);
    if (method !== "countRequest") await this.ctx.storage.put("state", this.store.state);
    return answer;
  }
}

const limits = (method) => (...values) => env.RELAY_LIMITS.getByName("relay").call(method, ...values);
const relay = createRelay({
  token: env.REPLICATE_API_TOKEN,
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
  store: {
    countRequest: limits("countRequest"),
    acquire: limits("acquire"),
    release: limits("release"),
    held: limits("held"),
    note: limits("note"),
    noted: limits("noted"),
  },
});
export default { fetch: (request) => relay(request) };
