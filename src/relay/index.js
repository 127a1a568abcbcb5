/**
 * `replicate-wasm/relay`: Replicate from a page without giving the token away.
 *
 * A request passes these files in this order; each may end it with a `Problem` (problem.js):
 *
 * 1. node.js, http-body.js: Node's request as a web-standard one
 * 2. traffic.js: how many requests are under way, and how much memory they hold
 * 3. address.js: which host the request names
 * 4. origins.js: which origin the page has
 * 5. caller.js: who the caller is; request-rate.js: how many requests it sends
 * 6. routes.js: which route it is, and whether it is allowed
 * 7. ids.js: whose prediction it is; or, for a create,
 *    create.js: body.js (the body, with byte-buffer.js, json-scanner.js,
 *    json-scalar.js, json-string.js and byte-runs.js), order.js (the model and the input), deadline.js (the time limits),
 *    models.js (is the model listed), slots.js with memory-store.js or redis-store.js (how many predictions run already)
 * 8. upstream.js: the request to Replicate
 * 9. answer.js: json.js, rewrite.js, scrub.js, spelling.js and bytes.js (the answer as the page may see it),
 *    delivery.js and events.js (sent as fast as it is read)
 *
 * options.js checks the options, and hooks.js tells the operator what happened. Several of these files use clock.js (the
 * time that limits count by), minute.js (counts in a minute) and cache.js (a map of limited size).
 */
import { createAddressReader } from "./address.js";
import { createAnswerer } from "./answer.js";
import { checkJsonType, checkLength, readBody } from "./body.js";
import { createIdentifier } from "./caller.js";
import { nowMs } from "./clock.js";
import { createCreator } from "./create.js";
import { createHooks } from "./hooks.js";
import { createSigner } from "./ids.js";
import { createModelPolicy } from "./models.js";
import { readOptions } from "./options.js";
import { addCors, checkOrigin } from "./origins.js";
import { notFound, Problem } from "./problem.js";
import { createRequestRate } from "./request-rate.js";
import { createRewriters } from "./rewrite.js";
import { checkAllowed, fillPath, findRoute, pollRoute } from "./routes.js";
import { createScrubber } from "./scrub.js";
import { createSlots } from "./slots.js";
import { Traffic } from "./traffic.js";
import { createUpstream } from "./upstream.js";

export { MemoryStore } from "./memory-store.js";
export { toNodeHandler } from "./node.js";
export { createRedisStore } from "./redis-store.js";

/**
 * A web-standard handler that lets pages use Replicate with the server's token. It serves `…/v1/*` as Replicate's API
 * and `…/api/prediction` and `…/api/poll?id=` as the provider's, under any prefix. It refuses
 * what no option allows. The options and their defaults are described in index.d.ts.
 *
 * @param {import("./index.d.ts").RelayOptions} options
 * @returns {import("./index.d.ts").Relay}
 * @throws {TypeError} at once, for an unknown option or a wrong value
 */
export function createRelay(options) {
  const config = readOptions(options);
  const traffic = new Traffic(config.limits);
  const readAddress = createAddressReader(config);
  const identify = createIdentifier(config.authorize);
  const signer = createSigner(config);
  const upstream = createUpstream(config);
  const policy = createModelPolicy(config.models, upstream);
  const slots = createSlots(config, upstream);
  const create = createCreator({ config, upstream, policy, slots });
  const rewriters = createRewriters(signer, config.mayStream);
  const answerer = createAnswerer({ ...config, rewriters, scrubber: createScrubber(config), slots });
  const hooks = createHooks(config);
  const countRequest = createRequestRate(config, hooks.report);

  return async function relay(request, connection) {
    const startMs = nowMs();
    const url = new URL(request.url);
    const address = readAddress(request, connection);
    const found = findRoute(url.pathname, request.method);
    const info = { method: request.method, route: found.route?.name };
    hooks.tell("onRequest", info);

    let visit;
    let response;
    try {
      visit = traffic.enter(request.signal);
      response = await answer();
    } catch (error) {
      response = toProblem(error, info).toResponse();
    } finally {
      if (!visit?.isDelivering) visit?.leave();
    }
    info.status = response.status;
    info.durationMs = Math.round(nowMs() - startMs);
    hooks.tell("onResponse", info);
    addCors(response.headers, request, address.origin, config);
    return response;

    async function answer() {
      address.checkName();
      checkOrigin(request, address.origin, config.origins);
      if (address.origin === undefined) throw new Problem(400, "The header Host must name a host.");
      if (request.method === "OPTIONS") return new Response(null, { status: 204 });

      const caller = await identify(request);
      if (caller instanceof Response) return caller;
      info.caller = caller;
      visit.identify(caller);
      await countRequest(caller);

      const { route, params, prefix } = found;
      if (route === undefined) throw found.problem;
      if (request.headers.has("content-encoding")) throw new Problem(415, "Send the body without Content-Encoding.");
      checkAllowed(found, config.allow, policy);
      if (route.name === pollRoute) params.id = url.searchParams.get("id") ?? "";
      const scope = { caller, visit, kind: route.kind, base: address.base(prefix) };
      return serve(request, url.search, found, scope, info);
    }
  };

  async function serve(request, search, { route, params }, scope, info) {
    const { does, kind } = route;
    const { caller, visit } = scope;
    if (does === "create") {
      const { answer, json, slot } = await create(request, route, params, scope);
      return answerer.rewrite(answer, json, "prediction", { ...scope, slot });
    }
    if (params.id !== undefined) {
      const { id, slot } = await signer.openId(kind, caller, params.id);
      info.predictionId = params.id = id;
      scope.slot = slot;
    }
    if (does === "stream") {
      const streamUrl = await signer.openUrl(caller, params.id, params.url);
      if (!config.mayStream(streamUrl)) throw notFound();
      const lastEventId = request.headers.get("last-event-id");
      return answerer.toEvents(await upstream.openStream(streamUrl, lastEventId, visit), scope);
    }

    scope.path = fillPath(route.path, params);
    // Only lists have query parameters, such as the cursor.
    const query = /s$|page/.test(does) ? search : "";
    const answer = await upstream.request(scope.path + query, await readInit(request, route, visit), visit);
    if (route.isCancel && answer.ok) await slots.free(caller, scope.slot);
    return answerer.toResponse(answer, does, scope);
  }

  /** The method, headers and body that go to Replicate, for every request but a create. */
  async function readInit({ headers, body }, { method, does, isCancel }, visit) {
    if (!/^[PQ]/.test(method) || isCancel) return { method };
    const sent = { "content-type": headers.get("content-type") };
    if (does === "upload") {
      checkLength(headers, config.limits.uploadBytes);
      return { method, headers: sent, body };
    }
    if (method !== "QUERY") checkJsonType(headers);
    return { method, headers: sent, body: await readBody({ headers, body }, config.limits.bodyBytes, visit) };
  }

  /** The answer for what was thrown; errors of the operator's own code are reported. */
  function toProblem(error, info) {
    const isProblem = error instanceof Problem;
    if (isProblem && error.cause === undefined) return error;
    info.error = isProblem ? error.cause : error;
    // Without the hook the operator would not hear of it.
    if (!config.onResponse) hooks.report("A request", info.error);
    return isProblem ? error : new Problem(500, "The relay failed: the log of its server says why.");
  }
}
