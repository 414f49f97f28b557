/** The name that was meant. */

/** The name that takes the fewest edits, if fewer than half the letters; case and spaces do not count. */
export function nearestName(names: readonly string[], given: string): string | undefined {
  const meant = loose(given);
  let nearest: string | undefined;
  let fewest = Math.max(meant.length / 2, 1);
  for (const name of names) {
    const edits = editDistance(loose(name), meant);
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

const COMPARED = 64;

function loose(name: string): string {
  return name.trim().toLowerCase().slice(0, COMPARED);
}

/** Levenshtein distance, one row of the table at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
