// /v1/files: uploads, kept byte for byte. The OpenAPI file does not describe them; the object is `FileObject` of Replicate's own client.

import { paginate } from "./pagination.js";
import { isoTime } from "./prediction.js";
import { Problem, invalidFields, notFound } from "./problem.js";
import { randomId } from "./random.js";

/**
 * @typedef {object} StoredFile
 * @property {string} id
 * @property {string} name
 * @property {string} type
 * @property {Uint8Array} bytes
 * @property {string} sha256 hexadecimal
 * @property {Record<string, unknown>} metadata
 * @property {number} createdAt milliseconds since 1970
 */

const KEPT_MS = 24 * 60 * 60 * 1000;

/** @type {import("./router.js").Routes} */
export const fileRoutes = {
  "POST /files": async (context) => {
    const { request, state, links } = context;
    const form = await request.formData().catch(() => {
      throw new Problem(400, "Bad request", "The request body is not multipart form data.");
    });
    const content = form.get("content");
    if (!(content instanceof Blob))
      throw invalidFields([{ type: "required", field: "content", description: "content is required" }]);

    const bytes = new Uint8Array(await content.arrayBuffer());
    const file = {
      id: randomId(),
      name: content.name ?? "blob",
      type: content.type || "application/octet-stream",
      bytes,
      sha256: await digest(bytes),
      metadata: await readMetadata(form.get("metadata")),
      createdAt: state.clock.now(),
    };
    state.files.set(file.id, file);
    return Response.json(show(file, links), { status: 201 });
  },
  "GET /files": (context) =>
    paginate(context, [...context.state.files.values()].reverse(), "id", (file) => show(file, context.links)),
  "GET /files/:id": (context) => Response.json(show(find(context), context.links)),
  "DELETE /files/:id": (context) => {
    context.state.files.delete(find(context).id);
    return new Response(null, { status: 204 });
  },
  /** Replicate signs the URL of a download. Here the file's id is enough. */
  "GET /files/:id/download": (context) => {
    const { name, type, bytes } = find(context);
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
    return new Response(bytes, { headers: { "Content-Type": type, "Content-Disposition": disposition } });
  },
};

function show({ id, name, type, bytes, sha256, metadata, createdAt }, links) {
  return {
    id,
    name,
    content_type: type,
    size: bytes.length,
    etag: sha256,
    checksums: { sha256 },
    metadata,
    created_at: isoTime(createdAt),
    expires_at: isoTime(createdAt + KEPT_MS),
    urls: { get: links.api(`/files/${id}`) },
  };
}

/** Reads `metadata`, sent as a text field or as a part with its own content type. */
async function readMetadata(field) {
  const text = field instanceof Blob ? await field.text() : (field ?? "{}");
  try {
    const metadata = JSON.parse(text);
    if (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)) return metadata;
  } catch {
    // Answered below, like JSON that is not an object.
  }
  throw invalidFields([{ type: "invalid_type", field: "metadata", description: "metadata must be a JSON object" }]);
}

async function digest(bytes) {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function find({ state, params }) {
  const file = state.files.get(params.id);
  if (!file) throw notFound();
  return file;
}
