/** The same with `replicate`. */

import Replicate from "replicate";

export async function start(fetch) {
  const options = { baseUrl: `${location.origin}/v1`, auth: "none", fetch };
  new Replicate(options).run("bench/model", { input: {} });
}
