import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';

/** A call of the library, by name. */
export interface Question {
  id: number;
  call: string;
  args: unknown[];
}

/** An error as it arrived, in plain data. */
export interface PlainError {
  isHackfaceError: boolean;
  name: string;
  message: string;
  code?: string;
  class?: string;
  file?: string;
  row?: number;
  line?: number;
  column?: number | string;
  offset?: number;
  found?: string;
  expected?: string;
  hint?: string;
}

/** Result of a call. */
export interface Answer {
  id: number;
  value?: unknown;
  error?: PlainError;
  ms: number;
  /** By how much the peak of resident memory rose. */
  grownKiB: number;
  /** Errors that reached the process instead of the caller. */
  strays: string[];
}

/** A process that uses the library for many calls in turn, as a server does. */
export class Host {
  private child: ChildProcess | undefined;
  private next = 0;

  /** Calls a function of the library; rejects when the process dies or does not answer. */
  call(name: string, ...args: unknown[]): Promise<Answer> {
    this.child ??= fork(resolve('build/test/support/host-child.js'), {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const { child } = this;
    this.next += 1;
    const id = this.next;
    return new Promise((done, failed) => {
      const end = (finish: () => void) => {
        clearTimeout(limit);
        child.off('message', hear);
        child.off('exit', died);
        finish();
      };
      const hear = (answer: Answer) => {
        if (answer.id === id) end(() => done(answer));
      };
      const died = (code: number | null, signal: string | null) => {
        this.child = undefined;
        end(() => failed(new Error(`the process ended in ${name}: ${signal ?? code}`)));
      };
      const limit = setTimeout(() => {
        this.close();
        end(() => failed(new Error(`no answer from ${name} in 20 s`)));
      }, 20_000);
      child.on('message', hear);
      child.on('exit', died);
      child.send({ id, call: name, args } satisfies Question);
    });
  }

  /** Ends the process. */
  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}
