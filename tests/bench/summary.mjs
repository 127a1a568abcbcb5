// The three figures that the README shows, as a table and as a chart.

import { engine, number } from "./table.mjs";

/**
 * @typedef {{ title: string, unit: string, values: [name: string, value: number][] }} Figure the first value is this package's
 *
 * @returns {Figure[]}
 */
export function figures({ page: { streams, memory, sizes } }) {
  const { streamText, replicate, EventSource } = streams.network[4_000];
  const perStream = ({ open: { growth } }) => (growth.heap + growth.browser + growth.wasm) / 1000 / memory.streams.open;
  const loaded = ["replicate-wasm", "replicate", "@fal-ai/client"].map((name) => [name, sizes[name].brotli / 1000]);
  return [
    { title: "Time to read 4,000 events of text", unit: "ms", values: [["replicate-wasm", streamText], ["EventSource", EventSource], ["replicate", replicate]] },
    { title: "Memory of an open stream", unit: "kB", values: [["replicate-wasm", perStream(memory.ours)], ["replicate", perStream(memory.theirs)]] },
    { title: "To load, with brotli", unit: "kB", values: loaded },
  ];
}

const digits = (value) => number(value >= 100 ? Math.round(value) : Number(value.toFixed(1)));

/** The README's table. */
export function summary(results) {
  const lines = figures(results).map(({ title, unit, values: [[, ours], ...others] }) => {
    const cells = others.map(([name, value]) => `\`${name}\` ${digits(value)} ${unit}`);
    return `| ${title} | ${digits(ours)} ${unit} | ${cells.join(", ")} |`;
  });
  return `${["| | `replicate-wasm` | others |", "|---|--:|---|", ...lines].join("\n")}

Medians of one run in ${engine(results.environment)}, all against one local server.
`;
}

/** The row of the README's comparison that tells the sizes. */
export const sizeRow = (results) => {
  const [, , { title, unit, values }] = figures(results);
  const cells = [...values.map(([, value]) => value), 0].map((value) => `${digits(value)} ${unit}`);
  return `| ${title[0].toLowerCase()}${title.slice(1)} | ${cells.join(" | ")} |`;
};

const WIDTH = 760;
const LABELS = 150;
const LONGEST = 480;
const BAR = 22;
const HEAD = 34;
const MARGIN = 20;

/** Bars on a ground of its own, so that it can be read on any page; its colours follow the reader's light or dark mode. */
export function chart(results) {
  let y = MARGIN;
  const groups = figures(results).map(({ title, unit, values }) => {
    const head = `<text class="title" x="${MARGIN}" y="${y + 16}">${title}</text>`;
    y += HEAD;
    const longest = Math.max(...values.map(([, value]) => value));
    const bars = values.map(([name, value], i) => {
      const length = Math.max(2, Math.round((value / longest) * LONGEST));
      const middle = y + BAR / 2 + 1;
      const bar = [
        `<text class="name" x="${MARGIN + LABELS - 10}" y="${middle}">${name}</text>`,
        `<rect class="${i === 0 ? "ours" : "theirs"}" x="${MARGIN + LABELS}" y="${y + 2}" width="${length}" height="${BAR - 6}" rx="2"/>`,
        `<text class="value" x="${MARGIN + LABELS + length + 8}" y="${middle}">${digits(value)} ${unit}</text>`,
      ];
      y += BAR;
      return bar.join("\n  ");
    });
    y += 14;
    return [head, ...bars].join("\n  ");
  });
  const height = y + MARGIN - 14;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">Time, memory and size of replicate-wasm beside others</title>
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2328; dominant-baseline: middle; }
    .title { font-weight: 600; }
    .name { text-anchor: end; }
    .ground { fill: #ffffff; stroke: #d1d9e0; }
    .ours { fill: #0969da; }
    .theirs { fill: #8c959f; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .ground { fill: #0d1117; stroke: #3d444d; }
      .ours { fill: #4493f8; }
      .theirs { fill: #6e7681; }
    }
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
  ${groups.join("\n  ")}
</svg>
`;
}
