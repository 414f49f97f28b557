/** Findings about a file. */
import { listTexts } from './errors.js';

/** A fault of a file, with all its occurrences. */
export interface Finding {
  /** `error`: a scorer rejects the file. `warning`: it accepts the file, which is hardly meant so. */
  severity: 'error' | 'warning';
  /** Code of the fault, as in errors. */
  code: string;
  /** The fault, with examples. */
  what: string;
  /** Number of cells, rows or names concerned. */
  count: number;
  /** First line concerned, counted from 1; null for the whole file. */
  line: number | null;
  /** Advice: an imperative sentence without its full stop. */
  hint: string;
}

const EXAMPLES = 5;

/** Collects findings, and counts repeated ones with a few examples. */
export class Findings {
  private readonly groups = new Map<string, Finding & { examples: string[] }>();

  get hasErrors(): boolean {
    return [...this.groups.values()].some(({ severity }) => severity === 'error');
  }

  error(code: string, line: number | undefined, what: string, hint: string, example = ''): void {
    this.note('error', code, line, what, hint, example);
  }

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
