// How times are taken: turn by turn, so that whatever else the machine does meets everyone alike.

/** Milliseconds that `work` takes. */
export function milliseconds(work) {
  const begin = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

/**
 * Runs every runner once untimed, then all of them in turn, `rounds` times. A runner is a function;
 * gives back the milliseconds of each round under its name.
 */
export function takeTurns(runners, rounds) {
  const times = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  for (const work of Object.values(runners)) work();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(runners)) times[name].push(milliseconds(work));
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
