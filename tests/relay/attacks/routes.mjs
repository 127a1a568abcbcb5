/** Routes and methods that are not allowed. */
import assert from "node:assert/strict";
import { hello } from "../relays.mjs";
import { attack, refused } from "./table.mjs";

for (const [method, path] of [
  ["GET", "/account"],
  ["GET", "/webhooks/default/secret"],
  ["GET", "/predictions"],
  ["GET", "/trainings"],
  ["GET", "/files"],
  ["POST", "/files"],
  ["GET", "/files/abc"],
  ["DELETE", "/files/abc"],
  ["GET", "/deployments"],
  ["GET", "/deployments/acme/app"],
  ["POST", "/deployments"],
  ["PATCH", "/deployments/acme/app"],
  ["DELETE", "/deployments/acme/app"],
  ["POST", "/deployments/acme/app/predictions"],
  ["GET", "/models"],
  ["QUERY", "/models"],
  ["POST", "/models"],
  ["DELETE", "/models/replicate/hello-world"],
  ["GET", "/models/google-deepmind/gemma-2b-it"],
  ["GET", "/models/replicate/hello-world/versions"],
  ["POST", `/models/replicate/hello-world/versions/${hello.version}/trainings`],
  ["GET", "/hardware"],
  ["GET", "/collections"],
]) {
  attack(
    `${method} ${path.replace(hello.version, "…")} is refused unless it is allowed`,
    refused(403, { method, path: `/strict/v1${path}`, ...(/^[PQ]/.test(method) && { body: "{}" }) }),
  );
}
attack("DELETE of a prediction does not exist", refused(405, { method: "DELETE", path: "/strict/v1/predictions/abc" }));
attack("PUT of a prediction does not exist", refused(405, { method: "PUT", path: "/strict/v1/predictions/abc", body: "{}" }));
attack("HEAD is no way around", refused(405, { method: "HEAD", path: "/strict/v1/predictions/abc" }));
for (const header of ["x-http-method-override", "x-http-method", "x-method-override"]) {
  attack(`${header} overrides nothing`, async (lab) => {
    const answer = await lab.ask({
      method: "POST",
      path: "/strict/v1/models/replicate/hello-world",
      headers: { [header]: "DELETE" },
      body: "{}",
    });
    assert.equal(answer.status, 405);
    assert.equal(lab.reached().length, 0);
  });
}
attack(
  "_method in the query overrides nothing",
  refused(405, { method: "POST", path: "/strict/v1/models/replicate/hello-world?_method=GET", body: "{}" }),
);
