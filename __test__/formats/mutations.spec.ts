/** Files of every format with bytes changed, cut or doubled: read, or refused in our words, soon and small. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { put, temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { OF_LISTS, outcomeOf } from './outcome.js';
import { reuseThreads } from './reused-thread.js';
import { BESIDE, LISTS, mutated, samples } from './samples.js';

const TRIES = 60;
after(reuseThreads());
const root = temporaryFolder();
for (const [name, bytes] of Object.entries(BESIDE)) put(root, name, bytes);

for (const [name, bytes] of Object.entries(await samples())) {
  test(`${name}, changed ${TRIES} times`, async () => {
    const whole = await outcomeOf(join(root, `whole-${name}`), bytes);
    assert.deepEqual([whole.refusals[1], whole.faults], [undefined, []]);
    const random = randomNumbers(name.length * 31 + bytes.length);
    for (let i = 0; i < TRIES; i += 1) {
      const { faults } = await outcomeOf(join(root, `changed-${name}`), mutated(bytes, random));
      assert.deepEqual(faults, [], `try ${i}`);
    }
  });
}

for (const [name, bytes] of Object.entries(LISTS)) {
  test(`the list ${name}, changed ${TRIES} times, for every reader of lists`, async () => {
    const whole = await outcomeOf(join(root, `whole-${name}`), bytes, OF_LISTS);
    assert.ok(whole.refusals.includes(undefined));
    const random = randomNumbers(name.length * 31 + bytes.length);
    for (let i = 0; i < TRIES; i += 1) {
      const changed = mutated(bytes, random);
      const { faults } = await outcomeOf(join(root, `changed-${name}`), changed, OF_LISTS);
      assert.deepEqual(faults, [], `try ${i}`);
    }
  });
}
