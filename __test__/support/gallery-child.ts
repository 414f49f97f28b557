/**
 * Adds to a gallery and removes from it until it is killed; says before and after each call what it is.
 *   gallery-child.js FILE SEED
 */
import { writeSync } from 'node:fs';
import { Gallery } from 'hackface-native';
import { randomFrom, rowOf } from './gallery-steps.js';

const [file = '', seed = '1'] = process.argv.slice(2);
const random = randomFrom(Number(seed));
const say = (what: string, row: number) => writeSync(1, `${what} ${row}\n`);
const gallery = await Gallery.open(file, { journal: true });
const rows = gallery.keys().map((key) => Number(key.slice(1)));
say('opened', gallery.rows);
for (let next = gallery.rows; ; ) {
  const step = random(20);
  if (step === 0) {
    say('compact', 0);
    await gallery.compact();
  } else if (step < 8 && rows.length > 4) {
    const [row = 0] = rows.splice(random(rows.length), 1);
    say('remove', row);
    await gallery.remove(`k${row}`);
    say('removed', row);
  } else {
    say('add', next);
    await gallery.add([rowOf(next)], { keys: [`k${next}`], labels: [`p${next % 5}`] });
    say('added', next);
    rows.push(next);
    next += 1;
  }
}
