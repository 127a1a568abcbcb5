/** The package's main entry: everything, once `init()` has loaded the module. */

import { load } from "./load.js";

export { PredictionStream } from "./host.js";
export { ReplicateError, ReplicateError as ApiError } from "./error.js";
export { FileOutput, ImageResponse } from "./files.js";
export { parseProgressFromLogs } from "./progress.js";
export { validateWebhook } from "./webhooks.js";
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
