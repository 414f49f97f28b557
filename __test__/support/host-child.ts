/** Runs calls of the library for `host.ts`, one process for many. */
import { readFileSync } from 'node:fs';
import * as api from 'hackface-native';
import type { Answer, Question } from './host.js';

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});
process.on('unhandledRejection', (error) => stray('unhandledRejection', error));
process.on('uncaughtException', (error) => stray('uncaughtException', error));

const calls: Record<string, unknown> = { ...api };
const strays: string[] = [];
function stray(kind: string, error: unknown): void {
  strays.push(`${kind}: ${String(error)}`);
}

async function answer({ id, call, args }: Question): Promise<Answer> {
  const before = peakKiB();
  const started = performance.now();
  const reply: Answer = { id, ms: 0, grownKiB: 0, strays: [] };
  try {
    const target = calls[call] as (...args: unknown[]) => unknown;
    const value = await target(...args);
    reply.value = value instanceof api.Embeddings ? describe(value) : value;
  } catch (error) {
    reply.error = {
      ...(error as object),
      isHackfaceError: error instanceof api.HackfaceError,
      name: (error as Error).name,
      message: (error as Error).message,
    };
  }
  reply.ms = performance.now() - started;
  // The rest of a promise shows itself a turn later.
  await new Promise((turn) => setImmediate(turn));
  reply.grownKiB = peakKiB() - before;
  reply.strays = strays.splice(0);
  return reply;
}

function describe(embeddings: api.Embeddings): object {
  const { rows, dim, dtype, io } = embeddings;
  embeddings.close();
  return { rows, dim, dtype, io };
}

/** Most memory that was ever resident since this program began. */
function peakKiB(): number {
  try {
    const status = readFileSync('/proc/self/status', 'latin1');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
