/** The faults that the user can choose for the next message, and the directives that make the sandbox show them. */

export const faults = [
  { name: "drop", label: "Drop the connection", directives: "[drop-stream: 20] [drop@get: 1]" },
  { name: "slow", label: "Be slow", directives: "[slow: 5] [cold: 8]" },
  { name: "hang", label: "Hang in the middle", directives: "[hang]" },
  { name: "fail", label: "Fail", directives: "[fail: NSFW content detected]" },
  { name: "429", label: "Too many requests (429)", directives: "[429: 1] [retry-after: 8]" },
  { name: "500", label: "Server error (500)", directives: "[500]" },
  { name: "html", label: "A page in place of the answer", directives: "[html]" },
  { name: "empty", label: "Give an empty output", directives: "[null]" },
];

/** @param {string} name */
export const findFault = (name) => faults.find((fault) => fault.name === name);
