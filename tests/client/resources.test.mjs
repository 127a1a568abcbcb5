import test from "node:test";
import assert from "node:assert/strict";
import Replicate from "replicate";
import { resources, paginate } from "../../src/npm/resources.js";
import { serve } from "./server.mjs";

const VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa";
const input = { prompt: "spring" };
const webhook = "https://app.example/hook";
const webhook_events_filter = ["start", "completed"];
const hardware = { name: "my-app", model: "acme/lake", version: VERSION, hardware: "gpu-t4", min_instances: 0, max_instances: 2 };
const photo = new File(["pixels"], "photo.png", { type: "image/png" });

/** [method of the client, its arguments, HTTP method, path, JSON body, further headers] */
const TABLE = [
  ["predictions.create", [{ version: VERSION, input }], "POST", "/predictions", { version: VERSION, input }],
  ["predictions.create", [{ version: VERSION, model: "acme/lake", input }], "POST", "/predictions", { version: VERSION, input }],
  ["predictions.create", [{ model: "acme/lake", input }], "POST", "/models/acme/lake/predictions", { input }],
  ["predictions.create", [{ model: "acme/lake", input, webhook, webhook_events_filter, stream: true }], "POST", "/models/acme/lake/predictions", { input, webhook, webhook_events_filter, stream: true }],
  ["predictions.create", [{ version: VERSION, input, wait: true }], "POST", "/predictions", { version: VERSION, input }, { prefer: "wait" }],
  ["predictions.create", [{ version: VERSION, input, wait: 7 }], "POST", "/predictions", { version: VERSION, input }, { prefer: "wait=7" }],
  ["predictions.create", [{ version: VERSION, input, wait: 0.2 }], "POST", "/predictions", { version: VERSION, input }, { prefer: "wait=1" }],
  ["predictions.create", [{ version: VERSION, input, wait: false }], "POST", "/predictions", { version: VERSION, input }],
  ["predictions.get", ["w1r2"], "GET", "/predictions/w1r2"],
  ["predictions.cancel", ["w1r2"], "POST", "/predictions/w1r2/cancel"],
  ["predictions.list", [], "GET", "/predictions"],
  ["models.get", ["acme", "lake"], "GET", "/models/acme/lake"],
  ["models.list", [], "GET", "/models"],
  ["models.create", ["acme", "lake", { visibility: "private", hardware: "gpu-t4" }], "POST", "/models", { owner: "acme", name: "lake", visibility: "private", hardware: "gpu-t4" }],
  ["models.versions.list", ["acme", "lake"], "GET", "/models/acme/lake/versions"],
  ["models.versions.get", ["acme", "lake", VERSION], "GET", `/models/acme/lake/versions/${VERSION}`],
  ["deployments.get", ["acme", "my-app"], "GET", "/deployments/acme/my-app"],
  ["deployments.list", [], "GET", "/deployments"],
  ["deployments.create", [hardware], "POST", "/deployments", hardware],
  ["deployments.update", ["acme", "my-app", { max_instances: 3 }], "PATCH", "/deployments/acme/my-app", { max_instances: 3 }],
  ["deployments.delete", ["acme", "my-app"], "DELETE", "/deployments/acme/my-app"],
  ["deployments.predictions.create", ["acme", "my-app", { input, webhook, wait: 60 }], "POST", "/deployments/acme/my-app/predictions", { input, webhook }, { prefer: "wait=60" }],
  ["trainings.create", ["acme", "lake", VERSION, { destination: "acme/sea", input, webhook }], "POST", `/models/acme/lake/versions/${VERSION}/trainings`, { destination: "acme/sea", input, webhook }],
  ["trainings.get", ["t1"], "GET", "/trainings/t1"],
  ["trainings.cancel", ["t1"], "POST", "/trainings/t1/cancel"],
  ["trainings.list", [], "GET", "/trainings"],
  ["collections.get", ["text-to-image"], "GET", "/collections/text-to-image"],
  ["collections.list", [], "GET", "/collections"],
  ["files.create", [photo, { album: "spring" }], "POST", "/files", { content: ["photo.png", "image/png", "pixels"], metadata: ["blob", "application/json", '{"album":"spring"}'] }],
  ["files.create", [new Blob(["pixels"], { type: "image/png" })], "POST", "/files", { content: ["blob_0", "image/png", "pixels"], metadata: ["blob", "application/json", "{}"] }],
  ["files.get", ["f1"], "GET", "/files/f1"],
  ["files.list", [], "GET", "/files"],
  ["files.delete", ["f1"], "DELETE", "/files/f1"],
  ["hardware.list", [], "GET", "/hardware"],
  ["accounts.current", [], "GET", "/account"],
  ["webhooks.default.secret.get", [], "GET", "/webhooks/default/secret"],
];

