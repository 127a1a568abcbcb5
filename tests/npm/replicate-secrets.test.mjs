// The token: where it is sent, and that nothing shows it.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Replicate } from "replicate-wasm";
import { BASE, CREATE, FLUX, LLAMA, ORIGIN, TOKEN, all, connect, failure, streamsAt } from "./client.mjs";

const input = { prompt: "tea" };
const bearer = `Bearer ${TOKEN}`;

/** The request for the event stream. */
async function askedForStream(address, options) {
  const { client, requests } = connect({ headers: { "x-session": "s3cret" }, ...options }, {}, streamsAt(address));
  await client.streamText(LLAMA, { input }).text();
  const open = requests.find(({ url }) => url.startsWith(address));
  assert.equal(requests[0].headers.authorization, bearer);
  assert.equal(requests[0].headers["x-session"], "s3cret");
  return open.headers;
}

test("a stream on the base URL's origin gets the token", async () => {
  const headers = await askedForStream(`${ORIGIN}/elsewhere`);
  assert.equal(headers.authorization, bearer);
  assert.equal(headers["x-session"], "s3cret");
});

test("a stream on another origin gets neither the token nor the caller's headers", async () => {
  const origins = [
    "https://stream.example",
    "http://sandbox.test",
    "https://sandbox.test:444",
    "https://sandbox.test.evil.example",
    "https://evil.example/https://sandbox.test",
    "https://stream.replicate.com", // Replicate's host, but the base URL is another
  ];
  for (const origin of origins) {
    const headers = await askedForStream(`${origin}/stream`);
    assert.equal(headers.authorization, undefined, origin);
    assert.equal(headers["x-session"], undefined, origin);
  }
});

test("Replicate's own stream host gets the token over https, when the base URL is Replicate's", async () => {
  const options = { baseUrl: undefined };
  assert.equal((await askedForStream("https://stream.replicate.com/v1", options)).authorization, bearer);
  for (const other of ["http://stream.replicate.com/v1", "https://stream.replicate.com.evil.example/v1", "https://replicate.com/v1"]) {
    assert.equal((await askedForStream(other, options)).authorization, undefined, other);
  }
});

test("request() and paginate() send no token to an absolute URL of another origin", async () => {
  const next = "https://evil.example/list?cursor=2";
  const pages = (fetch) => async (url, init) => {
    if (url.startsWith("https://evil.example")) return Response.json({ results: [] });
    const page = await (await fetch(url, init)).json();
    return Response.json({ ...page, next });
  };
  const { client, requests } = connect({ headers: { "x-session": "s3cret" } }, {}, pages);
  await all(client.paginate(client.models.list));
  await client.request(next);
  assert.deepEqual(requests.map(({ url }) => url), [`${BASE}/models`, next, next]);
  assert.deepEqual(requests.map(({ headers }) => headers.authorization), [bearer, undefined, undefined]);
  assert.deepEqual(requests.map(({ headers }) => headers["x-session"]), ["s3cret", undefined, undefined]);
});

test("an output file is downloaded without the token", async () => {
  const { client, requests } = connect();
  const [image] = await client.run(FLUX, { input });
  await image.blob();
  const { url, headers } = requests.at(-1);
  assert.equal(url, String(image));
  assert.equal(headers.authorization, undefined);
});

/** Everything that a log may show of a value. */
function shown(value) {
  const texts = [inspect(value, { depth: Infinity, showHidden: true, getters: true }), String(value), JSON.stringify(value)];
  for (let error = value; error instanceof Error; error = error.cause) texts.push(error.stack, error.message, JSON.stringify(error));
  return texts.join("\n");
}

test("no client, stream or error shows the token", async () => {
  for (const auth of [TOKEN, () => TOKEN]) {
    const { client } = connect({ auth, maxRetries: 0 });
    const stream = client.stream(LLAMA, { input });
    await stream.next();
    const values = [client, client.predictions, stream, stream.prediction, await client.request("/account")];
    const troubles = ["[fail] tea", "[500] tea", "[drop] tea", "[html] tea", "[429] tea", "[canceled] tea"];
    for (const prompt of troubles) values.push(await failure(client.run(LLAMA, { input: { prompt } })));
    values.push(await failure(client.request("https://sandbox.test/v1/none")), await failure(client.run("x", { input })));
    for (const value of values) assert.doesNotMatch(shown(value), new RegExp(TOKEN.slice(3)));
    await stream.return();
  }
});

test("the JSON of a client is its base URL and its user agent", () => {
  const { client } = connect({ userAgent: "app/1" });
  assert.deepEqual(JSON.parse(JSON.stringify(client)), { baseUrl: BASE, userAgent: "app/1" });
});

test("the token cannot be read back", () => {
  const { client } = connect();
  const seen = new Set();
  const search = (value, path) => {
    if (typeof value === "string") assert.ok(!value.includes(TOKEN), path);
    if (value === null || !["object", "function"].includes(typeof value) || seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) if (Object.getOwnPropertyDescriptor(value, key).value !== undefined) search(value[key], `${path}.${String(key)}`);
  };
  search(client, "client");
  assert.equal(client.auth, undefined);
});

