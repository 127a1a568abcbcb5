/**
 * The time that limits are counted by, in milliseconds. It starts at the time of day, so that saved times make
 * sense to the next process, and never goes back: setting the clock neither resets a limit nor prolongs it.
 */
export function nowMs() {
  return performance.timeOrigin + performance.now();
}

/**
 * What the operator's own code answers, or `problem` when it takes longer than `ms`. The late answer is ignored.
 * @template T
 * @param {Promise<T> | T} answer
 * @returns {Promise<T>}
 */
export async function within(ms, answer, problem) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(problem), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
