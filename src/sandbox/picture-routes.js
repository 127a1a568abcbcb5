// The pictures of image predictions, drawn on request: `…/files/<prediction id>/out-<n>.png`.

import { notFound } from "./problem.js";

/**
 * @param {import("./index.js").Context} context
 * @param {string} file the path below `files/`
 * @returns {Response}
 */
export function answerPicture({ request, state }, file) {
  const [, id, index] = file.match(/^(\w+)\/out-([0-3])\.png$/) ?? [];
  const prediction = state.predictions.get(id);
  const { num_outputs = 1 } = prediction?.input ?? {};
  if (!prediction?.kind.drawn || Number(index) >= num_outputs || !["GET", "HEAD"].includes(request.method))
    throw notFound();

  const headers = {
    "Content-Type": "image/png",
    "Cache-Control": "public, max-age=3600, immutable", // "expire after about an hour"
    ETag: `"${id}-${index}"`,
    "Access-Control-Allow-Origin": "*", // "may be read cross-origin"
  };
  if (request.headers.get("If-None-Match") === headers.ETag) return new Response(null, { status: 304, headers });
  const png = prediction.draw(Number(index));
  headers["Content-Length"] = String(png.length);
  return new Response(request.method === "HEAD" ? null : png, { headers });
}
