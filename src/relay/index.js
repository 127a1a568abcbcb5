/**
 * `replicate-wasm/relay`: Replicate from a page without giving the token away.
 *
 * A request passes these rooms in this order; each may end it with a `Problem`:
 * origins.js (which page) → `authorize` (who) → routes.js (what) → create.js, or ids.js (whose) →
 * upstream.js (Replicate) → rewrite.js (what the page may see of the answer).
 */
import { bodyText, checkLength } from "./body.js";
import { createCreator } from "./create.js";
import { createSigner } from "./ids.js";
import { createModelPolicy } from "./models.js";
import { readOptions } from "./options.js";
import { addCors, checkOrigin } from "./origins.js";
import { notFound, Problem } from "./problem.js";
import { createRewriter, hasEnded } from "./rewrite.js";
import { fillPath, matchRoutes, modelRoute, pollRoute } from "./routes.js";
import { createUpstream } from "./upstream.js";

export { MemoryStore } from "./limits.js";
export { toNodeHandler } from "./node.js";

/**
 * @typedef {object} RequestInfo what the hooks see; it holds no secret
 * @property {string} method
 * @property {string} [route] as in routes.js, "GET /v1/predictions/:id"
 * @property {string} [caller]
 * @property {string} [predictionId] Replicate's own id, of no use to a page
 * @property {number} [status] of the answer; this and the next two for `onResponse` only
 * @property {number} [durationMs] to the head of the answer
 * @property {unknown} [error] what was thrown by `authorize` or `store`
 */

/**
 * A web-standard handler that lets pages use Replicate with the server's token. It serves `…/v1/*` as
 * Replicate's API and `…/api/prediction` and `…/api/poll?id=` as the provider's, under any prefix. What is
 * not allowed by an option is refused.
 *
 * @param {object} options
 * @param {(request: Request) => unknown} options.authorize returns the caller's id (a string), or a
 * `Response` to refuse with; `null`, `undefined` and `""` are answered with 401. Required. Read a body from
 * `request.clone()` only.
 * @param {string} [options.token] Replicate's; by default `REPLICATE_API_TOKEN` of the environment
 * @param {string[]} [options.models] "owner/name", "owner/*", "owner/name:version"; none: no create
 * @param {string[]} [options.origins] further origins of pages beside the relay's own
 * @param {string[]} [options.allow] "files", "models", "collections", "hardware", "deployments",
 * "trainings", "account", "webhooks" (input keys), "lists" (of the whole account, not separated by caller)
 * @param {object} [options.limits] creates and running predictions, bytes of a body
 * @param {number} [options.limits.createsPerMinute] of one caller, 10
 * @param {number} [options.limits.totalCreatesPerMinute] of all callers, 600
 * @param {number} [options.limits.running] predictions of one caller at a time, 2
 * @param {number} [options.limits.totalRunning] predictions of all callers at a time, 20
 * @param {number} [options.limits.bodyBytes] 14 MiB
 * @param {number} [options.limits.uploadBytes] 100 MiB
 * @param {object} [options.store] where the limits are counted; in memory by default
 * @param {string} [options.cancelAfter] "90s": what a prediction may run at most; a caller may shorten it
 * @param {string} [options.signingKey] binds ids to callers; derived from the token by default
 * @param {string} [options.publicOrigin] the origin that pages see, where a proxy in front changes it
 * @param {string} [options.upstream] https://api.replicate.com/v1
 * @param {string[]} [options.streamHosts] ["stream.replicate.com"]
 * @param {number} [options.timeoutMs] 120000, for an answer of Replicate; a stream only has to begin
 * @param {typeof fetch} [options.fetch]
 * @param {(info: RequestInfo) => void} [options.onRequest]
 * @param {(info: RequestInfo) => void} [options.onResponse]
 * @returns {(request: Request) => Promise<Response>}
 * @throws {TypeError} at once, for options without sense
 */
