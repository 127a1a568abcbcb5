/**
 * What the figures say: a row for each, what it is compared with, the ratio, the goal and whether it is met.
 *
 * @typedef {{ name: string, theirs?: number | number[], ratio?: number, goal?: string, met?: boolean, note?: string }} Comparison
 * @typedef {{ figure: string, unit: string, ours: number | number[], compared: Comparison[] }} Row
 */

/** What two clients differ by when both do the same: a turn of the event loop, and a request's way. */
const SAME_MS = 10;

const names = {
  replicate: "`replicate`",
  EventSource: "`EventSource`",
  generator: "generator",
  class: "class",
  handTuned: "hand-tuned",
  bytes: "bytes alone",
};

/** How many times their value ours goes into theirs; at least so many is the goal. */
const faster = (name, theirs, ours, least) => {
  const ratio = theirs / ours;
  return { name, theirs, ratio, ...(least && { goal: `≥ ${least} ×`, met: ratio >= least }) };
};

/** Ours as a part of theirs; at most so much is the goal. */
const within = (name, theirs, ours, most) => {
  const ratio = ours / theirs;
  return { name, theirs, ratio, goal: `≤ ${most} × its time`, met: ratio <= most };
};

/** @returns {Row[]} */
export const rows = ({ streams, runs, sizes, load, memory, loops, files, demo }) => [
  ...overTheNetwork(streams.network, 4_000, { streamText: { replicate: 100 }, stream: { replicate: 100 } }),
  ...overTheNetwork(streams.network, 200_000, {
    streamText: { EventSource: 30, generator: 1.4 },
    stream: { EventSource: 30, generator: 1 },
  }),
  ...["streamText", "stream"].map((way) => growth(way, streams.memory)),
  ...Object.entries({ streamText: 1, stream: 1.2 }).map(([way, most]) => inMemory(way, streams.single, most)),
  ...["block", "poll"].flatMap((mode) => waiting(mode, runs)),
  ...size(sizes),
  {
    figure: "`import` and `init()` to the first request, warm cache",
    unit: "ms",
    ours: load["replicate-wasm"],
    compared: [within("`replicate`", load.replicate, load["replicate-wasm"], 2.5)],
  },
  ...slowLoad(load),
  ...(memory ? [openStreams(memory), ...finishedStreams(memory), ...heldStreams(memory)] : []),
  ...(loops ? Object.keys(loops).map((way) => loop(way, loops[way])) : []),
  ...Object.keys(files).map((strategy) => file(strategy, files[strategy])),
  ...(demo ? demoPage(demo) : []),
];

const count = (number) => number.toLocaleString("en");

const overTheNetwork = (times, events, goals) =>
  Object.entries(goals).map(([way, least]) => {
    const { streamText, stream, ...others } = times[events];
    const ours = { streamText, stream }[way];
    const compared = Object.keys(names).filter((name) => name in others).map((name) => faster(names[name], others[name], ours, least[name]));
    return { figure: `${count(events)} events, \`${way}\``, unit: "ms", ours, compared };
  });

function growth(way, times) {
  const perEvent = (events) => times[events][way] / events;
  const ratio = perEvent(200_000) / perEvent(20_000);
  const figure = `time of an event at 200,000 over 20,000, \`${way}\``;
  return { figure, unit: "×", ours: ratio, compared: [{ name: "", goal: "≤ 1.25", met: ratio <= 1.25 }] };
}

function inMemory(way, times, most) {
  const [[events, { [way]: ours, ...others }]] = Object.entries(times);
  const compared = [within("generator", others.generator, ours, most), faster("class", others.class, ours)];
  return { figure: `in memory, one event a chunk, ${count(Number(events))} events, \`${way}\``, unit: "ms", ours, compared };
}

function waiting(mode, runs) {
  const what = `${mode === "block" ? "`run`" : "`run`, polling"}, predictions of ${runs.map(({ seconds }) => seconds).join(", ")} s`;
  return [
    ["time past the server's end", "ms", "lateMs", SAME_MS, `never ${SAME_MS} ms later`],
    ["requests", "", "requests", 0, "never more"],
  ].map(([title, unit, key, tolerance, goal]) => {
    const [ours, theirs] = ["ours", "theirs"].map((client) => runs.map((run) => run[client][mode][key]));
    const met = ours.every((value, i) => value <= theirs[i] + tolerance);
    return { figure: `${what}: ${title}`, unit, ours, compared: [{ name: "`replicate`", theirs, goal, met }] };
  });
}