/** A request at the server, with the parts of a form instead of its body, which has a random boundary. */
async function seen(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, url, headers } = request;
  const type = headers["content-type"];
  const text = Buffer.concat(chunks);
  const extra = Object.fromEntries(Object.entries(headers).filter(([name]) => name === "prefer"));
  if (!type?.startsWith("multipart/form-data")) return { method, url, type, extra, body: text.toString() };
  const form = await new Response(text, { headers: { "content-type": type } }).formData();
  const parts = [...form].map(async ([key, file]) => [
    key,
    [file.name.replace(/^blob_\d+(\.\w+)?$/, "blob_0"), file.type, await file.text()],
  ]);
  return { method, url, type: "multipart/form-data", extra, body: JSON.stringify(Object.fromEntries(await Promise.all(parts))) };
}

/** A server that answers like the API: with an object, or 204 to a DELETE. */
async function api(t) {
  const log = [];
  const { url } = await serve(t, async (request, response) => {
    log.push(await seen(request));
    if (request.method === "DELETE") response.writeHead(204).end();
    else response.writeHead(200, { "content-type": "application/json" }).end('{"id":"x1"}');
  });
  return { log, url };
}

/** The `request` function that `resources` needs, as documented there. */
function requester(base) {
  return async (route, { data, headers, ...options }) => {
    const json = data !== undefined && typeof data !== "string" && !(data instanceof FormData);
    const type = data instanceof FormData ? {} : { "Content-Type": "application/json" };
    return fetch(base + route, { ...options, headers: { ...type, ...headers }, body: json ? JSON.stringify(data) : data });
  };
}

const encodeNothing = async (value) => value;
const find = (client, name) => name.split(".").reduce((object, key) => object[key], client);

for (const [index, [name, args, method, path, body, extra = {}]] of TABLE.entries()) {
  test(`${name} sends what Replicate's own client sends: ${method} ${path} (${index})`, async (t) => {
    const { log, url } = await api(t);
    const theirs = await find(new Replicate({ auth: "none", baseUrl: url }), name)(...args);
    const ours = await find(resources(requester(url), encodeNothing), name)(...args);

    assert.equal(log.length, 2);
    assert.equal(log[1].method, method);
    assert.equal(log[1].url, path);
    assert.deepEqual(log[1].extra, extra);
    assert.deepEqual(log[1].body && JSON.parse(log[1].body), body ?? "");
    const parsed = ({ body: text, ...rest }) => ({ ...rest, body: text && JSON.parse(text) });
    assert.deepEqual(parsed(log[1]), parsed(log[0]));
    assert.deepEqual(ours, theirs);
  });
}

test("the table has exactly the methods of Replicate's own client", () => {
  const names = (object, prefix = "") =>
    Object.entries(object).flatMap(([key, value]) =>
      typeof value === "function" ? [prefix + key] : names(value, `${prefix}${key}.`),
    );
  const { accounts, collections, deployments, files, hardware, models, predictions, trainings, webhooks } = new Replicate();
  const theirs = names({ accounts, collections, deployments, files, hardware, models, predictions, trainings, webhooks });
  assert.deepEqual(names(resources()).sort(), theirs.sort());
  assert.deepEqual([...new Set(TABLE.map(([name]) => name)), "models.search"].sort(), theirs.sort());
});

