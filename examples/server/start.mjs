// Starts a server and stops it: what is at work is answered, the gallery is closed, then the process ends.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createApp } from './app.mjs';
import { openPeople } from './people.mjs';

/** The most bytes of a request. */
export const MOST_BYTES = 1 << 20;

/** `listenerOf` makes a listener of requests for an app. */
export async function start(listenerOf) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8080' },
      dim: { type: 'string', default: '512' },
      threshold: { type: 'string', default: '0.6' },
    },
  });
  const people = await openPeople(positionals[0] ?? 'people', Number(values.dim));
  const server = createServer(listenerOf(createApp(people, Number(values.threshold))));
  server.listen(Number(values.port), '127.0.0.1', () => {
    console.log(`${people.size} rows at http://127.0.0.1:${server.address().port}`);
  });
  const stop = () => {
    server.close(() => people.close());
    server.closeIdleConnections();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

/** Sends a reply of the app through a response of node:http, which those of frameworks are too. */
export function send(response, { status, json, text }) {
  if (status === 503) response.setHeader('retry-after', '1');
  const type = text === undefined ? 'application/json' : 'text/plain; version=0.0.4';
  response.writeHead(status, { 'content-type': type });
  response.end(text ?? (json && JSON.stringify(json)));
}

/** Aborts when the client goes away before it has its answer. */
export function signalOf(response) {
  const stop = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) stop.abort();
  });
  return stop.signal;
}
