/** The two-covariance model as it is written down, for small cases. */

/** log N(x; mean, covariance), by Cholesky. */
export function logNormal(x: number[], covariance: number[][]): number {
  const n = x.length;
  const l = covariance.map((row) => row.map(() => 0));
  const at = (m: number[][], i: number, j: number) => (m[i] as number[])[j] as number;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = at(covariance, i, j);
      for (let k = 0; k < j; k += 1) sum -= at(l, i, k) * at(l, j, k);
      (l[i] as number[])[j] = i === j ? Math.sqrt(sum) : sum / at(l, j, j);
    }
  }
  let [square, logs] = [0, 0];
  const y: number[] = [];
  for (let i = 0; i < n; i += 1) {
    let value = x[i] as number;
    for (let k = 0; k < i; k += 1) value -= at(l, i, k) * (y[k] as number);
    value /= at(l, i, i);
    y.push(value);
    square += value * value;
    logs += Math.log(at(l, i, i));
  }
  return -0.5 * (n * Math.log(2 * Math.PI) + square) - logs;
}

/** Log-likelihood of centered rows of one person: all of them stacked, B everywhere, W besides. */
export function together(rows: number[][], between: number[][], within: number[][]): number {
  const d = between.length;
  const size = rows.length * d;
  const covariance = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      const own = Math.floor(i / d) === Math.floor(j / d) ? (within[i % d]?.[j % d] as number) : 0;
      return (between[i % d]?.[j % d] as number) + own;
    }),
  );
  return logNormal(rows.flat(), covariance);
}
