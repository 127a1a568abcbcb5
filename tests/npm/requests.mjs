// Functions in place of `fetch`.

/** A `fetch` that records each request before it passes it on. */
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

/** A server that answers no request. */
export const silent = (url, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** A server that gives these answers in order, and the last one repeatedly. */
export function answering(...answers) {
  return async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  };
}

/** Waits until a condition is true, while everything else runs. */
export async function until(condition) {
  for (let turn = 0; turn < 10_000; turn++) {
    if (condition()) return;
    await new Promise(setImmediate);
  }
  throw new Error(`The condition did not become true: ${condition}`);
}
