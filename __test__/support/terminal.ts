import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** True if this system has util-linux's `script`, which gives a program a terminal. */
export const hasTerminal = spawnSync('script', ['--version'], {
  encoding: 'utf8',
}).stdout?.includes('util-linux');

/** A program on a terminal of its own, as a person at its keys meets it. */
export class Terminal {
  private readonly child: ChildProcess;
  private seen = '';

  /** `command` is a line of `sh`. */
  constructor(command: string, cwd: string, env: Record<string, string>) {
    this.child = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], {
      cwd,
      env: { ...process.env, TERM: 'xterm', COLUMNS: '200', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.seen += text;
    });
  }

  /** Types, and gives what the screen shows from then on, once that matches. */
  async type(keys: string, expected: RegExp, limitMs = 10_000): Promise<string> {
    this.seen = '';
    this.child.stdin?.write(keys);
    const until = performance.now() + limitMs;
    for (;;) {
      const text = withoutMoves(this.seen);
      if (expected.test(text)) return text;
      if (performance.now() > until) throw new Error(`${expected} does not match: ${text}`);
      await new Promise((next) => setTimeout(next, 20));
    }
  }

  /** Takes the terminal away, which ends what runs on it. */
  close(): void {
    this.child.kill('SIGKILL');
  }
}

/** Printed text without colours and cursor moves. */
function withoutMoves(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
  return text.replaceAll(/\x1b(\[[0-9;?]*[A-Za-z]|[=>])|\r|\x07/g, '');
}
