/** Not Rust: subclasses of the generated classes. It adds what glue lacks, and the resources to `Replicate`. */

import * as glue from "./replicate.js";
import { clean, guarded, iterable } from "./classes.js";
import { paginate, resources } from "./resources.js";

const { prototype } = glue.Replicate;
// What the resources call is no part of the public interface.
const { requestWhole, encodeInput } = prototype;
delete prototype.requestWhole;
delete prototype.encodeInput;

/** The resources are plain objects over `request()`, so their methods work without `this`. */
class WithResources extends clean(glue.Replicate) {
  constructor(options) {
    super(options);
    this.request = this.request.bind(this);
    const request = requestWhole.bind(this);
    const encode = encodeInput.bind(this);
    Object.assign(this, resources(request, encode, { cancelAfter: options?.cancelAfter }));
  }

  /** Iterates over the pages of a list. */
  paginate(endpoint, options) {
    return paginate(requestWhole.bind(this), endpoint, options);
  }
}
Object.defineProperty(WithResources, "name", { value: "Replicate" });

export const Replicate = guarded(WithResources);
export const Cog = guarded(clean(glue.Cog));
export const ReplicateHome = guarded(clean(glue.ReplicateHome), "call ReplicateHome.createAsyncGenerator()");
export const PredictionStream = guarded(iterable(clean(glue.PredictionStream)), "stream() and streamText() of a client return streams");
