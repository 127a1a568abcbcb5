/** Unknown callers. */
import assert from "node:assert/strict";
import { attack, create, refused } from "./table.mjs";

attack("nobody is 401", refused(401, create({ authorization: "" })));
attack(
  "nobody with a forwarded identity is 401",
  refused(401, create({ authorization: "", "x-forwarded-user": "admin", cookie: "user=admin" })),
);
attack("a caller that authorize refuses gets its own answer", refused(403, create({ authorization: "Bearer banned" })));
attack("an authorize that throws lets nobody in and tells nothing", async (lab) => {
  const answer = await lab.ask(create({ authorization: "Bearer broken" }));
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.text, /session store|down/);
  assert.equal(lab.reached().length, 0);
});
