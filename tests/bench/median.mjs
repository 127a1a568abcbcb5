/** The middle of the values. */
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Several rounds of the same figures, lists and objects at any depth, into one of their medians. */
export function medians(rounds) {
  const [first] = rounds;
  const at = (key) => medians(rounds.map((round) => round[key]));
  if (Array.isArray(first)) return first.map((_, i) => at(i));
  if (first && typeof first === "object") return Object.fromEntries(Object.keys(first).map((key) => [key, at(key)]));
  return typeof first === "number" ? median(rounds) : first;
}
