import { createRelay } from "replicate-wasm/relay";
import { userOf } from "./session.js";

let relay; // made at the first request: `next build` runs this module too, without the token
const handler = (request) => {
  relay ??= createRelay({ authorize: userOf, models: ["google-deepmind/gemma-2b-it", "meta/*"], cancelAfter: "5m" });
  return relay(request);
};
export { handler as GET, handler as POST, handler as PATCH, handler as DELETE, handler as OPTIONS };
