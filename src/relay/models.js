/**
 * Which models may run. A name is looked up in the list. A version is a bare hash that says nothing about its model,
 * so it must be listed itself, or Replicate must confirm that it belongs to a model that may run.
 */
import { Cache } from "./cache.js";
import { nowMs } from "./clock.js";
import { Problem } from "./problem.js";

// A version may be pushed or deleted: a minute is a fair wait for that.
const cachedMs = 60_000;
const longestReference = 300;

/**
 * "owner/name", "owner/name:version" or "version" taken apart; `undefined` for anything else.
 * @returns {{ model?: string, version?: string } | undefined}
 */
export function parseReference(text) {
  // A regular expression takes ["owner/name"] for its text; Replicate may not.
  if (typeof text !== "string" || text.length > longestReference) return undefined;
  return /^(?=.)(?:(?<model>[a-z\d][\w.-]*\/[a-z\d][\w.-]*)(?::(?=.)|$))?(?<version>[\w-]*)$/i.exec(text)?.groups;
}

/**
 * @param {string[]} entries "owner/name", "owner/*", "owner/name:version"
 * @param {ReturnType<typeof import("./upstream.js").createUpstream>} upstream
 */
export function createModelPolicy(entries, upstream) {
  const names = entries.filter((entry) => !/[:*]/.test(entry));
  const versions = new Cache();

  const isNamed = (model) => names.includes(model) || entries.includes(`${model.split("/")[0]}/*`);

  /** Does Replicate know this version of this model? Its answer is kept for a minute. */
  async function exists(model, version, signal) {
    const path = `/models/${model}/versions/${version}`;
    const kept = versions.get(path);
    if (kept?.until > nowMs()) return kept.exists;
    const exists = (await upstream.look(path, [], signal)) !== undefined;
    versions.set(path, { exists, until: nowMs() + cachedMs });
    return exists;
  }

  return {
    /** Is the model in the list in any form? Then its description is no secret. */
    lists: (model) => isNamed(model) || entries.some((entry) => entry.startsWith(`${model}:`)),

    /**
     * What the list alone says: `true`, `false`, or the models of which one must own the version.
     * @param {{ model?: string, version?: string }} reference
     * @returns {boolean | string[]}
     */
    check({ model, version }) {
      if (!version) return isNamed(model);
      if (entries.some((entry) => (model ? entry === `${model}:${version}` : entry.endsWith(`:${version}`)))) {
        return true;
      }
      return model ? isNamed(model) && [model] : names;
    },

    /** Is this a version of one of the models? */
    async owns(models, version, signal) {
      const answers = await Promise.allSettled(models.map((model) => exists(model, version, signal)));
      if (answers.some(({ value }) => value)) return true;
      for (const { reason } of answers) if (reason) throw reason;
      return false;
    },

    /** The model and version that a deployment runs now. It is asked each time: it may move at any moment. */
    async deployed(deployment, signal) {
      const found = await upstream.lookUp(`/deployments/${deployment}`, signal);
      return found?.value?.current_release;
    },
  };
}

/** The one refusal for whatever is not listed: it does not say what exists. */
export function notListed() {
  return new Problem(403, "This model may not be run here: the relay's option models does not list it.");
}
