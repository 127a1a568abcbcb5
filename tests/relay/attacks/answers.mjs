/** Hostile answers of Replicate, or of a proxy in front of it. */
import assert from "node:assert/strict";
import { hello } from "../relays.mjs";
import { attack, create, get, isProblem } from "./table.mjs";

const odd = (name) => create({}, { version: hello.version, input: { prompt: `@${name}` } });
/** The answer becomes this status, and the create is sent once. */
const answeredOnce =
  (status, name, check = () => {}) =>
  async (lab) => {
    const answer = await lab.ask(typeof name === "string" ? odd(name) : name);
    assert.equal(answer.status, status, answer.text);
    assert.equal(lab.creates().length, 1, "a create was sent again");
    await check(answer, lab);
  };
const directive = (text) => create({}, { version: hello.version, input: { text: `hi ${text}` } });
attack(
  "a redirect is not followed",
  answeredOnce(502, "redirect", (answer, lab) => {
    isProblem(answer);
    assert.ok(lab.reached().every(({ path }) => path !== "/odd/target"));
  }),
);
attack("a page of HTML with 200 does not become this site's page", answeredOnce(502, "html200", isProblem));
attack("a page of HTML with 503 becomes problem JSON with 503", answeredOnce(503, "html503", isProblem));
attack("broken JSON goes no further", answeredOnce(502, "broken", isProblem));
attack("an answer that never ends is cut off", answeredOnce(502, "bomb", isProblem));
attack("an answer that never comes is 504", answeredOnce(504, { ...odd("silent"), path: "/small/v1/predictions" }, isProblem));
attack(
  "a 429 keeps its Retry-After and is not tried again",
  answeredOnce(429, directive("[429: 1]"), (answer) => assert.ok("retry-after" in answer.headers)),
);
attack("a 500 is not tried again", answeredOnce(500, directive("[500: 1]"), isProblem));
attack("a connection that drops after the create is 502 and not tried again", answeredOnce(502, directive("[drop]"), isProblem));
attack("a connection that drops within the answer is 502 and not tried again", answeredOnce(502, directive("[cut]"), isProblem));
attack(
  "Replicate's cookies and its servers' names stay there",
  answeredOnce(201, "cookie", ({ headers }) => {
    for (const name of ["set-cookie", "server", "via"]) assert.notEqual(String(headers[name]).includes("upstream"), true, name);
  }),
);
attack(
  "an error that quotes the token does not pass it on",
  answeredOnce(400, "token-in-error", ({ text }) => assert.match(text, /\[token\]/)),
);
attack(
  "an error that quotes Replicate's URL names the relay instead",
  answeredOnce(400, "url-in-error", ({ text }) => assert.match(text, /strict\/v1\/predictions/)),
);
attack("a token that Replicate refuses is the relay's fault, not the caller's", answeredOnce(502, "unauthenticated", isProblem));
attack("an answer without an id is 502", answeredOnce(502, "no-id", isProblem));
attack("an answer whose id is a path is 502", answeredOnce(502, "odd-id", isProblem));
attack("an answer that is no prediction is 502", answeredOnce(502, "array", isProblem));
attack(
  "a stream on another host is left out",
  answeredOnce(201, "foreign-stream", ({ text }) => assert.equal(JSON.parse(text).urls.stream, undefined)),
);
attack(
  "a stream with a password in its URL is left out",
  answeredOnce(201, "password-stream", ({ text }) => assert.equal(JSON.parse(text).urls.stream, undefined)),
);
for (const [name, status] of [
  ["redirect", 502],
  ["html200", 502],
  ["html503", 503],
]) {
  attack(`a stream that answers with ${name} is ${status}`, async (lab) => {
    const { urls } = await lab.create(`stream-${name}`);
    const answer = await lab.ask(get(lab.path(urls.stream)));
    assert.equal(answer.status, status);
    isProblem(answer);
    assert.deepEqual(
      lab.reached().map(({ path }) => path),
      [`/odd/${name}`],
    );
    assert.equal(lab.reached()[0].headers.authorization, undefined, "the token was sent to a stream");
  });
}
