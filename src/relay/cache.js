const entries = 1000;

/** A map that forgets its oldest entry for a new one, so that what is kept for speed does not grow with the callers. */
export class Cache extends Map {
  set(key, value) {
    if (this.size >= entries && !this.has(key)) this.delete(this.keys().next().value);
    return super.set(key, value);
  }
}