function size(sizes) {
  const [ours, ...others] = ["replicate-wasm", "replicate", "@fal-ai/client"].map((name) => Object.values(sizes[name]));
  const goal = { name: "", goal: "≤ 75,000 with brotli", met: ours[2] <= 75_000 };
  const compared = [{ name: "`replicate`", theirs: others[0] }, { name: "`@fal-ai/client`", theirs: others[1] }, goal];
  const all = { figure: "to load: raw, gzip, brotli", unit: "bytes", ours, compared };
  const alone = sizes["ReplicateHome alone"];
  return alone ? [all, { figure: "the same, with `ReplicateHome` alone", unit: "bytes", ours: Object.values(alone), compared: [] }] : [all];
}

/** Reported, without a goal. */
function slowLoad({ slow }) {
  if (!slow) return [];
  const compared = [{ name: "`replicate`", theirs: slow.replicate }];
  return [{ figure: "the same with nothing cached, at 1.6 Mbit/s and 150 ms", unit: "ms", ours: slow["replicate-wasm"], compared }];
}

const kilobytes = ({ heap, browser, wasm }) => (heap + browser + wasm) / 1000;

function openStreams({ streams, ours, theirs }) {
  const [mine, other] = [ours, theirs].map(({ open }) => kilobytes(open.growth) / streams.open);
  const figure = `memory of each of ${streams.open} open streams, wasm included`;
  return { figure, unit: "kB", ours: mine, compared: [{ ...faster("`replicate`", other, mine), goal: "less", met: mine < other }] };
}

function finishedStreams({ streams, ours, theirs }) {
  const total = ({ finished }) => kilobytes(finished.after) / kilobytes(finished.before);
  const [mine, other] = [ours, theirs].map(total);
  const figure = `memory after ${count(streams.finished)} finished streams over that after a tenth of them, wasm included`;
  const goal = { goal: "≤ 1.1", met: mine <= 1.1 };
  return [{ figure, unit: "×", ours: mine, compared: [{ name: "`replicate`", theirs: other, ...goal }] }];
}

function heldStreams({ streams, held }) {
  if (held === undefined) return [];
  const each = held / streams.held;
  const goal = { name: "", goal: "≤ 64 bytes", met: each <= 64 };
  return [{ figure: "wasm memory of each finished stream whose handle is kept", unit: "bytes", ours: each, compared: [goal] }];
}

/** A handle that is no longer referenced is freed by a finalizer, which needs a turn of the event loop. */
function loop(way, { looped, afterTurn }) {
  const goals = [
    { name: "", goal: "≤ 1,000 bytes", met: looped <= 1000 },
    { name: "after one turn", theirs: Math.max(0, Math.round(afterTurn)), goal: "≤ 100 bytes", met: afterTurn <= 100 },
  ];
  return { figure: `Node's heap for each finished \`${way}\` of a loop that never yields`, unit: "bytes", ours: Math.round(looped), compared: goals };
}

/** `replicate` puts no large file into a request by itself: only the uploads compare. */
function file(strategy, { ours, theirs }) {
  const figure = `a Blob input of 8 MB, ${strategy === "upload" ? "uploaded" : "as a data URI"}`;
  const name = "`replicate`";
  const compared = theirs.error ? { name, note: "fails" } : faster(name, theirs.ms, ours.ms, strategy === "upload" && 2);
  return { figure, unit: "ms", ours: ours.ms, compared: [compared] };
}

/** Of the demo page: 20,000 tokens in a quarter of a second, and a start at 400 ms latency and 50 kB/s. */
const demoPage = ({ longestTaskMs, stopMs, typingMs, sendingMs }) =>
  [
    ["the demo, 20,000 tokens: longest task", longestTaskMs, 100],
    ["the demo, 20,000 tokens: Stop to its frame", stopMs, 17],
    ["the demo, slow network: a message can be written", typingMs, 1500],
    ["the demo, slow network: Send works", sendingMs, 4000],
  ].map(([figure, ours, most]) => ({ figure, unit: "ms", ours, compared: [{ name: "", goal: `≤ ${most.toLocaleString("en")} ms`, met: ours <= most }] }));
