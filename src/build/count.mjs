/** What the test runners print, in numbers: cargo and wasm-bindgen in one form, Node in another. */

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);

/** @returns {{ passed: number, failed: number, skipped: number }} */
export const count = (text) => ({
  passed: sum(text, /^test result: .*? (\d+) passed;/gm) + sum(text, /^ℹ pass (\d+)$/gm),
  failed: sum(text, /^test result: .*; (\d+) failed;/gm) + sum(text, /^ℹ (?:fail|cancelled) (\d+)$/gm),
  skipped: sum(text, /^test result: .*; (\d+) ignored;/gm) + sum(text, /^ℹ skipped (\d+)$/gm),
});

/** The skipped tests with their reasons, as sentences. */
export const skips = (text) => [
  ...[...text.matchAll(/^\s*﹣ (.*?) \([\d.]+ms\) # (.*)$/gm)].map(([, name, reason]) => `${name}: ${reason === "SKIP" ? "no reason is given" : reason}`),
  ...[...text.matchAll(/^test (.*?) \.\.\. ignored(?:, (.*))?$/gm)].map(([, name, reason]) => `${name}: ${reason ?? "no reason is given"}`),
];
