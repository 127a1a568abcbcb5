/** Not Rust: a module's exports are JavaScript's. It lists those of the package besides `init()`. */

export { Cog, PredictionStream, Replicate, ReplicateHome } from "./client.js";
export { ReplicateError, ReplicateError as ApiError } from "./error.js";
export { FileOutput, ImageResponse } from "./files.js";
export { parseProgressFromLogs } from "./progress.js";
export { validateWebhook } from "./webhooks.js";
