// `npm run oracle -- auto [DRAWS]`: how well `auto` does on draws of every replica that `synth` makes, with the rows that are
// scored as its target and with none, beside cosine. Seeds are fixed: the same figures on every machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Sets of parameters of each replica, and the least mean AUROC over them and all draws: with a target, and with none. */
const REPLICAS = [
  { replica: 'r2', sets: [0, 1, 6], target: () => 0.93, none: (cosine) => cosine - 0.002 },
  { replica: 'r1', sets: [0, 1, 3], target: () => 0.98, none: () => 0.95 },
  { replica: 'none', sets: [0, 1, 6], target: (cosine) => cosine - 0.0005 },
];
/** On no draw is `auto` further below cosine than this. */
const BELOW_COSINE = 0.002;

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shown = (value) => value.toFixed(4);

/** AUROC of cosine and of what `auto` fits with the target and with none, and the pipelines that it took. */
async function judge(library, { replica, set, seed }) {
  const folder = mkdtempSync(join(tmpdir(), 'hackface-auto-'));
  const files = await library.synth({ directory: folder, replica, set, seed });
  const model = join(folder, 'auto.safetensors');
  const area = async (measure) => {
    const { evaluations } = await library.evaluateEmbeddings({
      embeddings: files.testSet,
      pairs: files.testPairs,
      truth: files.solution,
      ...measure,
    });
    return evaluations[0].auroc.value;
  };
  const areas = [await area({ metric: 'cosine' })];
  const pipelines = [];
  for (const target of [files.testSet, false]) {
    const { model: fitted } = await library.fit({
      embeddings: files.trainSet,
      labels: files.trainLabels,
      pipeline: 'auto',
      target,
    });
    await fitted.save(model, { force: true });
    areas.push(await area({ model }));
    pipelines.push(fitted.card.pipeline);
  }
  rmSync(folder, { recursive: true });
  return { areas, pipelines };
}

/** Tries `auto` on so many draws of each set, and says whether every bound holds. */
export async function tryAuto(library, draws) {
  let held = true;
  const missed = (text) => {
    held = false;
    console.log(`missed: ${text}`);
  };
  console.log(
    '| replica | cosine | auto with target | worst beside cosine | auto without | worst beside cosine |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { replica, sets, ...least } of REPLICAS) {
    const found = [];
    for (const set of sets) {
      for (let seed = 0; seed < draws; seed += 1) {
        const { areas, pipelines } = await judge(library, { replica, set, seed });
        found.push(areas);
        console.error(
          `${replica}-${set}.${seed}  ${areas.map(shown).join('  ')}  ${pipelines.join(' | ')}`,
        );
      }
    }
    const [cosine, target, none] = [0, 1, 2].map((i) => mean(found.map((areas) => areas[i])));
    const [worst, worstNone] = [1, 2].map((i) =>
      Math.min(...found.map((areas) => areas[i] - areas[0])),
    );
    console.log(
      `| ${[replica, ...[cosine, target, worst, none, worstNone].map(shown)].join(' | ')} |`,
    );
    if (target < least.target(cosine)) missed(`${replica} with the target`);
    if (least.none && none < least.none(cosine)) missed(`${replica} without`);
    if (Math.min(worst, worstNone) < -BELOW_COSINE) missed(`${replica}, a draw far below cosine`);
  }
  console.log(`\n${draws} draws of each set`);
  return held;
}
