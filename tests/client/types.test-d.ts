// Valid uses of the types, and invalid ones that must be errors. Checked by types.test.mjs, never run.

import init, {
  ApiError,
  Cog,
  FileOutput,
  ImageResponse,
  PredictionStream,
  Replicate,
  ReplicateError,
  ReplicateHome,
  parseProgressFromLogs,
  validateWebhook,
} from "../../src/npm/types.js";
import type { ApiPrediction, CallState, ErrorCode, ErrorData, Fetch, Model, Page, Prediction, ServerSentEvent, StreamHandle } from "../../src/npm/types.js";
import { MemoryStore, createRelay, toNodeHandler } from "../../src/relay/index.js";
import type { LimitStore } from "../../src/relay/index.js";
import { createSandbox } from "../../src/sandbox/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<Expected>(): <Actual>(value: Actual, ...same: Equal<Actual, Expected> extends true ? [] : [never]) => void;

await init();
await init(new URL("https://cdn.example/replicate_bg.wasm"));
await init({ module_or_path: fetch("https://cdn.example/replicate_bg.wasm") });

// ---- the provider
const home = ReplicateHome.createAsyncGenerator({
  model: "gemma-2b",
  messages: [{ role: "user", content: [{ type: "text", text: "spring" }, { type: "image_url", image_url: { url: "data:," } }] }],
  proxy: "/relay",
  input: { seed: 1 },
  headers: { "x-session": "1" },
  pollIntervalMs: 100,
  maxAttempts: 3,
  signal: AbortSignal.timeout(1000),
});
for await (const chunk of home) {
  expectType<string | ImageResponse>()(chunk);
  if (chunk instanceof ImageResponse) {
    new Blob([await chunk.bytes()]);
    // @ts-expect-error read-only
    chunk.url = "";
  }
}
expectType<string[]>()(ReplicateHome.models);
expectType<string>()(ReplicateHome.getModel(null));
// @ts-expect-error read-only
ReplicateHome.working = true;
// @ts-expect-error a message has content
ReplicateHome.createAsyncGenerator({ messages: [{ role: "user" }] });
// @ts-expect-error no other parts
ReplicateHome.createAsyncGenerator({ messages: [{ role: "user", content: [{ type: "audio", url: "" }] }] });
// @ts-expect-error milliseconds end in Ms
ReplicateHome.createAsyncGenerator({ prompt: "spring", pollInterval: 5 });
// @ts-expect-error nothing to instantiate
new ReplicateHome();

// ---- the client
const client = new Replicate({ auth: async () => "token", baseUrl: "/relay/v1", fileEncodingStrategy: "upload", fetch });
new Replicate({ fetch: createSandbox() });
new Replicate();
// @ts-expect-error a token is text
new Replicate({ auth: 7 });
// @ts-expect-error no such strategy
new Replicate({ fileEncodingStrategy: "inline" });
// @ts-expect-error the token cannot be read back
client.auth;
// @ts-expect-error read-only
client.baseUrl = "";

new Replicate({ headers: { "x-session": "1" }, credentials: "include", cancelAfter: "90s", onState: (state) => expectType<CallState>()(state) });
new Replicate({ headers: async () => [["x-session", "1"]], auth: () => "token" });
new Cog({ baseUrl: "/cog", headers: () => new Headers(), credentials: "omit", onState: () => {} });
ReplicateHome.createAsyncGenerator({ prompt: "spring", headers: () => ({}), credentials: "same-origin", onState: ({ type }) => type });
// @ts-expect-error no such credentials
new Replicate({ credentials: "always" });
// @ts-expect-error a duration is text
new Replicate({ cancelAfter: 90 });
// @ts-expect-error headers have texts
new Replicate({ headers: () => ({ "x-session": 1 }) });

interface Lake {
  prompt: string;
  image?: Blob;
}
const lake: Lake = { prompt: "a lake" };