// Replicate's own client sends the query as a JSON string. The API's description has plain text.
test("models.search sends QUERY /models with the query as plain text", async (t) => {
  const { log, url } = await api(t);
  await resources(requester(url)).models.search('a "blue" lake');
  assert.deepEqual(log, [{ method: "QUERY", url: "/models", type: "text/plain", extra: {}, body: 'a "blue" lake' }]);
});

test("delete is false for any success but 204", async () => {
  const client = resources(async () => new Response("{}"));
  assert.equal(await client.files.delete("f1"), false);
});

test("every method passes its signal on", async () => {
  const { signal } = new AbortController();
  const passed = [];
  const request = async (route, options) => (passed.push(options.signal), new Response('{"id":"x1"}'));
  const client = resources(request, async (value, options) => (assert.equal(options.signal, signal), value));
  for (const [name, args, method] of [...TABLE, ["models.search", ["lake"], "QUERY"]]) {
    const last = args.at(-1);
    const inOptions = ["predictions", "trainings", "models"].includes(name.split(".")[0]) && name.endsWith(".create");
    const withSignal =
      inOptions || name === "deployments.predictions.create"
        ? [...args.slice(0, -1), { ...last, signal }]
        : name === "files.create"
          ? [args[0], args[1] ?? {}, { signal }]
          : [...args, { signal }];
    await find(client, name)(...withSignal);
    assert.equal(passed.at(-1), signal, `${name} ${method}`);
  }
});

test("methods work when taken from the client", async () => {
  const { get } = resources(async () => new Response('{"id":"x1"}')).predictions;
  assert.deepEqual(await get("x1"), { id: "x1" });
});

test("the input of every create is encoded", async () => {
  const bodies = [];
  const request = async (route, { data }) => (bodies.push(data.input), new Response('{"id":"x1"}'));
  const client = resources(request, async () => ({ encoded: true }));
  await client.predictions.create({ version: VERSION, input });
  await client.deployments.predictions.create("acme", "my-app", { input });
  await client.trainings.create("acme", "lake", VERSION, { destination: "acme/sea", input });
  assert.deepEqual(bodies, [{ encoded: true }, { encoded: true }, { encoded: true }]);
});

test("a view of a larger buffer is uploaded as a file with its own bytes only", async (t) => {
  const { log, url } = await api(t);
  await resources(requester(url)).files.create(Buffer.from("a pixel").subarray(2));
  assert.deepEqual(JSON.parse(log[0].body).content, ["blob_0", "application/octet-stream", "pixel"]);
});

const PNG = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const UPLOADS = {
  "bytes get a type by their beginning, and a name with its extension": [PNG, "blob_0.png", "image/png"],
  "a Blob without a type gets both too": [new Blob([PNG]), "blob_0.png", "image/png"],
  "a Blob with a type gets a name with its extension": [new Blob(["x"], { type: "audio/mpeg" }), "blob_0.mp3", "audio/mpeg"],
  "a type with parameters has an extension": [new Blob(["x"], { type: "text/plain;charset=utf-8" }), "blob_0.txt", "text/plain;charset=utf-8"],
  "a File without a type gets one by its name": [new File(["x"], "song.wav"), "song.wav", "audio/wav"],
  "a File whose name says nothing gets a type by its beginning": [new File([PNG], "upload"), "upload", "image/png"],
  "what is not known has neither": [new Blob(["x"]), "blob_0", "application/octet-stream"],
};

