/** Not Rust: a regular expression over a string, which works before the module is loaded. */

/** tqdm's `desc: 76%|███████   | 7568/10000`. The bar part excludes "|", so the match takes linear time. */
const BAR = /^(?:.*:)?\s*(\d+)%\s*\|[^|]+\|\s*(\d+)\/(\d+)/;

/**
 * The state of the last progress bar in a prediction's logs.
 *
 * @param {{ logs?: string | null } | string | null | undefined} input a prediction, or logs
 * @returns {{ percentage: number, current: number, total: number } | null} `percentage` from 0 to 1
 */
export function parseProgressFromLogs(input) {
  const logs = input?.logs ?? input;
  if (typeof logs !== "string") return null;
  // tqdm overwrites its bar with a carriage return.
  for (const line of logs.split(/[\r\n]+/).reverse()) {
    const match = BAR.exec(line);
    if (match) return { percentage: match[1] / 100, current: +match[2], total: +match[3] };
  }
  return null;
}