expectType<unknown>()(await client.run("acme/lake", { input: { prompt: "a lake" } }));
expectType<string[]>()(await client.run<string[]>("acme/lake", { input: lake }));
expectType<FileOutput>()(await client.run<FileOutput, Lake>("acme/lake", { input: { prompt: "a lake", image: new Blob([]) } }));
await client.run("acme/lake:abc", { input: {}, wait: { mode: "block", timeout: 10 }, webhook: "https://app.example" }, (snapshot) => {
  expectType<ApiPrediction>()(snapshot);
});
await client.run("acme/lake", { input: {}, wait: { mode: "poll", interval: 500 }, signal: new AbortController().signal });
// @ts-expect-error the prompt is text
await client.run<string, Lake>("acme/lake", { input: { prompt: 7 } });
// @ts-expect-error no input
await client.run("acme/lake", {});
// @ts-expect-error the input is an object
await client.run("acme/lake", { input: "a lake" });
// @ts-expect-error no such mode
await client.run("acme/lake", { input: {}, wait: { mode: "sync" } });
// @ts-expect-error no such event
await client.run("acme/lake", { input: {}, webhook_events_filter: ["end"] });
// @ts-expect-error an unknown output has no members
(await client.run("acme/lake", { input: {} })).length;

const stream = client.stream("acme/lake", { input: lake, cancelOnBreak: false });
expectType<PredictionStream<ServerSentEvent>>()(stream);
for await (const event of stream) {
  expectType<string | FileOutput>()(event.data);
  expectType<string | undefined>()(event.id);
  // @ts-expect-error read-only
  event.data = "";
}
const iterator: AsyncIterableIterator<string, void, void> = client.streamText("acme/lake", { input: lake });
expectType<string>()(await client.streamText("acme/lake", { input: {} }).text());
expectType<Prediction | undefined>()(stream.prediction);
expectType<StreamHandle>()(stream.toJSON());
expectType<ReadableStream<ServerSentEvent>>()(stream.toReadableStream());
client.resume(stream.toJSON(), { cancelOnBreak: true });
client.resume("w1r2");
await stream[Symbol.asyncDispose]();
client.stream("acme/lake", { input: {}, cancelAfter: "1h30m", onState: (state) => expectType<CallState>()(state) });
expectType<CallState>()(stream.state);
const { state } = stream;
if (state.type === "waiting") {
  expectType<number>()(state.retryAfterMs);
  expectType<ReplicateError>()(state.error);
}
if (state.type === "ended") expectType<boolean | undefined>()(state.canceled);
if (state.type === "polling") expectType<ReplicateError | undefined>()(state.reason);
// @ts-expect-error no such state
state.type === "done";
// @ts-expect-error read-only
stream.state = { type: "sending" };
// @ts-expect-error a page is no handle
client.resume({ results: [] });
// @ts-expect-error streams come from a client
new PredictionStream();
// @ts-expect-error streams have no wait
client.stream("acme/lake", { input: {}, wait: { mode: "poll" } });

const created = await client.predictions.create<string[], Lake>({ version: "abc", input: lake, wait: 10 });
expectType<string[] | undefined>()(created.output);
expectType<string>()(created.urls.get);
await client.predictions.create({ model: "acme/lake", input: {}, wait: true });
expectType<ApiPrediction<string[]>>()(await client.wait(created, { interval: 100, timeoutMs: 1000 }, async () => false));
await client.predictions.create({ model: "acme/lake", input: {}, cancelAfter: "90s" });
// @ts-expect-error it is one request, without time limits of its own
await client.predictions.create({ model: "acme/lake", input: {}, timeoutMs: 5 });
// @ts-expect-error neither model nor version
await client.predictions.create({ input: {} });
// @ts-expect-error an id is text
await client.predictions.get(7);

const { get } = client.predictions;
await get("w1r2", { signal: AbortSignal.abort() });
for await (const page of client.paginate(client.models.list)) expectType<Model[]>()(page);
for await (const page of client.paginate(() => client.models.versions.list("acme", "lake"))) expectType<string>()(page[0]!.id);
expectType<Page<Model>>()(await client.models.search("lake"));
await client.models.create("acme", "lake", { visibility: "private", hardware: "gpu-t4" });
await client.deployments.update("acme", "my-app", { max_instances: 2 });
expectType<boolean>()(await client.deployments.delete("acme", "my-app"));
await client.deployments.predictions.create("acme", "my-app", { input: {}, wait: 5 });
await client.trainings.create("acme", "lake", "abc", { destination: "acme/sea", input: {} });
await client.files.create(new Uint8Array(1), { album: "spring" });
expectType<string>()((await client.webhooks.default.secret.get()).key);
expectType<Response>()(await client.request("/account"));
// @ts-expect-error not what paginate takes
client.paginate(client.models.get);
// @ts-expect-error nothing to change
await client.deployments.update("acme", "my-app", {});
// @ts-expect-error a destination is owner/name
await client.trainings.create("acme", "lake", "abc", { destination: "sea", input: {} });
// @ts-expect-error a path is no file
await client.files.create("photo.png");
// @ts-expect-error visibility is one of two
await client.models.create("acme", "lake", { visibility: "secret", hardware: "cpu" });

