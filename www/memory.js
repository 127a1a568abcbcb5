/** Stores what survives a reload of this tab. */

/** @param {string} key @param {unknown} value undefined forgets it */
export function remember(key, value) {
  try {
    if (value === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // more than the browser keeps, or storage is switched off
  }
}

/** @param {string} key */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? undefined;
  } catch {
    return undefined;
  }
}
