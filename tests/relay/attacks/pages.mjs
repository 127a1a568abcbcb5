/** Pages of other origins. */
import assert from "node:assert/strict";
import { attack, create, get, refused } from "./table.mjs";

for (const [name, origin] of [
  ["of another site", "https://evil.example"],
  ["of another port", "http://127.0.0.1:1"],
  ["of a listed name with another scheme", "http://app.example"],
  ["of a listed name with another port", "https://app.example:8443"],
  ["whose name starts with a listed one", "https://app.example.evil.example"],
  ["whose name ends with a listed one", "https://evil-app.example"],
  ["with a listed name as its user", "https://app.example@evil.example"],
  ["in capitals", "HTTPS://APP.EXAMPLE"],
  ["with a path", "https://app.example/"],
  ["that is null (a sandboxed frame)", "null"],
  ["that is two", "https://app.example, https://evil.example"],
]) {
  attack(`an origin ${name} is refused`, refused(403, create({ origin })));
}
attack(
  "a null origin is refused even where the browser says same-origin",
  refused(403, create({ origin: "null", "sec-fetch-site": "same-origin" })),
);
attack(
  "an image or a link of another site is refused though it has no Origin",
  refused(403, get("/strict/v1/models/replicate/hello-world", { "sec-fetch-site": "cross-site" })),
);
attack(
  "a page of a sister domain is refused",
  refused(403, get("/strict/v1/models/replicate/hello-world", { "sec-fetch-site": "same-site" })),
);
attack(
  "an address typed into the browser is refused",
  refused(403, get("/strict/v1/models/replicate/hello-world", { "sec-fetch-site": "none" })),
);
attack("a preflight of another site gets no CORS headers", async (lab) => {
  const answer = await lab.ask({
    method: "OPTIONS",
    path: "/strict/v1/predictions",
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });
  assert.equal(answer.status, 403);
  assert.deepEqual(
    Object.keys(answer.headers).filter((name) => name.startsWith("access-control")),
    [],
  );
});
attack("a preflight of a listed site reaches nobody", async (lab) => {
  const answer = await lab.ask({
    method: "OPTIONS",
    path: "/strict/v1/account",
    headers: { origin: "https://app.example", authorization: "" },
  });
  assert.equal(answer.status, 204);
  assert.equal(lab.reached().length, 0);
});