// ---- Cog
const cog = new Cog({ baseUrl: "http://127.0.0.1:5000" });
expectType<number>()(await cog.run<number>({ input: { prompt: "spring" }, id: "a", timeoutMs: 1000 }));
expectType<PredictionStream<string>>()(cog.streamText({ input: {} }));
if ((await cog.health()).status === "READY") cog.stream({ input: {} });
// @ts-expect-error no address
new Cog({});
// @ts-expect-error no such status
(await cog.health()).status === "ready";

// ---- files, webhooks, progress
const file = new FileOutput("https://replicate.delivery/out.png");
expectType<URL>()(file.url());
new Blob([await file.bytes()]);
for await (const chunk of file) new Blob([chunk]);
const body: ReadableStream<Uint8Array> = file;
new Response(body);

const signed = { id: "msg_1", timestamp: "1", signature: "v1,", body: "{}" };
expectType<boolean>()(await validateWebhook(new Request("https://app.example"), "whsec_"));
await validateWebhook({ headers: { "webhook-id": "msg_1" }, body: {} }, "whsec_", { toleranceMs: 1000 });
await validateWebhook({ headers: {}, body: "e30=", isBase64Encoded: true }, "whsec_");
await validateWebhook({ ...signed, secret: "whsec_" });
await validateWebhook({ ...signed, secret: "whsec_" }, { toleranceMs: Infinity });
await validateWebhook(signed, "whsec_");
await validateWebhook(signed, "whsec_", { subtle: crypto.subtle });
// @ts-expect-error no secret
await validateWebhook(new Request("https://app.example"));
// @ts-expect-error no secret
await validateWebhook(signed);
// @ts-expect-error milliseconds
await validateWebhook(signed, "whsec_", { tolerance: 5 });

expectType<number | undefined>()(parseProgressFromLogs(created)?.percentage);
parseProgressFromLogs(stream.prediction?.logs);
// @ts-expect-error no logs
parseProgressFromLogs(7);

// ---- errors
try {
  await client.run("acme/lake", { input: {} });
} catch (error) {
  if (error instanceof ApiError) {
    expectType<ErrorCode>()(error.code);
    expectType<number | undefined>()(error.retryAfterMs);
    expectType<string | undefined>()(error.request?.url);
    expectType<ErrorData>()(error.toJSON());
    // @ts-expect-error no such code
    error.code === "rate_limited";
    // @ts-expect-error read-only
    error.status = 200;
  }
}
const same: typeof ReplicateError = ApiError;

// ---- the relay and the sandbox
const store: LimitStore = {
  acquire: async (_caller, _id, limits) => (limits.running > 0 ? { ok: true } : { ok: false, retryAfterMs: 1000 }),
  release: async () => {},
};
const relay = createRelay({
  authorize: (request) => request.headers.get("x-user"),
  models: ["meta/*"],
  allow: ["files", "lists"],
  limits: { createsPerMinute: 5, bodyBytes: 1_000_000 },
  store,
  cancelAfter: "90s",
});
const answer: Response = await relay(new Request("https://app.example/relay/v1/predictions"));
createRelay({ authorize: () => new Response(null, { status: 403 }) });
createRelay({ authorize: () => "me", store: new MemoryStore(), onResponse: ({ status }) => expectType<number | undefined>()(status) });
toNodeHandler(relay);
// @ts-expect-error no such limit
createRelay({ authorize: () => "me", limits: { creates: 5 } });
// @ts-expect-error who is asking?
createRelay({ models: ["meta/*"] });
// @ts-expect-error no such permission
createRelay({ authorize: () => "me", allow: ["everything"] });

const sandbox = createSandbox({ seed: 7, stepMs: 0, token: "none", faults: ["429: 2"] });
await sandbox("/v1/predictions", { method: "POST" });
expectType<number>()(sandbox.predictions.size);
const asFetch: Fetch = sandbox;
// @ts-expect-error a seed is a number
createSandbox({ seed: "7" });
// @ts-expect-error read-only
sandbox.predictions = new Map();

export { answer, asFetch, iterator, same };