for (const [name, [file, filename, type]] of Object.entries(UPLOADS)) {
  test(`files.create: ${name}`, async () => {
    let form;
    await resources(async (route, { data }) => ((form = data), new Response('{"id":"f1"}'))).files.create(file);
    const content = form.get("content");
    assert.deepEqual([content.name.replace(/\d+/, "0"), content.type], [filename, type]);
  });
}

test("files.create of an unreadable file is an invalid_argument before anything is sent", async () => {
  const moved = new File(["more than a few bytes"], "moved.png", { type: "image/png" });
  const cause = new Error("NotReadableError");
  moved.slice = () => ({ arrayBuffer: () => Promise.reject(cause) });
  await assert.rejects(client.files.create(moved), { code: "invalid_argument", cause });
});

test("files.create of metadata that JSON cannot carry is an invalid_argument before anything is sent", async () => {
  const cycle = {};
  cycle.cycle = cycle;
  for (const metadata of [cycle, { size: 1n }]) {
    await assert.rejects(client.files.create(new Blob(["x"]), metadata), { code: "invalid_argument", message: /^The argument metadata cannot be written as JSON/ });
  }
});

test("any name is escaped to one path segment", async () => {
  const routes = [];
  const client = resources(async (route) => (routes.push(route), new Response("{}")));
  await client.models.get("a/b", "../c?d#e");
  await client.predictions.get("%2e%2e");
  await client.files.get("blå ✿");
  assert.deepEqual(routes, ["/models/a%2Fb/..%2Fc%3Fd%23e", "/predictions/%252e%252e", "/files/bl%C3%A5%20%E2%9C%BF"]);
});

const client = resources(() => assert.fail("sent"), encodeNothing);
const REFUSED = [
  ["predictions.get", [], "id"],
  ["predictions.get", [""], "id"],
  ["predictions.get", [".."], "id"],
  ["predictions.get", ["."], "id"],
  ["predictions.get", ["\ud800"], "id"],
  ["predictions.cancel", [{ id: "x" }], "id"],
  ["predictions.create", [], "model"],
  ["predictions.create", [{ input }], "model"],
  ["predictions.create", [{ model: "lake", input }], "model"],
  ["predictions.create", [{ model: `acme/lake:${VERSION}`, input }], "model"],
  ["predictions.create", [{ model: "acme/..", input }], "name"],
  ["predictions.create", [{ version: VERSION }], "input"],
  ["predictions.create", [{ version: VERSION, input: "spring" }], "input"],
  ["predictions.create", [{ version: VERSION, input: ["spring"] }], "input"],
  ["predictions.create", [{ version: VERSION, input, webhook: "/hook" }], "webhook"],
  ["predictions.create", [{ version: VERSION, input, cancelAfter: 90 }], "cancelAfter"],
  ["predictions.create", [{ version: VERSION, input, cancelAfter: "90" }], "cancelAfter"],
  ["predictions.create", [{ version: VERSION, input, cancelAfter: "" }], "cancelAfter"],
  ["predictions.create", [{ version: VERSION, input, cancelAfter: "0m" }], "cancelAfter"],
  ["predictions.create", [{ version: VERSION, input, cancelAfter: "123456s" }], "cancelAfter"],
  ["trainings.create", ["acme", "lake", VERSION, { input, cancelAfter: "soon" }], "cancelAfter"],
  ["models.get", ["acme/lake"], "name"],
  ["models.search", [], "query"],
  ["models.create", [undefined, "lake"], "owner"],
  ["models.create", ["acme"], "name"],
  ["models.versions.get", ["acme", "lake"], "version"],
  ["deployments.create", [], "config"],
  ["deployments.update", ["acme", "my-app"], "config"],
  ["deployments.predictions.create", ["acme", "my-app"], "input"],
  ["deployments.predictions.create", ["acme", "my-app", { input, webhook: "hook" }], "webhook"],
  ["trainings.create", ["acme", "lake", VERSION, { input, webhook: "hook" }], "webhook"],
  ["collections.get", [], "slug"],
  ["files.create", ["photo.png"], "file"],
  ["files.get", [7], "id"],
];

