/** A prediction that was still running when the page was reloaded: it goes on, so the page can take it up again. */

const key = "unfinished";

/** @param {object} state plain data; a stream in it becomes its handle */
export function keep(state) {
  sessionStorage.setItem(key, JSON.stringify(state));
}

/** What was kept, once: a state that cannot be taken up must not come back with every reload. */
export function takeUp() {
  const kept = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return kept ? JSON.parse(kept) : undefined;
}
