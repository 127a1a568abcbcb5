/**
 * Creates, the requests that cost money. Each check comes before anything is spent, the cheap ones first: the body, the
 * list of models, a slot, what only Replicate knows of the model, and at last the create itself.
 */
import { checkJsonType, readJsonBody } from "./body.js";
import { nowMs } from "./clock.js";
import { clampPrefer, shorterCancelAfter } from "./deadline.js";
import { notListed } from "./models.js";
import { orderRules, readOrder } from "./order.js";
import { isId, predictionTexts } from "./rewrite.js";

/**
 * @returns a function that sends a create, and returns Replicate's answer and the slot that the prediction holds
 */
export function createCreator({ config, upstream, policy, slots }) {
  return async function create(request, { path: route, kind }, params, { caller, visit }) {
    const { headers } = request;
    const { signal } = visit;
    checkJsonType(headers);
    const rules = orderRules({ kind, params, allow: config.allow });
    const order = readOrder(await readJsonBody(request, config.limits.bodyBytes, visit, rules), route, params);
    const sent = { "content-type": "application/json" };
    if (kind === "prediction") {
      sent.prefer = clampPrefer(headers.get("prefer"));
      sent["cancel-after"] = shorterCancelAfter(headers.get("cancel-after"), config.cancelAfter);
    }
    if (order.reference && !policy.check(order.reference)) throw notListed();

    const slot = await slots.take(caller, signal);
    const list = kind === "training" ? "/trainings" : "/predictions";
    const startMs = nowMs();
    let fate = "unsent";
    try {
      await confirm(order.reference ?? (await policy.deployed(order.deployment, signal)), signal);
      signal.throwIfAborted();
      fate = "unknown";
      const answer = await upstream.request(order.path, { method: "POST", headers: sent, body: order.body }, visit);
      const json = await answer.json([...predictionTexts, "model", "version"]);
      fate = fateOf(answer, json);
      if (fate === "made") await slots.hold(caller, slot, `${list}/${json.texts.id}`);
      if (order.deployment && fate === "made") await checkDeployed(json.texts, list, signal);
      return { answer, json, slot };
    } catch (error) {
      if (error.isUnsent) fate = "unsent";
      throw error;
    } finally {
      if (fate === "unsent" || fate === "refused") await slots.free(caller, slot);
      else if (fate !== "made") slots.lose(caller, slot, list, startMs, fate === "answered");
    }
  };

  async function confirm(reference, signal) {
    if (!(await mayRun(reference, signal))) throw notListed();
  }

  async function mayRun(reference, signal) {
    const listed = reference && policy.check(reference);
    if (!listed || listed === true) return Boolean(listed);
    return policy.owns(listed, reference.version, signal);
  }

  /** Cancels the prediction if the deployment was moved to an unlisted model between the check and the create. */
  async function checkDeployed({ id, model, version }, list, signal) {
    const reference = /^[\w.-]+\/[\w.-]+$/.test(model) && /^\w{8,}$/.test(version) ? { model, version } : undefined;
    if (reference === undefined || (await mayRun(reference, signal))) return;
    const cancel = await upstream.request(`${list}/${id}/cancel`, { method: "POST" }, { signal });
    await cancel.texts([]);
    throw notListed();
  }
}

/**
 * What became of a create, as its answer tells: "made"; "refused"; "answered", by something between the relay and
 * Replicate, so that a prediction may run; "unknown", by a gateway that did not wait for Replicate, which may still be at work.
 */
function fateOf({ ok, status }, json) {
  if (json === undefined) return status < 500 && !ok ? "refused" : ok || status === 503 ? "answered" : "unknown";
  if (!ok) return "refused";
  return isId(json.texts.id) ? "made" : "answered";
}
