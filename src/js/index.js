/** The package's main entry: everything, once `init()` has loaded the module. */

import { load } from "./load.js";

export { PredictionStream } from "./web/host.js";
export { ReplicateError, ReplicateError as ApiError } from "./web/error.js";
export { FileOutput, ImageResponse } from "./web/files.js";
export { parseProgressFromLogs } from "./web/progress.js";
export { validateWebhook } from "./web/webhooks.js";
export { Cog } from "./cog.js";
export { Replicate } from "./client.js";
export { ReplicateHome } from "./home.js";

let loading;

/** Loads the module once; concurrent calls share one load, and one that failed can be tried again. */
export default function init(moduleOrPath) {
  loading ??= load(moduleOrPath).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
