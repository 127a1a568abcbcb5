// Writes the texts: verses, an outline or a few sentences with words of the prompt, split into tokens like those of a language model.

import { hash, seededRandom } from "./random.js";

/** Words that are never the topic. */
const SMALL_WORDS = new Set(
  (
    "a about an and answer are code list markdown outline steps as assistant at be briefly can could describe do does explain for from give has have haiku hello hi how i in is it its " +
    "joke long make me more my of on one or please poem say sentence short song story system tell text that the their them then there these this to two " +
    "user verse was we were what when where which who why will with word words would write you your"
  ).split(" "),
);

const STANZAS = [
  [
    "Soft the light of {a} lay",
    "over hill and open bay,",
    "slow the river turned to gold,",
    "young the hour, the {b} old.",
  ],
  [
    "Here the {a} found its way",
    "through the hush of early day,",
    "and a café door stood wide —",
    "all the smell of {b} inside.",
  ],
  [
    "Every branch recalled a tune 𝄞",
    "{a} taught it one pale noon;",
    "every window, every stone",
    "called the {b} in for its own.",
  ],
  [
    "Ask the wind and it will tell",
    "how the {a} rang its bell,",
    "how the {b}, naïve and bright,",
    "walked the garden through the night…",
  ],
];

const SENTENCES = [
  "{A} is easier to see than to explain, so let us begin with what is in front of us.",
  "Most people meet {a} by way of {b}, and only later learn to tell the two apart.",
  "It has been called a façade, a habit and a small miracle — each time by someone who knew {b} well.",
  "What matters is the order of things: first {b}, then {a}, and patience all along.",
  "Seen from far away, {a} keeps its shape; seen from near, it is made of {b}…",
  "There is no need to hurry: {a} will still be here when {b} has gone home.",
];

/** A Markdown answer with a heading, lists and code, as chat models write it. */
const OUTLINE = `## {A}

A few things are worth knowing about **{a}**:

1. It begins with *{b}*, and with a little patience.
2. Every part has a name, and the names are short.
3. What is measured is understood – what is not, is a naïve guess.

In code:

\`\`\`js
const {b} = await find("{a}");
console.log({b}.length); // more than you think
\`\`\`

- Keep \`{b}\` close.
- Let {a} rest overnight.

That is all there is to {a}.`;

/**
 * The answer of the text models. The same prompt and seed give the same text.
 *
 * @param {string} prompt a question, or a whole conversation in lines of `Role: content`
 * @param {number} [seed]
 * @returns {string[]} tokens; joined they are the text. Each line feed is a token
 */
export function writeText(prompt, seed = 0) {
  const question = lastQuestion(prompt);
  const random = seededRandom(hash(question) + seed);
  const [a, b] = topics(question, random);
  const fill = (text) => text.replaceAll("{a}", a).replaceAll("{b}", b).replaceAll("{A}", capitalise(a));
  if (/\b(list|outline|steps|markdown|code)\b/i.test(question)) return tokens(fill(OUTLINE));
  const lines = /\b(poem|verses?|song|haiku|rhyme)\b/i.test(question)
    ? [
        capitalise(a),
        ...pick(STANZAS, /\blong\b/i.test(question) ? 4 : 2, random).flatMap((stanza) => ["", ...stanza.map(fill)]),
      ]
    : [pick(SENTENCES, 3, random).map(fill).join(" ")];
  return tokens(lines.join("\n"));
}

/** The last question: of a conversation the last turn of the user, else the whole prompt. */
function lastQuestion(prompt) {
  const turns = prompt.split(/^User: /m);
  return turns[turns.length - 1].replace(/\n\w+:\s*$/, "").trim();
}

function topics(question, random) {
  const words = (question.toLowerCase().match(/\p{L}[\p{L}'’-]*/gu) ?? []).filter((word) => !SMALL_WORDS.has(word));
  const first = words[words.length - 1] ?? "silence";
  const others = [...new Set(words)].filter((word) => word !== first);
  return [first, others.length ? others[Math.floor(random() * others.length)] : "morning"];
}

/** `count` neighbours of a list from a random start, going round at the end. */
function pick(list, count, random) {
  const start = Math.floor(random() * list.length);
  return Array.from({ length: Math.min(count, list.length) }, (_, i) => list[(start + i) % list.length]);
}

const capitalise = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Splits into words with the space before them, marks and line feeds. A long word becomes two tokens. */
function tokens(text) {
  const pieces = text.match(/\n| ?[\p{L}\p{N}'’]+| ?[^\s\p{L}\p{N}]/gu) ?? [];
  return pieces.flatMap((piece) => (piece.length > 8 ? [piece.slice(0, 5), piece.slice(5)] : [piece]));
}
