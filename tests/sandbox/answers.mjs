// Answers of the sandbox of every kind and in every state, by the schema that they must match.

import { GEMMA, HELLO, parseEvents, startSandbox } from "./ask.mjs";
import { schemaNames } from "./schemas.mjs";
import { tour } from "./tour.mjs";
import { createVirtualClock } from "./virtual-clock.mjs";

/** @typedef {(name: string, answer: unknown) => void} Add */

/** @returns {Promise<Map<string, any[]>>} */
export async function collectAnswers() {
  const answers = new Map(schemaNames.map((name) => [name, []]));
  const add = (name, answer) => answers.get(name).push(answer);
  await tour(({ stop, body }) => stop.schema && add(stop.schema, body));
  for (const collect of [predictions, deadlines, trainings, provider, files, problems, events, pages])
    await collect(add);
  return answers;
}

/** @param {Add} add */
async function predictions(add) {
  const clock = createVirtualClock();
  const { create, get, post } = startSandbox({ stepMs: 10, clock });
  for (const prompt of [
    "tea",
    "tea [fail: no]",
    "tea [null]",
    "tea [canceled]",
    "tea [aborted]",
    "tea [hang]",
    "tea [no-stream]",
  ]) {
    const prediction = await create({ prompt, max_tokens: 6 });
    for (let i = 0; i < 15; i++) {
      add("prediction", await get(prediction));
      await clock.advance(10);
    }
    add("prediction", (await post(prediction.urls.cancel)).body);
  }
}

/** @param {Add} add */
async function deadlines(add) {
  const clock = createVirtualClock();
  const { create, get } = startSandbox({ stepMs: 10, clock });
  const headers = { "Cancel-After": "1s" };
  const late = await create({ prompt: "tea [cold: 500]" }, { headers });
  const endless = await create({ prompt: "tea [hang]" }, { headers });
  await clock.advance(2000);
  add("prediction", await get(late));
  add("prediction", await get(endless));
}

/** @param {Add} add */
async function trainings(add) {
  const clock = createVirtualClock();
  const { json, post } = startSandbox({ stepMs: 10, clock });
  await post("/v1/models", { owner: "sandbox", name: "mine", visibility: "private", hardware: "cpu" });
  for (const prompt of ["", "[fail]", "[hang]"]) {
    const { body } = await post(`/v1/models/${HELLO.model}/versions/${HELLO.version}/trainings`, {
      destination: "sandbox/mine",
      input: { prompt },
    });
    for (let i = 0; i < 20; i++) {
      add("training", (await json(body.urls.get)).body);
      await clock.advance(10);
    }
    add("training", (await post(body.urls.cancel)).body);
  }
  add("training-list", (await json("/v1/trainings")).body);
}

/** @param {Add} add */
async function provider(add) {
  const clock = createVirtualClock();
  const { post, json } = startSandbox({ stepMs: 10, clock });
  const { body } = await post("/api/prediction", { ...GEMMA, input: { prompt: "tea", max_tokens: 5 } });
  add("provider-prediction", body);
  for (let i = 0; i < 12; i++) {
    add("provider-prediction", (await json(`/api/poll?id=${body.id}`)).body);
    await clock.advance(10);
  }
}

/** @param {Add} add */
async function files(add) {
  const { json } = startSandbox();
  const form = new FormData();
  form.append("content", new File(["hello"], "hello.txt", { type: "text/plain" }));
  const { body } = await json("/v1/files", { method: "POST", body: form });
  add("file", body);
  add("file", (await json(body.urls.get)).body);
  add("file-list", (await json("/v1/files")).body);
}

/** @param {Add} add */
async function problems(add) {
  const { json } = startSandbox({ token: "t" });
  add("problem", (await json("/v1/account")).body);
  const order = (prompt) => ({ method: "POST", body: JSON.stringify({ version: GEMMA.version, input: { prompt } }) });
  for (const [path, init] of [
    ["/v1/predictions/nobody", {}],
    ["/v1/unknown", {}],
    ["/elsewhere", {}],
    ["/v1/models/%E0%A4%A/x", {}],
    ["/v1/account", { method: "DELETE" }],
    ["/v1/predictions", { method: "POST", body: "nonsense" }],
    ["/v1/predictions", { method: "POST", body: "{}" }],
    ["/v1/predictions", { method: "POST", body: "[]" }],
    ["/v1/predictions", { method: "POST", body: JSON.stringify({ version: "x", input: {} }) }],
    ["/v1/predictions", order("[429]")],
    ["/v1/predictions", order("[500]")],
  ]) {
    add("problem", (await json(path, { ...init, headers: { Authorization: "Bearer t" } })).body);
  }
}

/** @param {Add} add */
async function events(add) {
  const { sandbox, create } = startSandbox();
  for (const prompt of ["A poem about tea", "[fail] tea", "[canceled] tea", "[no-ids] tea"]) {
    const prediction = await create({ prompt });
    for (const event of parseEvents(await (await sandbox(prediction.urls.stream)).text())) add("stream-event", event);
  }
}

/** @param {Add} add */
async function pages(add) {
  const { create, json } = startSandbox({ pageSize: 1 });
  for (let i = 0; i < 3; i++) await create({ prompt: "tea" });
  add("prediction-list", (await json((await json("/v1/predictions")).body.next)).body);
}
