/** The chip in the header: which backend answers this page, and the health of a Cog server. */
import { Cog } from "/pkg/index.js";

/** @typedef {{ kind: "sandbox" | "relay" | "cog", base: string, models?: string[], server?: string, pollIntervalMs?: number }} Backend of `demo.json` */

/** The interval between two health requests to a Cog server. */
const askEveryMs = 5000;

const words = {
  sandbox: () => "Sandbox: answers are made up",
  relay: () => "Replicate: on your account",
  cog: ({ server }, health) => `Cog at ${new URL(server).host}: ${health}`,
};

const healthWords = {
  READY: "ready",
  BUSY: "busy",
  STARTING: "starting",
  SETUP_FAILED: "set-up failed",
  DEFUNCT: "down",
  UNHEALTHY: "down",
};

/** @param {Backend} backend @param {HTMLElement} chip */
export function showBackend(backend, chip) {
  const show = (health, tone) => {
    chip.dataset.tone = tone;
    const text = words[backend.kind](backend, health);
    chip.querySelector(".words").textContent = text;
    chip.title = text;
  };
  show("asking", backend.kind === "relay" ? "live" : "calm");
  if (backend.kind !== "cog") return;

  const cog = new Cog({ baseUrl: backend.base, maxRetries: 0 });
  const ask = async () => {
    if (document.hidden) return;
    try {
      const { status } = await cog.health();
      const health = healthWords[status] ?? status.toLowerCase();
      show(health, { ready: "live", busy: "busy", starting: "busy" }[health] ?? "wrong");
    } catch {
      show("down", "wrong");
    }
  };
  setInterval(ask, askEveryMs);
  document.addEventListener("visibilitychange", ask);
  addEventListener("turn", ask); // it is busy while it answers
  ask();
}
