/** The command as it was typed, to be typed again. */
export function typedCommand(): string {
  return ['hackface-native', ...process.argv.slice(2).map(quoted)].join(' ');
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
