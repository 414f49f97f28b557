/** Counts in words. */

/** A count with its noun, such as `1 person` and `2 people`; the plural of most nouns ends with s. */
export function counted(count: number, noun: string): string {
  const plural = noun === 'person' ? 'people' : `${noun}s`;
  return `${count} ${count === 1 ? noun : plural}`;
}
