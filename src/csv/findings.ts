import { listTexts } from './errors.js';

/** One thing that is wrong with a file, however often. */
export interface Finding {
  /** `error`: a scorer refuses the file. `warning`: it is accepted, but hardly anyone means it. */
  severity: 'error' | 'warning';
  /** Kind, as in errors. */
  code: string;
  /** What is wrong, with examples. */
  what: string;
  /** How many cells, rows or names it concerns. */
  count: number;
  /** The first line, counted from 1; null where it concerns the whole file. */
  line: number | null;
  /** What to do: an imperative sentence without its full stop. */
  hint: string;
}

const EXAMPLES = 5;

/** Collects findings; the same one again is counted, with a few examples. */
export class Findings {
  private readonly groups = new Map<string, Finding & { examples: string[] }>();

  /** Whether anything was found that is refused. */
  get hasErrors(): boolean {
    return [...this.groups.values()].some(({ severity }) => severity === 'error');
  }

  /** Notes what a scorer refuses. */
  error(code: string, line: number | undefined, what: string, hint: string, example = ''): void {
    this.note('error', code, line, what, hint, example);
  }

  /** Notes what is accepted, but hardly meant. */
  warn(code: string, line: number | undefined, what: string, hint: string): void {
    this.note('warning', code, line, what, hint, '');
  }

  /** Every finding, errors first, then by line. */
  list(): Finding[] {
    const found = [...this.groups.values()].map(({ examples, ...finding }) => {
      const shown = listTexts(examples, finding.count);
      return { ...finding, what: examples.length > 0 ? `${finding.what}: ${shown}` : finding.what };
    });
    const rank = ({ severity, line }: Finding) =>
      (severity === 'error' ? 0 : 2 ** 40) + (line ?? 0);
    return found.sort((left, right) => rank(left) - rank(right));
  }

  private note(
    severity: Finding['severity'],
    code: string,
    line: number | undefined,
    what: string,
    hint: string,
    example: string,
  ): void {
    const key = `${code} ${what} ${hint}`;
    const known = this.groups.get(key);
    const finding = known ?? {
      severity,
      code,
      what,
      count: 0,
      line: line ?? null,
      hint,
      examples: [],
    };
    finding.count += 1;
    if (example !== '' && finding.examples.length < EXAMPLES) finding.examples.push(example);
    if (known === undefined) this.groups.set(key, finding);
  }
}