for (const [name, args, argument] of REFUSED) {
  test(`${name}(${JSON.stringify(args).slice(1, -1)}) is an invalid_argument that names ${argument}`, async () => {
    await assert.rejects(find(client, name)(...args), (error) => {
      return error.code === "invalid_argument" && new RegExp(`\\b${argument}\\b`).test(error.message);
    });
  });
}

test('an answer that is not JSON is code "protocol" and names the request', async () => {
  const html = resources(async () => new Response("<html>"));
  await assert.rejects(html.predictions.get("x1"), { code: "protocol", message: "The answer to GET /predictions/x1 is not JSON" });
});

test('an answer that breaks off is code "network", or the reason when it was aborted', async (t) => {
  const { url } = await serve(t, (_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{", () => response.destroy());
  });
  const { predictions } = resources(requester(url));
  await assert.rejects(predictions.list(), { code: "network" });

  const controller = new AbortController();
  const reason = new Error("stopped");
  const slow = resources(async () => {
    const body = new ReadableStream({ pull: (stream) => (controller.abort(reason), stream.error(new Error("aborted"))) });
    return new Response(body);
  });
  await assert.rejects(slow.predictions.list({ signal: controller.signal }), (error) => error === reason);
});

const CREATES = {
  "predictions.create": [(client) => client.predictions.create({ model: "acme/lake", input }), "/models/acme/lake/predictions", "predictions"],
  "predictions.create by version": [(client) => client.predictions.create({ version: VERSION, input }), "/predictions", "predictions"],
  "deployments.predictions.create": [(client) => client.deployments.predictions.create("acme", "app", { input }), "/deployments/acme/app/predictions", "predictions"],
  "trainings.create": [(client) => client.trainings.create("acme", "lake", "v1", { destination: "acme/sea", input }), "/models/acme/lake/versions/v1/trainings", "trainings"],
};
const FATELESS = {
  "a page": [200, "<html>"],
  "an empty 201": [201, ""],
  "a 201 that was cut": [201, '{"id":"x1'],
  "a 201 without an id": [201, '{"status":"starting"}'],
  "a 201 whose id is empty": [201, '{"id":""}'],
  "null": [200, "null"],
};

const UNFIT = ["..", ".", "../p2/cancel#", "a/b", "a\\b", "p1?x", "p1%2f", "p 1", "p\n1", "\ud800"];

for (const [name, [create]] of Object.entries(CREATES)) {
  test(`${name}: an id that would lead another request elsewhere is code "protocol"`, async () => {
    for (const id of UNFIT) {
      const client = resources(async () => Response.json({ id, status: "starting" }, { status: 201 }), async (value) => value);
      await assert.rejects(create(client), { code: "protocol", message: /is no segment of a path/ }, id);
    }
  });
}

for (const [name, [create, route, list]] of Object.entries(CREATES)) {
  for (const [answer, [status, body]] of Object.entries(FATELESS)) {
    test(`${name}: ${answer} is code "unknown_outcome", sent once, and says where to look`, async () => {
      let requests = 0;
      const client = resources(async () => (requests++, new Response(body, { status })), encodeNothing);
      await assert.rejects(create(client), (error) => {
        assert.equal(error.code, "unknown_outcome");
        assert.equal(error.status, status);
        assert.equal(error.message, `POST ${route} was answered with status ${status} but no id: it may run and cost, so look in ${list}.list() or on replicate.com before you create another`);
        return true;
      });
      assert.equal(requests, 1);
    });
  }

  test(`${name}: an answer that breaks off is "unknown_outcome" with its cause, or the reason when it was aborted`, async (t) => {
    const { url } = await serve(t, (_, response) => {
      response.writeHead(201, { "content-length": 100 });
      response.write("{", () => response.destroy());
    });
    await assert.rejects(create(resources(requester(url), encodeNothing)), (error) => error.code === "unknown_outcome" && error.cause instanceof Error);
  });
}

test("a create whose answer is read when its signal aborts rejects with the reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped");
  const body = () => new ReadableStream({ pull: (stream) => (controller.abort(reason), stream.error(new Error("aborted"))) });
  const { predictions } = resources(async () => new Response(body()), encodeNothing);
  await assert.rejects(predictions.create({ version: VERSION, input, signal: controller.signal }), (error) => error === reason);
});

