/** The stream that every way of reading is timed on: what Replicate sends for a text model, a token an event. */

const words = " The quick brown fox jumps over a lazy dog , and then it rests under an old tree while rain falls on the quiet river .".split(" ");
const token = (i) => ` ${words[(i * 7 + (i >> 5)) % words.length]}`;

const event = (i) => `event: output\nid: 1690212292:${i}\ndata: ${token(i)}\n\n`;

/** The events of a stream as texts, the last of them `done`. */
export const events = (count) => [...Array.from({ length: count }, (_, i) => event(i)), "event: done\ndata: {}\n\n"];

/** What a reader got: how many texts, and a checksum of all their characters in order. */
export class Tally {
  count = 0;
  sum = 0x811c9dc5;

  add(text) {
    this.count++;
    for (let i = 0; i < text.length; i++) this.sum = Math.imul(this.sum ^ text.charCodeAt(i), 0x01000193);
    // Where one text ends and the next begins is part of it.
    this.sum = Math.imul(this.sum ^ 0xff, 0x01000193);
  }

  /** @throws unless it is all that a stream of so many events carries */
  check(count) {
    const { count: expected, sum } = expectation(count);
    if (this.count !== expected || this.sum !== sum) throw new Error(`${this.count} texts of ${expected}, checksum ${this.sum} in place of ${sum}`);
  }
}

const expectations = new Map();

function expectation(count) {
  if (!expectations.has(count)) {
    const tally = new Tally();
    for (let i = 0; i < count; i++) tally.add(token(i));
    expectations.set(count, tally);
  }
  return expectations.get(count);
}
