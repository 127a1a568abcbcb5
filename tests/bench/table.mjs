// The rows of the report, as text for a terminal and as a table in Markdown.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The file of an engine's figures. That of Chromium has the relay's too. */
export const resultsFile = (engine) => join(import.meta.dirname, engine === "chromium" ? "results.json" : `results-${engine}.json`);

export const results = async (engine = "chromium") => JSON.parse(await readFile(resultsFile(engine), "utf8"));

export const number = (value) => {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
};
const amount = (value, unit) => [[value].flat().map(number).join(" / "), unit].filter(Boolean).join(" ");
const ratio = (value) => `${number(value)} ×`;

/** A line for each comparison, in columns. */
export function text(rows) {
  const lines = [["", "here", "compared with", "there", "ratio", "goal", "met"]];
  for (const { figure, unit, ours, compared } of rows) {
    compared.forEach(({ name, theirs, ratio: value, goal = "", met, note = "" }, i) => {
      const own = i === 0 ? [figure, amount(ours, unit)] : ["", ""];
      const there = theirs === undefined ? note : amount(theirs, unit);
      const cells = [...own, name, there, value === undefined ? "" : ratio(value), goal, met === undefined ? "" : met ? "yes" : "NO"];
      lines.push(cells.map((cell) => cell.replaceAll("`", "")));
    });
  }
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) => line.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd()).join("\n");
}

/** A line for each figure. */
export function markdown({ environment, table }) {
  const lines = table.map(({ figure, unit, ours, compared }) => {
    const others = compared.filter(({ name }) => name).map(({ name, theirs, note }) => `${name} ${note ?? amount(theirs, unit)}`);
    const goals = compared.filter(({ goal }) => goal);
    const verdicts = goals.map((one) => `${goals.length > 1 ? `${one.name} ` : ""}${verdict(one)}`);
    return `| ${figure} | ${amount(ours, unit)} | ${others.join(", ")} | ${verdicts.join("; ")} |`;
  });
  return `${["| figure | here | compared with | goal |", "|---|--:|---|---|", ...lines].join("\n")}

Medians of one run in ${engine(environment)}, all against one local server, taking turns.
*Generator* and *class* read with \`eventsource-parser\`, in an async generator and in an iterator class with a queue; *hand-tuned* is a parser that
knows only this stream; *bytes alone* reads and parses nothing. \`replicate\` was not run with 200,000 events, which take it minutes.
`;
}

/** A line for each figure that may differ between engines, and a column for each engine. */
export function markdownOfEngines(all) {
  const names = all.map(({ environment: { firefox, webkit } }) => (firefox ? `Firefox ${firefox.split(".")[0]}` : `WebKit ${webkit}`));
  const lines = all[0].table
    .filter(({ unit }) => unit !== "bytes")
    .map(({ figure }) => {
      const cells = all.map(({ table }) => {
        const { unit, ours, compared } = table.find((row) => row.figure === figure);
        const verdicts = compared.filter(({ goal }) => goal).map((one) => [one.theirs === undefined ? "" : `${one.name} ${amount(one.theirs, unit)}, `, verdict(one)].join(""));
        return [amount(ours, unit), ...verdicts].join("; ");
      });
      return `| ${[figure, ...cells].join(" | ")} |`;
    });
  return `${[`| ${["figure", ...names].join(" | ")} |`, "|---|---|---|", ...lines].join("\n")}\n`;
}

/** Where the figures were measured. */
export const engine = ({ chromium, processor, cores }) => `Chromium ${chromium.split(".")[0]} on ${processor} (${cores} cores)`;

const verdict = ({ goal, ratio: value, met }) => `${goal}${value === undefined ? "" : `: ${ratio(value)}`}${met ? "" : ", **missed**"}`;
