/** All that a page needs to send its first request, with this package. */

import init, { Replicate } from "replicate-wasm";

export async function start(fetch) {
  await init();
  new Replicate({ baseUrl: "/v1", fetch }).run("bench/model", { input: {} });
}
