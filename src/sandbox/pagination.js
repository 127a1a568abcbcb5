// Lists have pages: `{previous, next, results}`, both URLs absolute. A cursor names the row before or after its page, so a page does not
// shift when rows are added or deleted.

import { notFound } from "./problem.js";

/**
 * @template T
 * @param {import("./index.js").Context} context
 * @param {T[]} rows of all pages, in order
 * @param {keyof T} key the property that identifies a row
 * @param {(row: T) => unknown} show
 * @returns {Response}
 */
export function paginate({ url, path, links, state }, rows, key, show) {
  const { pageSize } = state.settings;
  const { before, after } = readCursor(url.searchParams.get("cursor"));
  let start = 0;
  if (after !== null) start = indexOf(rows, key, after) + 1;
  if (before !== null) start = Math.max(0, indexOf(rows, key, before) - pageSize);
  const page = rows.slice(start, start + pageSize);
  const link = (cursor) => `${links.api(path)}?cursor=${encodeURIComponent(btoa(new URLSearchParams(cursor)))}`;
  return Response.json({
    previous: start > 0 && page.length ? link({ before: page[0][key] }) : null,
    next: start + pageSize < rows.length ? link({ after: page.at(-1)[key] }) : null,
    results: page.map(show),
  });
}

function indexOf(rows, key, value) {
  const index = rows.findIndex((row) => row[key] === value);
  if (index < 0) throw notFound();
  return index;
}

function readCursor(cursor) {
  if (cursor === null) return { before: null, after: null };
  let fields;
  try {
    fields = new URLSearchParams(atob(cursor));
  } catch {
    throw notFound();
  }
  return { before: fields.get("before"), after: fields.get("after") };
}