test("an error shows neither the query of a URL nor the URL of a stream", async () => {
  const { client } = connect({ maxRetries: 0 });
  const error = await failure(client.request("/nothing?signature=s3cret"));
  assert.deepEqual(error.request, { method: "GET", url: `${BASE}/nothing` });
  assert.doesNotMatch(`${error.message}${JSON.stringify(error)}`, /s3cret/);

  const key = /\/stream\/(\w+)/;
  let secret;
  const between = (fetch) => async (url, init) => {
    const response = await fetch(url, init);
    if (init.method !== "GET") secret = key.exec(await response.clone().text())[1];
    return init.method === "GET" ? new Response("gone", { status: 404 }) : response;
  };
  const lost = await failure(connect({}, {}, between).client.streamText(LLAMA, { input }).text());
  assert.ok(secret);
  assert.doesNotMatch(`${lost.message}${lost.stack}${JSON.stringify(lost)}`, new RegExp(secret));
});

const unfit = { "a line break": "r8_Ab\nXyZ", "a carriage return": "r8_Ab\rXyZ", "a zero": "r8_Ab\0XyZ", "a letter no header carries": "r8_éXyZ" };
for (const [name, token] of Object.entries(unfit)) {
  test(`a token with ${name} is refused without showing it`, async () => {
    const told = (error) => {
      assert.equal(error.code, "invalid_argument");
      assert.doesNotMatch(`${error.message}${error.stack}${JSON.stringify(error)}`, /XyZ/);
      return true;
    };
    assert.throws(() => connect({ auth: token }), told);
    for (const auth of [() => token, async () => token]) {
      const { client, requests } = connect({ auth });
      told(await failure(client.run(LLAMA, { input })));
      told(await failure(client.predictions.list()));
      assert.equal(requests.length, 0);
    }
  });
}

test("an empty token is not sent", async () => {
  for (const auth of ["", "  ", () => "", async () => " "]) {
    const { client, requests } = connect({ auth });
    await client.models.list();
    assert.equal(requests[0].headers.authorization, undefined);
  }
});

test("white space around a token is removed", async () => {
  for (const auth of [` ${TOKEN}\n`, () => `${TOKEN}\r\n`]) {
    const { client, requests } = connect({ auth });
    await client.models.list();
    assert.equal(requests[0].headers.authorization, bearer);
  }
});

test("a token of another type is refused without showing it", async () => {
  for (const auth of [7654321, true, { token: TOKEN }, [TOKEN]]) {
    assert.throws(() => connect({ auth }), ({ code, message }) => code === "invalid_argument" && !/7654321|r8_/.test(message));
    const { client } = connect({ auth: () => auth });
    const error = await failure(client.models.list());
    assert.equal(error.code, "invalid_argument");
    assert.doesNotMatch(error.message, /7654321|r8_/);
  }
});

test("a token function is called once, by the first request", async () => {
  let asked = 0;
  const { client, requests } = connect({ auth: async () => (asked++, TOKEN) });
  assert.equal(asked, 0);
  await Promise.all([client.models.list(), client.accounts.current(), client.run(LLAMA, { input })]);
  assert.equal(asked, 1);
  for (const { headers } of requests) assert.equal(headers.authorization, bearer);
});

test("after a 401 a token function is called once more and the create is sent again", async () => {
  const tokens = ["old", "new"];
  const { client, requests, predictions } = connect({ auth: () => tokens.shift() ?? "none" }, { token: "new" });
  await client.run(LLAMA, { input });
  assert.deepEqual(requests.map(({ headers }) => headers.authorization), ["Bearer old", "Bearer new"]);
  assert.equal(predictions().length, 1);

  let asked = 0;
  const refused = connect({ auth: () => `wrong${asked++}` }, { token: "right" });
  const error = await failure(refused.client.run(LLAMA, { input }));
  assert.deepEqual([error.code, error.status, asked], ["http", 401, 2]);
  assert.deepEqual(refused.lines(), [CREATE, CREATE]);
});

test("a refused token without a function is not sent again", async () => {
  const { client, lines } = connect({}, { token: "another" });
  assert.equal((await failure(client.run(LLAMA, { input }))).status, 401);
  assert.deepEqual(lines(), [CREATE]);
});

test("an exception of a token function reaches the caller unchanged, nothing is sent, and the next call calls it again", async () => {
  const thrown = new Error("Not signed in");
  for (const auth of [() => { throw thrown; }, () => Promise.reject(thrown)]) {
    const answers = [auth, auth, () => TOKEN];
    const { client, requests } = connect({ auth: () => answers.shift()() });
    assert.equal(await failure(client.run(LLAMA, { input })), thrown);
    assert.equal(await failure(client.stream(LLAMA, { input }).next()), thrown);
    assert.equal(requests.length, 0);
    await client.run(LLAMA, { input });
  }
});

test("without auth the token is the environment's, if there is one", async (t) => {
  const { REPLICATE_API_TOKEN } = process.env;
  t.after(() => (REPLICATE_API_TOKEN === undefined ? delete process.env.REPLICATE_API_TOKEN : (process.env.REPLICATE_API_TOKEN = REPLICATE_API_TOKEN)));
  const sent = async () => {
    const { client, requests } = connect({ auth: undefined });
    await client.models.list();
    return requests[0].headers.authorization;
  };
  process.env.REPLICATE_API_TOKEN = TOKEN;
  assert.equal(await sent(), bearer);
  delete process.env.REPLICATE_API_TOKEN;
  assert.equal(await sent(), undefined);
  assert.equal(new Replicate().baseUrl, "https://api.replicate.com/v1");
});
