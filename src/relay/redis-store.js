/**
 * Counts requests, creates and running predictions in Redis (or Valkey), for any number of relays.
 *
 * Each decision is one script, which Redis runs atomically, so two relays cannot exceed a limit. Time is the server's own,
 * so that the machines' clocks need not agree. All keys have one hash tag (a cluster keeps them together) and expire by
 * themselves.
 */
import { within } from "./clock.js";

// A client that has lost its connection keeps commands until it has another; a create cannot wait so long.
const answerMs = 5000;

/**
 * KEYS: creates of all, creates of the caller, slots of all, slots of the caller, notes of the caller, requests of the
 * caller. The first four are sorted sets of slots by time, the notes are a hash, the requests a number. If the clock was set
 * back, no create may count from the future, and no slot last longer than `slotMs` from now: `bound` moves later times to the
 * latest possible.
 */
const prologue = `
local clock = redis.call("TIME")
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function bound(key, latest)
  for _, id in ipairs(redis.call("ZRANGEBYSCORE", key, "(" .. latest, "+inf")) do redis.call("ZADD", key, latest, id) end
end
for slots = 3, 4 do redis.call("ZREMRANGEBYSCORE", KEYS[slots], "-inf", now) end
`;

/** ARGV: slot, caller, slotMs, retryMs, then the limits in the order of KEYS; -1 for none. */
const acquireScript = `${prologue}
local slot, slotMs, retryMs = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call("ZSCORE", KEYS[4], slot) then return { 1 } end
for creates = 1, 2 do
  redis.call("ZREMRANGEBYSCORE", KEYS[creates], "-inf", now - 60000)
  bound(KEYS[creates], now)
end
for slots = 3, 4 do bound(KEYS[slots], now + slotMs) end
local wait = 0
for list = 1, 4 do
  local limit = tonumber(ARGV[4 + list])
  local count = redis.call("ZCARD", KEYS[list])
  if limit >= 0 and count >= limit then
    local at
    if list <= 2 then
      at = limit > 0 and redis.call("ZRANGE", KEYS[list], count - limit, count - limit, "WITHSCORES")[2] or now
      wait = math.max(wait, at + 60000 - now)
    else
      at = redis.call("ZRANGE", KEYS[list], 0, 0, "WITHSCORES")[2] or now + retryMs
      wait = math.max(wait, math.min(retryMs, at - now))
    end
  end
end
if wait > 0 then return { 0, wait } end
local member = ARGV[2] .. " " .. slot
redis.call("ZADD", KEYS[1], now, member)
redis.call("ZADD", KEYS[2], now, member)
redis.call("ZADD", KEYS[3], now + slotMs, member)
redis.call("ZADD", KEYS[4], now + slotMs, slot)
for creates = 1, 2 do redis.call("PEXPIRE", KEYS[creates], 60000) end
for slots = 3, 4 do
  if redis.call("PTTL", KEYS[slots]) < slotMs then redis.call("PEXPIRE", KEYS[slots], slotMs) end
end
return { 1 }`;

/** ARGV: limit. The key expires a minute after the first request. */
const countRequestScript = `
local left = redis.call("PTTL", KEYS[6])
if left < 0 or left > 60000 then
  left = 60000
  redis.call("SET", KEYS[6], 0, "PX", left)
end
if redis.call("INCR", KEYS[6]) > tonumber(ARGV[1]) then
  redis.call("DECR", KEYS[6])
  return math.max(left, 1)
end
return 0`;

/** ARGV: slot, caller. */
const releaseScript = `
redis.call("ZREM", KEYS[3], ARGV[2] .. " " .. ARGV[1])
redis.call("HDEL", KEYS[5], ARGV[1])
return redis.call("ZREM", KEYS[4], ARGV[1])`;

/** ARGV: slot, caller. A create that was not sent takes nothing of the minute either. */
const undoScript = `
for creates = 1, 2 do redis.call("ZREM", KEYS[creates], ARGV[2] .. " " .. ARGV[1]) end
${releaseScript}`;

