// The server under load: clients enrol, verify, identify and remove, and check every answer. After a quarter of the
// time the server is killed; what it acknowledged has to be there when it runs again.
//   node examples/server/load.mjs [--server http.mjs] [--seconds 60] [--clients 8] [--dim 128]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    server: { type: 'string', default: join(import.meta.dirname, 'http.mjs') },
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '8' },
    dim: { type: 'string', default: '128' },
  },
});
const [SECONDS, CLIENTS, DIM] = [flags.seconds, flags.clients, flags.dim].map(Number);
/** Rows that a client keeps at most. */
const MOST_ROWS = 40;
/** Distance of a vector to itself, by cosine in singles. */
const SAME = 1e-6;

const folder = mkdtempSync(join(tmpdir(), 'hackface-load-'));
const agent = new Agent({ keepAlive: true });
const times = [];
const memory = [];
let wrong = 0;

/** A running server. */
async function startServer() {
  const script = resolve(flags.server);
  const child = spawn(process.execPath, [script, folder, '--port', '0', '--dim', String(DIM)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
  ]);
  return { child, port: /:(\d+)\s*$/.exec(said)[1] };
}

/** Sends a request; no status if the server was killed meanwhile. */
function ask(port, method, path, body) {
  return new Promise((done) => {
    const begun = performance.now();
    const sent = request({ port, host: '127.0.0.1', method, path, agent }, async (response) => {
      let text = '';
      try {
        for await (const piece of response.setEncoding('utf8')) text += piece;
      } catch {
        return done({});
      }
      times.push(performance.now() - begun);
      done({ status: response.statusCode, text });
    });
    sent.on('error', () => done({}));
    sent.setHeader('content-type', 'application/json');
    sent.end(body && JSON.stringify(body));
  });
}

function expect(holds, what) {
  if (holds) return;
  wrong += 1;
  console.error(`WRONG: ${what}`);
}

/** A client, and what it knows of the rows that are its own. */
class Client {
  /** Rows by key, oldest first, that are on the server for certain. */
  rows = new Map();
  /** Rows that are gone for certain. */
  gone = new Map();
  #name;
  #made = 0;

  constructor(name) {
    this.#name = name;
  }

  /** Asks until the time is over or the server is gone. */
  async run(port, until) {
    while (performance.now() < until) {
      const draw = Math.random();
      const isFull = this.rows.size >= MOST_ROWS;
      const known = await (this.rows.size < 4 || (draw < 0.05 && !isFull)
        ? this.enrol(port)
        : draw < 0.1
          ? this.remove(port)
          : draw < 0.4
            ? this.verify(port)
            : this.identify(port));
      if (!known) return;
    }
  }

  async enrol(port) {
    this.#made += 1;
    const [key, person] = [`${this.#name}/${this.#made}`, `${this.#name}-${this.#made % 50}`];
    const vector = Array.from({ length: DIM }, () => Math.random() - 0.5);
    const { status } = await ask(port, 'PUT', `/people/${encodeURIComponent(key)}`, {
      person,
      vector,
    });
    if (status === undefined) return false;
    expect(status === 201, `${status} for a row to enrol`);
    this.rows.set(key, { person, vector });
    return true;
  }

  async remove(port) {
    const [[key, row]] = this.rows;
    this.rows.delete(key);
    const { status } = await ask(port, 'DELETE', `/people/${encodeURIComponent(key)}`);
    if (status === undefined) return false;
    expect(status === 204, `${status} for a row to remove`);
    this.gone.set(key, row);
    return true;
  }

  async verify(port) {
    const [[key, { person, vector }]] = this.rows;
    const { status, text } = await ask(port, 'POST', '/verify', { person, vector });
    if (status === undefined) return false;
    const answer = status === 200 ? JSON.parse(text) : {};
    const isRight = answer.accepted && answer.key === key && answer.distance <= SAME;
    expect(isRight, `${status} ${text} for ${key} to verify`);
    return true;
  }

  async identify(port) {
    const all = [...this.rows];
    return this.find(port, all[Math.floor(Math.random() * all.length)]);
  }

  /** Whether the nearest row of a vector is its own. */
  async find(port, [key, { person, vector }], isThere = true) {
    const { status, text } = await ask(port, 'POST', '/identify', { vector, k: 3 });
    if (status === undefined) return false;
    const [hit] = status === 200 ? JSON.parse(text).hits : [];
    const found = hit?.key === key && hit.person === person && hit.distance <= SAME;
    expect(status === 200 && found === isThere, `${status} ${text} for ${key}, there: ${isThere}`);
    return true;
  }

  /** Looks for all rows whose fate is known. */
  async check(port) {
    for (const row of this.rows) await this.find(port, row);
    for (const row of this.gone) await this.find(port, row, false);
  }
}

/** Notes the memory of the server, again and again. */
async function watch(port, until) {
  while (performance.now() < until) {
    const { status, text } = await ask(port, 'GET', '/metrics');
    if (status === undefined) return;
    const bytes = Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)[1]);
    memory.push([performance.now() / 60_000, bytes / 2 ** 20]);
    await new Promise((later) => setTimeout(later, SECONDS * 10));
  }
}

async function load(port, clients, seconds) {
  const until = performance.now() + seconds * 1000;
  await Promise.all([watch(port, until), ...clients.map((client) => client.run(port, until))]);
}

async function main() {
  const clients = Array.from({ length: CLIENTS }, (_, place) => new Client(`client ${place}`));
  const first = await startServer();
  const killed = setTimeout(() => first.child.kill('SIGKILL'), SECONDS * 250);
  await load(first.port, clients, SECONDS);
  clearTimeout(killed);
  const second = await startServer();
  await Promise.all(clients.map((client) => client.check(second.port)));
  memory.length = 0;
  await load(second.port, clients, SECONDS * 0.75);
  const ended = once(second.child, 'exit');
  second.child.kill('SIGTERM');
  const [code] = await ended;
  expect(code === 0, `exit code ${code} after SIGTERM`);
  agent.destroy();
  tell(clients);
}

function tell(clients) {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
  const kept = clients.reduce((sum, { rows }) => sum + rows.size, 0);
  // What a process takes at its start is no leak.
  const later = memory.slice(Math.floor(memory.length / 3));
  const mean = (place) => later.reduce((sum, of) => sum + of[place], 0) / later.length;
  const grows = slope(later, mean(0), mean(1));
  const flat = `${mean(1).toFixed(0)} MB, growing ${grows.toFixed(1)} MB a minute`;
  console.log(
    `${times.length} answers, ${wrong} wrong, median ${at(0.5)} ms, p99 ${at(0.99)} ms, memory ${flat}, ${kept} rows kept over SIGKILL`,
  );
  if (wrong > 0) process.exitCode = 1;
}

/** Megabytes a minute: the line of least squares. */
function slope(points, time, size) {
  const [up, along] = points.reduce(
    ([up, along], [at, of]) => [up + (at - time) * (of - size), along + (at - time) ** 2],
    [0, 0],
  );
  return up / along;
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
