/** Words for the truth about a pair. */

/** Usual words for a genuine and an impostor pair, in lower case, in the order of preference. */
const SPELLINGS = [
  ['1', '0'],
  ['1.0', '0.0'],
  ['1', '-1'],
  ['+1', '-1'],
  ['1.0', '-1.0'],
  ['true', 'false'],
  ['t', 'f'],
  ['yes', 'no'],
  ['same', 'different'],
  ['target', 'nontarget'],
  ['target', 'non-target'],
  ['target', 'imposter'],
  ['target', 'impostor'],
  ['genuine', 'impostor'],
  ['genuine', 'imposter'],
  ['mated', 'nonmated'],
  ['match', 'nonmatch'],
  ['match', 'non-match'],
] as const;

/** The words that one file uses, which must belong together. */
export class TruthWords {
  /** The spellings that have every word so far. */
  private spellings: readonly (readonly [string, string])[] = SPELLINGS;
  private readonly words = new Map<string, number>();

  /** 1 for same, 0 for different; `undefined` for a word that does not go with those before. */
  meaning(text: string): number | undefined {
    const word = text.trim().toLowerCase();
    return this.words.get(word) ?? this.learn(word);
  }

  /** The words for same and for different; `undefined` for plain 1 and 0. */
  spelling(): readonly [string, string] | undefined {
    const [words = SPELLINGS[0]] = this.spellings;
    return words === SPELLINGS[0] ? undefined : words;
  }

  private learn(word: string): number | undefined {
    const left = this.spellings.filter((words) => words.includes(word));
    const [first] = left;
    if (first === undefined) return undefined;
    this.spellings = left;
    const same = first[0] === word ? 1 : 0;
    this.words.set(word, same);
    return same;
  }
}
