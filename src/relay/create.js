/**
 * The requests that cost money. In this order, so that each refusal comes before anything is spent: the
 * body, what it asks for, the list of models, the limits, what only Replicate can tell, the create itself.
 */
import { bodyText } from "./body.js";
import { clampPrefer, durationMs, shorterCancelAfter } from "./deadline.js";
import { newSlot } from "./ids.js";
import { isObject, joinObject, splitObject } from "./json.js";
import { notListed, parseReference } from "./models.js";
import { Problem, tooMany } from "./problem.js";
import { fillPath } from "./routes.js";

const invalid = (detail) => new Problem(422, detail);

/**
 * @returns a function that sends a create and gives Replicate's answer with the slot it holds
 */
export function createCreator({ config, upstream, policy, release }) {
  return async function create(request, route, kind, params, caller) {
    const { headers, signal } = request;
    const { reference, deployment, path, body } = readOrder(
      await bodyText(request, config.limits.bodyBytes),
      route,
      kind,
      params,
      config.allow,
    );
    const sent = { "content-type": "application/json" };
    if (kind === "prediction") {
      sent.prefer = clampPrefer(headers.get("prefer"));
      sent["cancel-after"] = shorterCancelAfter(headers.get("cancel-after"), config.cancelAfter);
    }
    if (reference && !policy.check(reference)) throw notListed();

    const slot = newSlot();
    const slotMs = Math.min(config.limits.slotMs, durationMs(sent["cancel-after"]) ?? Infinity);
    const permit = await config.store.acquire(caller, slot, { ...config.limits, slotMs });
    if (!permit.ok) throw tooMany("Too many predictions.", permit.retryAfterMs);

    let isSent = false;
    try {
      await confirm(reference ?? (await policy.deployed(deployment, signal)), signal);
      isSent = true;
      const answer = await upstream.request(path, { method: "POST", headers: sent, body }, signal);
      if (!answer.ok) await release(caller, slot);
      return { answer, slot };
    } catch (error) {
      // A create that was cut off (499, 504) may run all the same: its slot is freed by time.
      if (!isSent || (error.status !== 499 && error.status !== 504)) await release(caller, slot);
      throw error;
    }
  };

  async function confirm(reference, signal) {
    const listed = reference && policy.check(reference);
    if (!listed || (listed !== true && !(await policy.owns(listed, reference.version, signal)))) throw notListed();
  }
}

/** What a body asks for and how it goes on: its bytes, where nothing has to change. */
function readOrder(body, route, kind, params, allow) {
  const { owner, name, version } = params;
  const path = fillPath(route, params);
  if (!owner) return readReference(body, readMembers(body, ["input", "stream", "model", "version"], allow));
  readMembers(body, kind === "training" ? ["input", "destination"] : ["input", "stream"], allow);
  const model = `${owner}/${name}`;
  return path.startsWith("/deployments")
    ? { path, body, deployment: model }
    : { path, body, reference: { model, version } };
}

/** A body that names what to run, as `version`, as the provider's `model` and `version`, or as `model`. */
function readReference(body, { model: modelText, version: versionText, ...rest }) {
  const named = [modelText, versionText].filter(Boolean).map((text) => parseReference(JSON.parse(text)));
  if (!named[0] || named.includes(undefined) || (modelText && !named[0].model)) {
    throw invalid("The body must name a version or a model.");
  }
  const [model, version] = ["model", "version"].map((part) => {
    const [value, another] = new Set(named.map((reference) => reference[part]).filter(Boolean));
    if (another) throw invalid("The model and the version do not agree.");
    return value;
  });
  const reference = { model, version };
  const others = Object.entries(rest);
  if (!version) return { path: `/models/${model}/predictions`, body: joinObject(others), reference };
  // Replicate takes a version without its model.
  if (model) body = joinObject([["version", JSON.stringify(version)], ...others]);
  return { path: "/predictions", body, reference };
}

/** The members of a body as texts, when they are among those that may be there. */
function readMembers(body, keys, allow) {
  try {
    JSON.parse(body);
  } catch {
    throw new Problem(400, "The body must be a JSON object.");
  }
  if (!isObject(body)) throw invalid("The body must be a JSON object.");
  const pairs = splitObject(body);
  const members = Object.fromEntries(pairs);
  // Of two equal keys one reader takes the first, another the last: what was checked must be what runs.
  if (Object.keys(members).length < pairs.length) throw invalid("The body has a key twice.");

  const isWebhook = ([key]) => /^webhook/i.test(key);
  if ([...pairs, ...splitObject(members.input)].some(isWebhook) && !allow.includes("webhooks"))
    throw invalid("Webhooks are not allowed here.");
  // Replicate refuses unknown keys too; here a new one must not open what `allow` keeps shut.
  if (pairs.some((pair) => !keys.includes(pair[0]) && !isWebhook(pair))) {
    throw invalid(`The body may have ${keys.join(", ")} and nothing else.`);
  }
  return members;
}
