/** Limits under parallel requests. */
import assert from "node:assert/strict";
import { attack, create, input, isProblem, runHello } from "./table.mjs";

const parallel = (lab, count, path, headers) =>
  Promise.all(Array.from({ length: count }, () => lab.ask(create(headers, runHello({ input: { text: "[hang]" } }), path))));
const byStatus = (answers) => answers.reduce((counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {});
attack("of a hundred parallel creates a limit of ten lets ten through", async (lab) => {
  const answers = await parallel(lab, 100, "/ten/v1/predictions");
  assert.deepEqual(byStatus(answers), { 201: 10, 429: 90 });
  assert.equal(lab.creates().length, 10);
  const limited = answers.find(({ status }) => status === 429);
  assert.ok(Number(limited.headers["retry-after"]) >= 1 && Number(limited.headers["retry-after"]) <= 60);
  isProblem(limited);
});
attack("of ten parallel creates a limit of two running ones lets two through", async (lab) => {
  assert.deepEqual(byStatus(await parallel(lab, 10, "/busy/v1/predictions")), { 201: 2, 429: 8 });
});
attack("the limit of all callers holds whoever they are", async (lab) => {
  const answers = await Promise.all(
    Array.from({ length: 9 }, (_, i) => parallel(lab, 1, "/full/v1/predictions", { authorization: `Bearer ${lab.caller}-${i}` })),
  );
  assert.deepEqual(byStatus(answers.flat()), { 201: 3, 429: 6 });
});
attack("a cancel of another caller frees no slot", async (lab) => {
  const [first] = await parallel(lab, 2, "/busy/v1/predictions");
  const { id } = JSON.parse(first.text);
  const foreign = await lab.ask({
    method: "POST",
    path: `/busy/v1/predictions/${id}/cancel`,
    headers: { authorization: "Bearer mallory" },
  });
  assert.equal(foreign.status, 404);
  assert.deepEqual(byStatus(await parallel(lab, 1, "/busy/v1/predictions")), { 429: 1 });
  assert.equal((await lab.ask({ method: "POST", path: `/busy/v1/predictions/${id}/cancel` })).status, 200);
  assert.deepEqual(byStatus(await parallel(lab, 2, "/busy/v1/predictions")), { 201: 1, 429: 1 });
});
attack("guesses of versions are counted as creates", async (lab) => {
  const guesses = Array.from({ length: 30 }, (_, i) => lab.ask(create({}, { version: `${i}`.repeat(8), input }, "/ten/v1/predictions")));
  assert.deepEqual(byStatus(await Promise.all(guesses)), { 403: 10, 429: 20 });
  assert.equal(lab.creates().length, 0);
});
