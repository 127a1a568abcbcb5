/** Bodies that are too large, malformed, or ask for more than is allowed. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { hello } from "../relays.mjs";
import { attack, create, input, notCreated, refused, runHello } from "./table.mjs";

const webhook = "http://169.254.169.254/latest/meta-data/";
attack("a webhook to an internal address is refused", notCreated(422, runHello({ webhook })));
attack("a webhook is refused by the provider's route", notCreated(422, { ...hello, input, webhook }, "/strict/api/prediction"));
attack("a webhook inside the input is refused", notCreated(422, runHello({ input: { text: "hi", webhook } })));
attack("a webhook by its older name is refused", notCreated(422, runHello({ webhook_completed: webhook })));
attack(
  "a webhook whose key is escaped is refused",
  notCreated(422, `{"version":"${hello.version}","input":{},"web\\u0068ook":"${webhook}"}`),
);
attack("a filter of webhook events is refused", notCreated(422, runHello({ webhook_events_filter: ["completed"] })));
attack("an unknown key is refused", notCreated(422, runHello({ deployment: "acme/app" })));
attack("a body that is no JSON is refused", notCreated(400, "version=abc"));
attack("an empty body is refused", notCreated(400, ""));
attack("a body that is a list is refused", notCreated(422, "[1]"));
attack("a body that is null is refused", notCreated(422, "null"));
attack("a body with numbers that JSON has not is refused", notCreated(400, `{"version":"${hello.version}","input":{"seed":NaN}}`));
attack("a body that is no UTF-8 is refused", async (lab) => {
  const body = Buffer.concat([
    Buffer.from(`{"version":"${hello.version}","input":{"text":"`),
    Buffer.from([0xff, 0xc0, 0xaf]),
    Buffer.from('"}}'),
  ]);
  const answer = await lab.ask({ method: "POST", path: "/strict/v1/predictions", body });
  assert.equal(answer.status, 400);
  assert.equal(lab.reached().length, 0);
});
attack("a body of a hundred thousand brackets hurts nobody", notCreated(422, "[".repeat(100_000) + "]".repeat(100_000)));
attack(
  "a body that says it is too large is refused before it is sent",
  refused(413, create({}, runHello({ input: { text: "x".repeat(3000) } }), "/small/v1/predictions")),
);
attack("a body that turns out too large is refused", async (lab) => {
  await cutOff(lab, { method: "POST", path: "/small/v1/predictions", body: prepend('{"input":"', chunks(30, 100)) });
  assert.equal(lab.reached().length, 0);
});
/** 413, or a closed connection while the caller still writes, as in workerd. */
const cutOff = async (lab, request) => {
  const answer = await lab.ask(request).catch(({ code }) => code);
  assert.ok(answer.status === 413 || ["ECONNRESET", "EPIPE"].includes(answer), JSON.stringify(answer));
};
attack("a body that never ends is refused", async (lab) => {
  await cutOff(lab, { method: "POST", path: "/small/v1/predictions", body: prepend('{"input":"', chunks(Infinity, 1000)) });
  assert.equal(lab.reached().length, 0);
});
attack(
  "a bomb of compressed zeros is refused unread",
  refused(415, {
    method: "POST",
    path: "/strict/v1/predictions",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(Buffer.alloc(1 << 22)),
  }),
);
for (const encoding of ["identity", "br", "deflate, gzip", "nonsense"]) {
  attack(`Content-Encoding: ${encoding} is refused`, refused(415, create({ "content-encoding": encoding })));
}
attack("an upload that says it is too large is refused before it is sent", refused(413, upload(Buffer.alloc(9000))));
attack("an upload that turns out too large is cut off", async (lab) => {
  await cutOff(lab, upload(chunks(100, 1000)));
  assert.equal((await lab.direct("GET", "/files")).results.length, 0);
});

async function* chunks(count, size) {
  for (let i = 0; i < count; i++) yield Buffer.alloc(size, "x");
}

function upload(content) {
  const head = '--b\r\ncontent-disposition: form-data; name="content"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\n';
  const body =
    content instanceof Buffer ? Buffer.concat([Buffer.from(head), content, Buffer.from("\r\n--b--\r\n")]) : prepend(head, content);
  return { method: "POST", path: "/open/v1/files", headers: { "content-type": "multipart/form-data; boundary=b" }, body };
}

async function* prepend(head, content) {
  yield Buffer.from(head);
  yield* content;
}
