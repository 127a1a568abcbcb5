// The README's blocks of code. The mark above a block says how it is tested: `run: name` is an example of
// examples.test.mjs, `in: path` is a literal part of a file that another test runs.

import { readFileSync } from "node:fs";

export const root = new URL("../../", import.meta.url);
export const readme = readFileSync(new URL("README.md", root), "utf8");

const BLOCK = /^( *)(?:<!-- (run|in): (\S+) -->\n\1)?```(.*)\n([^]*?)^\1```$/gm;

/** @type {{ how?: "run" | "in", where?: string, language: string, code: string }[]} */
export const blocks = [...readme.matchAll(BLOCK)].map(([, indent, how, where, language, code]) => ({
  how,
  where,
  language,
  code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
}));

/** The code of an example. */
export const example = (name) => blocks.find(({ how, where }) => how === "run" && where === name)?.code;