const heldScript = `${prologue}
return redis.call("ZRANGE", KEYS[4], 0, -1)`;

/** ARGV: slot, caller, note. */
const noteScript = `${prologue}
if not redis.call("ZSCORE", KEYS[4], ARGV[1]) then return 0 end
redis.call("HSET", KEYS[5], ARGV[1], ARGV[3])
redis.call("PEXPIRE", KEYS[5], math.max(1, redis.call("PTTL", KEYS[4])))
return 1`;

/** ARGV: slot. */
const notedScript = `${prologue}
if not redis.call("ZSCORE", KEYS[4], ARGV[1]) then return false end
return redis.call("HGET", KEYS[5], ARGV[1])`;

/** A slot may become free at any moment; this is when it is worth asking again. */
const slotRetryMs = 5000;

/**
 * A store for the option `store` of any number of relays.
 * @param {object} client a connected client of `redis` or `ioredis`, as it is
 * @param {{ prefix?: string, whenDown?: "refuse" | "allow" }} [options] `prefix` of the keys, "replicate-wasm"; what
 * happens to creates while Redis does not answer: "refuse" (503, the default) or "allow" (they are not limited)
 * @returns {import("./index.d.ts").LimitStore}
 * @throws {TypeError} at once, for what is no such client or no such option
 */
export function createRedisStore(client, { prefix = "replicate-wasm", whenDown = "refuse", ...others } = {}) {
  if (typeof client?.eval !== "function") {
    throw new TypeError("createRedisStore: the client must be a client of the package redis or ioredis.");
  }
  if (typeof prefix !== "string" || /[{}]/.test(prefix)) {
    throw new TypeError("createRedisStore: prefix must be a string without braces.");
  }
  if (whenDown !== "refuse" && whenDown !== "allow") {
    throw new TypeError('createRedisStore: whenDown must be "refuse" or "allow".');
  }
  for (const name in others) throw new TypeError(`createRedisStore: ${name} must be left out: there is no such option.`);
  const isIoredis = typeof client.defineCommand === "function";

  function keysOf(caller) {
    const tag = `{${prefix}}`;
    const own = (name) => `${tag}:${name}:${caller}`;
    return [`${tag}:creates`, own("creates"), `${tag}:slots`, own("slots"), own("notes"), own("requests")];
  }

  async function run(script, caller, ...parts) {
    const keys = keysOf(caller);
    const values = parts.map(String);
    return isIoredis ? client.eval(script, keys.length, ...keys, ...values) : client.eval(script, { keys, arguments: values });
  }

  const answered = (answer) => within(answerMs, answer, new Error("Redis did not answer within 5 seconds."));

  return {
    async acquire(caller, id, limits) {
      const counted = [limits.totalCreatesPerMinute, limits.createsPerMinute, limits.totalRunning, limits.running];
      const bounds = counted.map((limit) => (limit === Infinity ? -1 : limit));
      try {
        const answer = run(acquireScript, caller, id, caller, limits.slotMs, slotRetryMs, ...bounds);
        const [isOk, waitMs] = await answered(answer);
        return Number(isOk) === 1 ? { ok: true } : { ok: false, retryAfterMs: Number(waitMs) };
      } catch (error) {
        if (whenDown === "allow") return { ok: true };
        // It may have been counted all the same. The client sends this when Redis is back.
        run(undoScript, caller, id, caller).catch(() => {});
        throw error;
      }
    },

    async countRequest(caller, { requestsPerMinute }) {
      const retryAfterMs = Number(await answered(run(countRequestScript, caller, requestsPerMinute)));
      return retryAfterMs > 0 ? { ok: false, retryAfterMs } : { ok: true };
    },

    async release(caller, id) {
      await answered(run(releaseScript, caller, id, caller));
    },

    async held(caller) {
      return answered(run(heldScript, caller));
    },

    async note(caller, id, text) {
      await answered(run(noteScript, caller, id, caller, text));
    },

    async noted(caller, id) {
      return (await answered(run(notedScript, caller, id))) ?? undefined;
    },
  };
}
