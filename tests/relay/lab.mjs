/** The environment of an attack: its own caller, a relay, and a log of the requests that reach Replicate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { attacks } from "./attacks/index.mjs";
import { hello } from "./relays.mjs";
import { send } from "./send.mjs";
import { startUpstream, token } from "./upstream.mjs";

/** Checks that no answer and no header contains a secret of the server. */
function assertNoLeak({ headers, text }, upstream) {
  const all = JSON.stringify(headers) + text;
  for (const secret of [token, token.slice(3), upstream.host, "node:internal", "file:///", "/src/relay/"]) {
    assert.ok(!all.includes(secret), `the answer leaks ${secret}`);
  }
  assert.doesNotMatch(all, /\n\s+at /, "the answer has a stack trace");
}

/**
 * Runs the whole table.
 * @param {string} place its name
 * @param {(upstreamUrl: string) => Promise<{ origin: string, close: () => Promise<void> }>} startRelay
 */
export function runAttacks(place, startRelay) {
  test(`attacks on the relay in ${place}`, { timeout: 120_000 }, async (t) => {
    const upstream = await startUpstream();
    const relay = await startRelay(upstream.url);
    t.after(async () => {
      await relay.close();
      await upstream.close();
    });
    for (const [index, { name, run }] of attacks.entries()) {
      await t.test(name, () => run(createLab(`caller-${index}`, relay.origin, upstream, place)));
    }
  });
}

function createLab(caller, origin, upstream, place) {
  let start = upstream.log.length;
  const reached = () => upstream.log.slice(start);
  const ask = async ({ headers, ...request }) => {
    const type = request.body === undefined ? {} : { "content-type": "application/json" };
    const answer = await send(origin, { ...request, headers: { authorization: `Bearer ${caller}`, ...type, ...headers } });
    assertNoLeak(answer, upstream);
    return answer;
  };
  return {
    place,
    token,
    caller,
    ask,
    reached,
    upstreamHost: upstream.host,
    creates: () => reached().filter(({ method, path }) => method === "POST" && path.endsWith("/predictions")),
    forget: () => void (start = upstream.log.length),
    path: (url) => new URL(url).pathname,
    /** Creates a prediction of this caller. Its requests are not counted. */
    async create(odd) {
      const input = odd ? { prompt: `@${odd}` } : { text: "hi" };
      const answer = await ask({ method: "POST", path: "/strict/v1/predictions", body: JSON.stringify({ version: hello.version, input }) });
      assert.equal(answer.status, 201, answer.text);
      start = upstream.log.length;
      return JSON.parse(answer.text);
    },
    /** Sends a request to Replicate itself, not to the relay. */
    async direct(method, path, body) {
      const init = {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: body && JSON.stringify(body),
      };
      const answer = await upstream.sandbox(upstream.url + path, init);
      assert.ok(answer.ok, `${answer.status}`);
      return answer.json();
    },
  };
}
