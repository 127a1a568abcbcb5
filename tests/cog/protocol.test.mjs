// The behaviour of Cog that the client relies on: what keeps a run alive, what ends it, and how to join it. For the pinned version.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { startProxy } from "./proxy.mjs";
import { chunks, drain, events, newId, only, put, putStream, REJOIN } from "./requests.mjs";
import { startCog } from "./server.mjs";

/** The events after the third word of `slow`, after which it waits to be cancelled. */
async function threeWords(response) {
  const received = events(response);
  for (let words = 0; words < 3; ) {
    const { value } = await received.next();
    if (value.event === "output") words += 1;
  }
  return received;
}

describe("a prediction of a real Cog server", () => {
  let cog, id, noted;
  before(async () => (cog = await startCog({ runner: "slow" })));
  after(() => cog.stop());
  beforeEach(() => {
    id = newId();
    noted = cog.journal().length;
  });
  afterEach(async () => {
    // A cancel between two outputs may be lost, so it is repeated until the server no longer knows the id.
    await cog.until(async () => (await cancel()).status === 404);
    await cog.idle();
  });

  const journal = () => cog.journal().slice(noted);
  const cancel = () => fetch(`${cog.url}/predictions/${id}/cancel`, { method: "POST" });

  const begin = async (url = cog.url, options) => {
    const received = await threeWords(await putStream(url, {}, { id, ...options }));
    await cog.until(() => journal().includes("waiting"));
    return received;
  };

  test("a cancel stops the model, and the stream ends as canceled", async () => {
    const received = await begin();
    assert.equal((await cog.health()).status, "BUSY");
    assert.equal((await cancel()).status, 200);
    const { value: completed } = await received.next();
    assert.equal(completed.status, "canceled");
    assert.deepEqual(completed.output, ["tick 0 ", "tick 1 ", "tick 2 "]);
    assert.equal((await received.next()).done, true);
    assert.deepEqual(journal(), ["run", "waiting", "canceled"]);
    await cog.idle();
    assert.equal((await cancel()).status, 404);
  });

  test("a second prediction is refused while one runs", async () => {
    await begin();
    assert.equal((await putStream(cog.url, {})).status, 409);
    assert.deepEqual(journal(), ["run", "waiting"]);
  });

  test("a client that leaves ends the run, and a join does not start another", async () => {
    const abort = new AbortController();
    await begin(cog.url, { signal: abort.signal });
    abort.abort();
    await cog.idle();
    assert.equal((await putStream(cog.url, REJOIN, { id })).status, 422);
    assert.deepEqual(journal(), ["run", "waiting", "canceled"]);
  });

  test("a cut that the server notices ends the run", async (t) => {
    const proxy = await startProxy(cog.url, { upstream: "close" });
    t.after(() => proxy.stop());
    const received = await begin(proxy.url);
    proxy.cut();
    await assert.rejects(received.next(), TypeError);
    await cog.idle();
    assert.deepEqual(journal(), ["run", "waiting", "canceled"]);
  });

  test("a run goes on after a cut that the server does not notice, and a join replays it from its first event", async (t) => {
    const proxy = await startProxy(cog.url, { afterBytes: 1000, upstream: "keep" });
    t.after(() => proxy.stop());
    const first = await drain(await putStream(proxy.url, { max_tokens: 1000, delay_ms: 5 }, { id }));
    assert.ok(first.cut);
    assert.ok(chunks(first.received).length > 0);

    const again = [];
    for await (const event of events(await putStream(proxy.url, REJOIN, { id }))) {
      again.push(event);
      if (again.length > first.received.length + 3) break;
    }
    assert.deepEqual(again.slice(0, first.received.length), first.received);
    assert.deepEqual(only("output", again).map(({ index }) => index), chunks(again).map((_, place) => place));
    assert.equal(proxy.connections(), 2);
    assert.deepEqual(journal(), ["run"]);
  });

  test("a join without an event stream returns the output so far and does not change the run", async () => {
    const received = await begin();
    const poll = await put(cog.url, REJOIN, { id });
    assert.equal(poll.status, 202);
    const { status, output } = await poll.json();
    assert.equal(status, "processing");
    assert.deepEqual(output, ["tick 0 ", "tick 1 ", "tick 2 "]);
    assert.deepEqual(journal(), ["run", "waiting"]);
    await received.return();
  });

  test("a join of an unknown id is refused, and nothing runs", async () => {
    assert.equal((await putStream(cog.url, REJOIN, { id })).status, 422);
    assert.equal((await put(cog.url, REJOIN, { id })).status, 422);
    assert.deepEqual(journal(), []);
  });
});

test("a join of a run whose early events are gone has no history, but the run goes on", async (t) => {
  const cog = await startCog({ runner: "slow", historyCapacity: 2 });
  t.after(() => cog.stop());
  const id = newId();
  const first = await threeWords(await putStream(cog.url, {}, { id }));
  const { received, cut } = await drain(await putStream(cog.url, REJOIN, { id }));
  assert.equal(cut, false);
  // There are four events, `start` and three words, and the history keeps two.
  assert.deepEqual(received.map(({ event, skipped }) => ({ event, skipped })), [{ event: "error", skipped: 2 }]);
  assert.equal((await cog.health()).status, "BUSY");
  await cog.until(() => cog.journal().includes("waiting"));
  assert.deepEqual(cog.journal(), ["run", "waiting"]);
  await first.return();
});
