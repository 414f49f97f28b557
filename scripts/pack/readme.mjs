// Lines that README.md gives a newcomer to copy, and the output it promises.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run.mjs';

/** The lines of the fence that is marked `sh` and this word, without their comments. */
export function linesToCopy(word) {
  const text = fence(`sh ${word}`);
  return text.split('\n').map((line) => line.replace(/\s+#.*/, ''));
}

/** The text of the first fence of output. */
export function linesPrinted() {
  const [, ...lines] = fence('text').split('\n');
  return withoutTimes(lines.join('\n'));
}

/** Printed text with its times and folders made equal. */
export function withoutTimes(text) {
  return text.replaceAll(/ in \d+\.\d{3} s → .*submission/g, ' in 0.000 s → submission');
}

function fence(info) {
  const page = readFileSync(join(root, 'README.md'), 'utf8');
  const [, text] = new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(page) ?? [];
  if (!text) throw new Error(`README.md has no fence marked ${info}`);
  return text;
}
