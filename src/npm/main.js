/** Everything that the package exports beside `init()`. No `import.meta` here, nor in what it imports: Jest cannot read that. */

export { PredictionStream } from "./host.js";
export { ReplicateError, ReplicateError as ApiError } from "./error.js";
export { FileOutput, ImageResponse } from "./files.js";
export { parseProgressFromLogs } from "./progress.js";
export { validateWebhook } from "./webhooks.js";
export { Cog } from "./cog.js";
export { Replicate } from "./client.js";
export { ReplicateHome } from "./home.js";