export function createRelay(options) {
  const config = readOptions(options);
  const upstream = createUpstream(config);
  const policy = createModelPolicy(config.models, upstream);
  const signer = createSigner(config);
  const rewriters = createRewriter(signer, config.mayStream);
  const create = createCreator({ config, upstream, policy, release });

  return async function relay(request) {
    const startMs = Date.now();
    const url = new URL(request.url);
    // By the name that was asked for: Next.js puts its own one into the URL.
    const own = config.publicOrigin ?? `${url.protocol}//${request.headers.get("host") ?? url.host}`;
    const matches = matchRoutes(url.pathname);
    const match = matches.find(({ route }) => route.method === request.method);
    const info = { method: request.method, route: match?.route.name };
    tell(config.onRequest, info);
    const response = await answer().catch((error) => {
      if (error instanceof Problem) return error.toResponse();
      info.error = error;
      return new Problem(500, "The relay could not answer.").toResponse();
    });
    tell(config.onResponse, Object.assign(info, { status: response.status, durationMs: Date.now() - startMs }));
    addCors(response.headers, request, own, config.origins);
    return response;

    async function answer() {
      checkOrigin(request, own, config.origins);
      if (request.method === "OPTIONS") return new Response(null, { status: 204 });

      const caller = await config.authorize(request);
      if (caller instanceof Response) return new Response(caller.body, caller); // its headers may be fixed
      if (caller == null || caller === "") throw new Problem(401, "The relay does not know this caller.");
      if (typeof caller !== "string") throw new TypeError("authorize must return a string, a Response or null");
      info.caller = caller;

      if (matches.length === 0) throw notFound();
      if (!match) {
        const allow = matches.map(({ route }) => route.method).join(", ");
        throw new Problem(405, "This route has other methods.", { allow });
      }
      if (request.headers.has("content-encoding")) throw new Problem(415, "Send the body without Content-Encoding.");
      const { route, params, prefix } = match;
      const isListed = route.name === modelRoute && policy.lists(`${params.owner}/${params.name}`);
      if (!isListed && !route.allow.every((name) => config.allow.includes(name))) {
        throw new Problem(403, "The relay does not serve this route.");
      }
      if (route.name === pollRoute) params.id = url.searchParams.get("id") ?? "";
      return serve(request, url, route, params, { caller, kind: route.kind, base: `${own}${prefix}/v1` }, info);
    }
  };

  /** @param {import("./rewrite.js").Scope} scope */
  async function serve(request, url, { name, method, path, does, kind }, params, scope, info) {
    const { headers, signal } = request;
    const { caller } = scope;
    if (does === "create") {
      const { answer, slot } = await create(request, path, kind, params, caller);
      return toResponse(answer, "prediction", { ...scope, slot });
    }
    if (params.id !== undefined) {
      const { id, slot } = await signer.openId(kind, caller, params.id);
      info.predictionId = params.id = id;
      scope.slot = slot;
    }
    if (does === "stream") {
      const streamUrl = await signer.openUrl(caller, params.id, params.url);
      if (!config.mayStream(streamUrl)) throw notFound();
      return toStream(await upstream.openStream(streamUrl, headers.get("last-event-id"), signal), scope);
    }

    const init = { method };
    const cancels = name.endsWith("/cancel");
    if (/^[PQ]/.test(method) && !cancels) {
      init.headers = { "content-type": headers.get("content-type") };
      if (does === "upload") checkLength(headers, config.limits.uploadBytes);
      init.body = does === "upload" ? request.body : await bodyText(request, config.limits.bodyBytes);
    }
    // Only a list has parameters: its cursor, its order.
    const search = /s$|page/.test(does) ? url.search : "";
    scope.path = fillPath(path, params);
    const answer = await upstream.request(scope.path + search, init, signal);
    if (cancels && answer.ok) await release(caller, scope.slot);
    return toResponse(answer, does, scope);
  }

  /** Replicate's answer as the page may see it. */
  async function toResponse(answer, rewriter, scope) {
    const { status, ok } = answer;
    const text = await answer.text();
    const headers = answerHeaders(answer, ok ? "application/json" : "application/problem+json");
    // Such as the HTML page of something in between: it goes no further.
    if (text === undefined)
      throw new Problem(ok ? 502 : status, "Replicate did not answer with JSON.", Object.fromEntries(headers));
    if (text === "") return new Response(null, { status, headers });
    // An error may quote what was sent and where.
    if (!ok)
      return new Response(text.replaceAll(config.token, "[token]").replaceAll(config.upstream, scope.base), {
        status,
        headers,
      });
    if (hasEnded(text)) await release(scope.caller, scope.slot);
    return new Response(await rewriters[rewriter](text, scope), { status, headers });
  }

  /** Events go through as they come: nothing on the way may keep, compress or collect them. */
  function toStream(answer, scope) {
    if (!answer.ok) return toResponse(answer, "json", scope);
    const headers = answerHeaders(answer, "text/event-stream");
    headers.set("cache-control", "no-store, no-transform");
    headers.set("x-accel-buffering", "no");
    return new Response(
      answer.stream(() => release(scope.caller, scope.slot)),
      { headers },
    );
  }

  // What a store cannot free now is freed by time; the answer to the page matters more.
  async function release(caller, slot) {
    try {
      await config.store.release(caller, slot);
    } catch {}
  }
}

/** Of Replicate's headers the ones that mean something to a page; `Set-Cookie` and its like are left there. */
function answerHeaders(answer, type) {
  const headers = new Headers({
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  for (const name of ["date", "retry-after"]) {
    const value = answer.headers.get(name);
    if (value) headers.set(name, value);
  }
  return headers;
}

// A hook is for logs and metrics: its failure must not become the caller's.
function tell(hook, info) {
  try {
    hook?.(info);
  } catch {}
}
