// How times are taken: turn by turn, so that whatever else the machine does meets everyone alike.

/** Milliseconds that `work` takes. */
export function milliseconds(work) {
  const begin = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

const WARM_UP_MS = 40;

/**
 * Runs all runners in turn, `rounds` times; a runner is a function. Each timed call comes
 * after untimed ones of the same runner for WARM_UP_MS, so that everyone finds caches and threads warm
 * from its own work, and another's garbage collection over. Gives back the milliseconds of each round under its name.
 */
export function takeTurns(runners, rounds) {
  const times = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(runners)) {
      const begin = performance.now();
      do work();
      while (performance.now() - begin < WARM_UP_MS);
      times[name].push(milliseconds(work));
    }
  }
  return times;
}

/** The middle value; the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** Median and extremes of the ratios of one round to the same round of another. */
export function ratios(numerators, denominators) {
  const each = numerators.map((value, round) => value / denominators[round]);
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}
