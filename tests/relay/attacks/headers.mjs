/** Headers that must be removed or limited. */
import assert from "node:assert/strict";
import { attack, create, refused } from "./table.mjs";

attack("the caller's own credentials and addresses stay here", async (lab) => {
  const secrets = {
    cookie: "session=caller",
    "proxy-authorization": "Basic caller",
    forwarded: "for=caller",
    "x-forwarded-for": "caller",
    "x-forwarded-host": "caller",
    "x-forwarded-proto": "https",
    "x-real-ip": "caller",
    "x-api-key": "caller",
    "cf-connecting-ip": "caller",
    referer: "https://app.example/caller",
    "accept-language": "caller",
    origin: "https://app.example",
    "x-custom": "caller",
  };
  const answer = await lab.ask(create(secrets));
  assert.equal(answer.status, 201, answer.text);
  const [sent] = lab.creates();
  assert.equal(sent.headers.authorization, `Bearer ${lab.token}`);
  assert.doesNotMatch(JSON.stringify({ ...sent.headers, "x-forwarded-for": undefined }), /caller|app\.example/i);
});
attack("a caller's name is not told upstream", async (lab) => {
  await lab.ask(create({}));
  assert.doesNotMatch(JSON.stringify(lab.reached()), new RegExp(lab.caller));
});
for (const [asked, sent] of [
  ["wait", "wait"],
  ["wait=5", "wait=5"],
  ["wait=0", "wait=1"],
  ["wait=99999", "wait=60"],
  ["respond-async", undefined],
  ["respond-async, wait=7", "wait=7"],
  ["wait=-1", undefined],
  ["wait=1e9", undefined],
  ["waiting", undefined],
  ["wait=5; x=evil", undefined],
]) {
  attack(`Prefer: ${asked} goes on as ${sent ?? "nothing"}`, async (lab) => {
    assert.equal((await lab.ask(create({ prefer: asked }))).status, 201);
    assert.equal(lab.creates()[0].headers.prefer, sent);
  });
}
for (const [asked, sent] of [
  [undefined, "90s"],
  ["10s", "10s"],
  ["1m", "1m"],
  ["91s", "90s"],
  ["24h", "90s"],
  ["99999h99999m", "90s"],
]) {
  attack(`Cancel-After: ${asked ?? "nothing"} goes on as ${sent}, never longer than the relay's`, async (lab) => {
    assert.equal((await lab.ask(create(asked ? { "cancel-after": asked } : {}))).status, 201);
    assert.equal(lab.creates()[0].headers["cancel-after"], sent);
  });
}
for (const asked of ["forever", "-5s", "1e9s", "0s", "5", "5s, 9h", "999999999999h"]) {
  attack(`Cancel-After: ${asked} is refused, not ignored`, refused(400, create({ "cancel-after": asked })));
}
attack("a changed Host is refused over loopback, and elsewhere changes nothing of what is asked", async (lab) => {
  const answer = await lab.ask(create({ host: "evil.example" }));
  if (lab.place === "Node") {
    assert.equal(answer.status, 403);
    assert.equal(lab.reached().length, 0);
  } else {
    // A Worker runs on no user's machine and sees no socket.
    assert.equal(answer.status, 201);
    assert.equal(lab.creates()[0].headers.host, lab.upstreamHost);
  }
});
