/** Not Rust: the package's main entry, everything once `init()` has loaded the module. */

import * as glue from "./replicate.js";
import { clean, guarded, iterable } from "./classes.js";
import { paginate, resources } from "./resources.js";

export { init as default } from "./load.js";
export { ReplicateError, ReplicateError as ApiError } from "./error.js";
export { FileOutput, ImageResponse } from "./files.js";
export { parseProgressFromLogs } from "./progress.js";
export { validateWebhook } from "./webhooks.js";

/** The resources are a table over `request()`: their methods need no `this`. */
class WithResources extends clean(glue.Replicate) {
  constructor(options) {
    super(options);
    this.request = this.request.bind(this);
    Object.assign(this, resources(this.request, (input, options) => this.encodeInput(input, options)));
  }

  /** The pages of a list, one after another. */
  paginate(endpoint, options) {
    return paginate(this.request, endpoint, options);
  }
}
Object.defineProperty(WithResources, "name", { value: "Replicate" });

export const Replicate = guarded(WithResources);
export const Cog = guarded(clean(glue.Cog));
export const ReplicateHome = guarded(clean(glue.ReplicateHome));
export const PredictionStream = guarded(iterable(clean(glue.PredictionStream)));
