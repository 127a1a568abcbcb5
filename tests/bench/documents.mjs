// What is made from the results: the README's three figures and its chart, the tables in this folder's README.
// `node tests/bench/documents.mjs` writes them.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chart, sizeRow, summary } from "./summary.mjs";
import { markdown, markdownOfEngines, results } from "./table.mjs";

const PLACE = /(?<=<!-- bench -->\n)[^]*?(?=<!-- \/bench -->)/;
const ENGINES = /(?<=<!-- engines -->\n)[^]*?(?=<!-- \/engines -->)/;
const SIZE_ROW = /^\| to load, with brotli \|.*$/m;
const path = (file) => join(import.meta.dirname, file);

/** By the path of a file: what becomes of its text. */
const documents = {
  "../../README.md": (text, figures) => text.replace(PLACE, () => summary(figures)).replace(SIZE_ROW, () => sizeRow(figures)),
  "README.md": (text, figures, others) => text.replace(PLACE, () => markdown(figures)).replace(ENGINES, () => markdownOfEngines(others)),
  "chart.svg": (_, figures) => chart(figures),
};

/** Each file, as it is and as the figures want it. */
export async function compare() {
  const figures = await results();
  const others = await Promise.all(["firefox", "webkit"].map(results));
  return Promise.all(
    Object.entries(documents).map(async ([file, write]) => {
      const text = await readFile(path(file), "utf8").catch(() => "");
      return { file, text, wanted: write(text, figures, others) };
    }),
  );
}

if (process.argv[1] === import.meta.filename) {
  for (const { file, text, wanted } of await compare()) {
    if (text === wanted) continue;
    await writeFile(path(file), wanted);
    console.log(`Written: ${path(file)}`);
  }
}
