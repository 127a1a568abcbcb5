/** Access to predictions of other callers. */
import assert from "node:assert/strict";
import { hello } from "../relays.mjs";
import { attack, create, get, refused } from "./table.mjs";

attack("an id without a signature is 404", async (lab) => {
  const { id } = await lab.create();
  await refused(404, get(`/strict/v1/predictions/${id.split(".")[0]}`))(lab);
  await refused(404, get(`/strict/api/poll?id=${id.split(".")[0]}`))(lab);
});
attack("a poll without an id is 404", refused(404, get("/strict/api/poll")));
for (const [name, path, method] of [
  ["prediction", (id) => `/strict/v1/predictions/${id}`],
  ["prediction by the provider's route", (id) => `/strict/api/poll?id=${id}`],
  ["cancel", (id) => `/strict/v1/predictions/${id}/cancel`, "POST"],
]) {
  attack(`another caller's ${name} is 404`, async (lab) => {
    const { id } = await lab.create();
    await refused(404, { method, path: path(id), headers: { authorization: "Bearer mallory" } })(lab);
  });
}
attack("another caller's stream is 404", async (lab) => {
  const { urls } = await lab.create("stream-events");
  await refused(404, get(lab.path(urls.stream), { authorization: "Bearer mallory" }))(lab);
});
attack("a signature is good for its id alone", async (lab) => {
  const [one, other] = [await lab.create(), await lab.create()];
  await refused(404, get(`/strict/v1/predictions/${other.id.split(".")[0]}.${one.id.split(".")[1]}`))(lab);
});
attack("each changed character makes an id a forgery, the last one too", async (lab) => {
  const { id } = await lab.create();
  const dot = id.indexOf(".");
  for (const at of [0, dot + 1, dot + 13, id.length - 1]) {
    for (const char of ["A", "B", "-"]) {
      if (id[at] !== char) await refused(404, get(`/strict/v1/predictions/${id.slice(0, at)}${char}${id.slice(at + 1)}`))(lab);
    }
  }
});
attack("an id cut short or made longer is 404", async (lab) => {
  const { id } = await lab.create();
  for (const forged of [id.slice(0, -1), `${id}A`, `${id}.`, `${id}=`]) await refused(404, get(`/strict/v1/predictions/${forged}`))(lab);
});
attack("an id signed with another key is 404", async (lab) => {
  const { id } = await lab.create();
  await refused(404, get(`/rekeyed/v1/predictions/${id}`))(lab);
});
attack("a training's id is no prediction's", async (lab) => {
  await lab.direct("POST", "/models", { owner: "sandbox", name: "mine", visibility: "private", hardware: "cpu" });
  const body = JSON.stringify({ destination: "sandbox/mine", input: {} });
  const answer = await lab.ask({ method: "POST", path: `/open/v1/models/${hello.model}/versions/${hello.version}/trainings`, body });
  assert.equal(answer.status, 201, answer.text);
  lab.forget();
  await refused(404, get(`/open/v1/predictions/${JSON.parse(answer.text).id}`))(lab);
});
attack("a stream's URL is good for its prediction alone", async (lab) => {
  const [one, other] = [await lab.create("stream-events"), await lab.create()];
  await refused(404, get(`/strict/v1/predictions/${other.id}/stream/${one.urls.stream.split("/stream/")[1]}`))(lab);
});
attack("a stream's URL cannot be chosen", async (lab) => {
  const { urls } = await lab.create("stream-events");
  const [own, seal] = lab.path(urls.stream).split("/stream/");
  for (const url of ["https://evil.example/", "http://169.254.169.254/latest/meta-data/"]) {
    const forged = `${Buffer.from(url).toString("base64url")}.${seal.split(".")[1]}`;
    await refused(404, get(`${own}/stream/${forged}`))(lab);
  }
  await refused(404, get(`${own}/stream/${encodeURIComponent("https://evil.example/")}`))(lab);
});
