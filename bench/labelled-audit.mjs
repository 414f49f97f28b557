// A labelled audit of rows of noise, most of them alone or in twos in their class: the bounds of bytes rule least out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './measure.mjs';
import { normal, uniform } from './random.mjs';

const [ROWS, DIM] = [20_000, 512];
const ROUNDS = 3;

export async function labelledAudit({ library, folder }) {
  const draw = normal(12);
  const data = Float32Array.from({ length: ROWS * DIM }, draw);
  const random = uniform(13);
  const drawn = Array.from({ length: ROWS }, () => Math.floor(random() * ROWS));
  const classes = new Set(drawn).size;
  const labels = join(folder, 'audit.csv');
  writeFileSync(labels, `class\n${drawn.join('\n')}\n`);
  const [wall, processors] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [begin, before] = [performance.now(), process.cpuUsage()];
    await library.audit({ embeddings: { data, rows: ROWS, dim: DIM }, labels });
    const { user, system } = process.cpuUsage(before);
    wall.push((performance.now() - begin) / 1000);
    processors.push((user + system) / 1e6);
  }
  return {
    title: `A labelled audit of ${ROWS} × ${DIM} rows in ${classes} classes`,
    header: ['what', 'median s', 'least s'],
    rows: [
      ['time of processors', median(processors).toFixed(2), Math.min(...processors).toFixed(2)],
      ['wall time', median(wall).toFixed(2), Math.min(...wall).toFixed(2)],
    ],
    note: `Rows in memory; ${ROUNDS} rounds.`,
    bars: [{ name: 'time of processors, s', measured: median(processors), most: 6 }],
    raw: { wall, processors },
  };
}