test("cancelAfter of the call, else of the client, is sent as Cancel-After with every create and not in its body", async () => {
  const sent = [];
  const request = async (route, { headers, data }) => (sent.push([headers["Cancel-After"], data]), new Response('{"id":"x1"}'));
  const client = resources(request, encodeNothing, { cancelAfter: "1h30m" });
  for (const [create] of Object.values(CREATES)) await create(client);
  assert.ok(sent.every(([header, data]) => header === "1h30m" && !("cancelAfter" in data)));
  await client.predictions.create({ version: VERSION, input, cancelAfter: "90s" });
  assert.deepEqual(sent.at(-1), ["90s", { version: VERSION, input }]);
  await resources(request, encodeNothing).predictions.create({ version: VERSION, input });
  assert.equal(sent.at(-1)[0], undefined);
});

test("a rejection of the request reaches the caller unchanged", async () => {
  const error = new Error("429");
  await assert.rejects(resources(() => Promise.reject(error)).models.list(), (thrown) => thrown === error);
});

const PAGES = {
  "/models": { results: [1, 2], next: "https://api.replicate.com/v1/models?cursor=a" },
  "https://api.replicate.com/v1/models?cursor=a": { results: [], next: "https://api.replicate.com/v1/models?cursor=b" },
  "https://api.replicate.com/v1/models?cursor=b": { results: [3], next: null },
};

function paged() {
  const asked = [];
  const request = async (route) => (asked.push(route), Response.json(PAGES[route]));
  return { asked, request };
}

test("paginate yields the pages in order and follows next through the request function", async () => {
  const { asked, request } = paged();
  const pages = [];
  for await (const page of paginate(request, resources(request).models.list)) pages.push(page);
  assert.deepEqual(pages, [[1, 2], [], [3]]);
  assert.deepEqual(asked, Object.keys(PAGES));
});

test("paginate fetches a page only when it is read", async () => {
  const { asked, request } = paged();
  const pages = paginate(request, resources(request).models.list);
  assert.equal(asked.length, 0);
  for await (const page of pages) {
    assert.deepEqual(page, [1, 2]);
    break;
  }
  assert.equal(asked.length, 1);
});

test("paginate passes its signal to every request and rejects with its reason between pages", async () => {
  const controller = new AbortController();
  const signals = [];
  const request = async (route, { signal }) => (signals.push(signal), Response.json(PAGES[route]));
  const pages = paginate(request, resources(request).models.list, { signal: controller.signal });
  await pages.next();
  await pages.next();
  const reason = new Error("stopped");
  controller.abort(reason);
  await assert.rejects(pages.next(), (error) => error === reason);
  assert.deepEqual(signals, [controller.signal, controller.signal]);
});

test("paginate with a signal that is already aborted sends nothing", async () => {
  const reason = new Error("stopped");
  const pages = paginate(() => assert.fail("sent"), client.models.list, { signal: AbortSignal.abort(reason) });
  await assert.rejects(pages.next(), (error) => error === reason);
});

test('a page without results is code "protocol"', async () => {
  for (const page of [null, {}, { results: null }, "page"]) {
    await assert.rejects(paginate(() => {}, async () => page).next(), { code: "protocol", message: "The page of a list has no results" });
  }
});

test("paginate without a function is an invalid_argument", async () => {
  await assert.rejects(paginate(() => {}, { results: [] }).next(), { code: "invalid_argument", message: /endpoint/ });
});
