// Where values lie on an axis, against mappings by their definitions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detFloor, linearAxis, logAxis, probit, probitAxis } from '#dist/report/axis.js';
import { count, percent, rate, value } from '#dist/report/number-text.js';
import { thin } from '#dist/report/thin-points.js';
import { randomNumbers } from '../support/random.js';

/** Share of a standard normal distribution below z: its density, summed by Simpson's rule. */
function normalShare(z: number): number {
  const [steps, low] = [20_000, -40];
  const width = (z - low) / steps;
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(low) + density(z);
  for (let i = 1; i < steps; i += 1) sum += density(low + i * width) * (i % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}

test('probit inverts the normal distribution function', () => {
  for (const share of [1e-9, 1e-5, 1e-3, 0.02, 0.074, 0.076, 0.3, 0.5]) {
    const z = probit(share);
    assert.ok(Math.abs(normalShare(z) / share - 1) < 1e-9, `${share}: ${normalShare(z)}`);
    assert.ok(Math.abs(probit(1 - share) + z) < 1e-6 * Math.max(1, Math.abs(z)), `1 - ${share}`);
  }
  assert.equal(probit(0.5), 0);
  // The quantile that everybody knows.
  assert.ok(Math.abs(probit(0.975) - 1.959963984540054) < 1e-14);
});

test('axes place values by their definitions, and what lies beyond outside', () => {
  const log = logAxis('', 1e-4, 1);
  for (const v of [1e-4, 3e-3, 0.05, 1]) {
    assert.ok(Math.abs(log.place(v) - (4 + Math.log10(v)) / 4) < 1e-12, String(v));
  }
  const det = probitAxis('', 0.001, 0.4);
  for (const v of [0.001, 0.02, 0.1, 0.4]) {
    const twin = (probit(v) - probit(0.001)) / (probit(0.4) - probit(0.001));
    assert.ok(Math.abs(det.place(v) - twin) < 1e-12, String(v));
  }
  const linear = linearAxis('', -2, 6);
  assert.deepEqual([-2, 0, 6].map(linear.place), [0, 0.25, 1]);
  for (const axis of [log, det, linear]) {
    const [below, above] = [axis.place(-1e9), axis.place(1e9)];
    assert.ok(below >= -1 && below < 0 && above > 1 && above <= 2, `${below} ${above}`);
  }
});

test('ticks are round, inside the axis and rise', () => {
  assert.deepEqual(
    probitAxis('', 1e-5, 0.5).ticks.map(({ label }) => label),
    ['0.001', '0.01', '0.1', '0.2', '0.5', '1', '2', '5', '10', '20', '40'],
  );
  assert.deepEqual(
    logAxis('', 1e-3, 1).ticks.map(({ label }) => label),
    ['10⁻³', '10⁻²', '0.1', '1'],
  );
  assert.deepEqual(
    linearAxis('', 0, 1).ticks.map(({ label }) => label),
    ['0', '0.2', '0.4', '0.6', '0.8', '1'],
  );
  for (const [low, high] of [
    [0.13, 0.14],
    [-7, 1234],
    [1e-7, 3e-7],
    [0, 1e9],
  ] as const) {
    const { ticks } = linearAxis('', low, high);
    assert.ok(ticks.length >= 3 && ticks.length <= 11, `${low} ${high}: ${ticks.length}`);
    for (const [i, tick] of ticks.entries()) {
      assert.ok(tick.value >= low && tick.value <= high);
      if (i > 0) assert.ok(tick.value > (ticks[i - 1]?.value as number));
    }
  }
});

test('a DET axis begins at a tick of NIST', () => {
  assert.equal(detFloor(0.0012), 0.001);
  assert.equal(detFloor(1e-9), 1e-5);
  assert.equal(detFloor(0.5), 0.4);
});

test('thinning keeps the ends, what must stay, and every visible step', () => {
  const next = randomNumbers(3);
  let x = 0;
  const points = Array.from({ length: 5000 }, (): [number, number] => {
    x += next() * 0.2;
    return [x, 100 * Math.sin(x / 50)];
  });
  const must = new Set([17, 1234, 4001]);
  const kept = thin(points, must);
  assert.equal(kept[0], 0);
  assert.equal(kept.at(-1), points.length - 1);
  for (const i of must) assert.ok(kept.includes(i));
  assert.ok(kept.length < 1500, String(kept.length));
  // No point left out is further than the limit from the one kept before it.
  let last = 0;
  for (let i = 0; i < points.length; i += 1) {
    if (kept.includes(i)) last = i;
    const [a, b] = [points[i] as number[], points[last] as number[]];
    for (const axis of [0, 1]) {
      assert.ok(Math.abs((a[axis] as number) - (b[axis] as number)) < 0.6);
    }
  }
});

test('numbers are spelled for people', () => {
  assert.deepEqual([0.9684, 1, 0, 0.99996, 0.00012].map(percent), [
    '96.84 %',
    '100.00 %',
    '0.00 %',
    '99.9960 %',
    '0.012 %',
  ]);
  assert.deepEqual([0, 1e-3, 2e-4, 0.05, 0.01, 1, 9.9999e-4].map(rate), [
    '0',
    '10⁻³',
    '2 × 10⁻⁴',
    '0.05',
    '10⁻²',
    '1',
    '10⁻³',
  ]);
  assert.deepEqual([0, 0.123456, -12345.678, 1.5e-7, 2e9].map(value), [
    '0',
    '0.12346',
    '−12346',
    '1.5 × 10⁻⁷',
    '2 × 10⁹',
  ]);
  assert.deepEqual([7, 1234, 499500].map(count), ['7', '1\u202f234', '499\u202f500']);
});
