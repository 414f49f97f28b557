/** Completion at the keys: an interactive shell on a terminal, a tab pressed, the line run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { CLI } from '../support/command.js';
import { put, temporaryFolder } from '../support/folder.js';
import { float32Npy } from '../support/npy.js';
import { hasTerminal, Terminal } from '../support/terminal.js';

const root = temporaryFolder();
const bin = join(root, 'bin');
const work = join(root, 'work');
for (const folder of [bin, work]) mkdirSync(folder);
const command = put(
  bin,
  'hackface-native',
  `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`,
);
chmodSync(command, 0o755);
put(work, 'test set.npy', float32Npy([[3, 4]]));

/** How each shell starts without what its user likes, and ready to complete. */
const SHELLS: Record<string, { start: string; prepare: string }> = {
  bash: { start: 'bash --norc --noprofile', prepare: '' },
  zsh: { start: 'zsh -f', prepare: 'autoload -Uz compinit; compinit -u -D; ' },
};

for (const [shell, { start, prepare }] of Object.entries(SHELLS)) {
  const missing = !hasTerminal
    ? 'no script of util-linux, which makes a terminal'
    : spawnSync(shell, ['--version']).status !== 0 && `no ${shell} here`;

  test(`${shell} completes at the keys`, { skip: missing }, async () => {
    const PATH = `${bin}${delimiter}${process.env.PATH}`;
    // Without a history, which the shell would write as it ends, while the folder is removed.
    const env = { PATH, PS1: '$ ', HOME: root, HISTFILE: '' };
    const terminal = new Terminal(start, work, env);
    try {
      const ready = `${prepare}eval "$(hackface-native completion ${shell})"; echo rea''dy\n`;
      await terminal.type(ready, /^ready$/m);
      // A command, then one of its options: what runs is what was completed.
      await terminal.type('hackface-native doc\t', /doctor $/);
      await terminal.type('--js\t', /--json $/);
      const ran = await terminal.type('\n', /^\{.*\}$/m);
      const report = JSON.parse(/^\{.*\}$/m.exec(ran)?.[0] ?? '');
      assert.equal(report.node, process.version);
      // A value that begins two: both are offered.
      await terminal.type('hackface-native score --cpu av\t', /avx$/);
      const offered = await terminal.type('\t\t', /avx2\s+avx512/);
      assert.doesNotMatch(offered, /neon/);
      await terminal.type('\x15', /^/);
      // A file with a space in its name arrives as one argument.
      await terminal.type('hackface-native inspect tes\t', /test\\ set\.npy $/);
      await terminal.type('\n', /1 rows? × 2 columns of float32/);
    } finally {
      terminal.close();
    }
  });
}
