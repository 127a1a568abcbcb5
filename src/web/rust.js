/** How a Rust app's requests are sent: what `options.js` makes of options, made of plain values. */
export const rustTransport = (input, fetch, token) => ({
  fetch: fetch ?? globalThis.fetch,
  headers: new Headers(),
  token: token && (() => token),
  body: () => ({ input }),
});
