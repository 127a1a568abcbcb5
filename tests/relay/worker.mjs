/** The relays in a Cloudflare Worker, created at module scope. */
import { env } from "cloudflare:workers";
import { createRelays } from "./relays.mjs";

let caller;
const relays = createRelays({ token: env.TOKEN, upstream: env.UPSTREAM, fetch: leaveWhenArrived });

/**
 * Outside of Cloudflare's network a Worker does not notice a caller who leaves before the answer begins. With the
 * header "x-leave" the caller's signal is aborted here when the create has arrived.
 */
function withSignal(request) {
  if (!request.headers.has("x-leave")) return request;
  caller = new AbortController();
  return new Request(request, { signal: caller.signal });
}

function leaveWhenArrived(url, init) {
  const answer = fetch(url, init);
  if (init.method === "POST" && caller) {
    const leaving = caller;
    caller = undefined;
    fetch(new URL("/odd/arrived", url)).then(() => leaving.abort());
  }
  return answer;
}

export default { fetch: (request) => relays(withSignal(request)) };
