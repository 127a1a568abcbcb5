// What goes over the wire in these tests.

/** A `fetch` that writes down each request before it passes it on. */
export function recorded(fetch) {
  const requests = [];
  const recording = async (url, init = {}) => {
    const { pathname, search } = new URL(url);
    requests.push({
      line: `${init.method ?? "GET"} ${pathname}${search}`,
      url,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: init.body && JSON.parse(init.body),
      signal: init.signal,
    });
    return fetch(url, init);
  };
  return Object.assign(recording, { requests });
}

/** A server that accepts every request and answers none. */
export const silent = (url, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** A server that gives each request the next of these answers, and the last one again and again. */
export function answering(...answers) {
  return async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  };
}

/** Waits until something is so, by letting everything else run. */
export async function until(condition) {
  for (let turn = 0; turn < 10_000; turn++) {
    if (condition()) return;
    await new Promise(setImmediate);
  }
  throw new Error(`Never came true: ${condition}`);
}
