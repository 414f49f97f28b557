// Verification over HTTP with nothing but Node: the gallery is mapped once, requests share it.
//   node examples/server.mjs FOLDER [PORT]
//   curl localhost:8080/distance/3/17
// A request that is given up stops its work; a wrong one is told what is wrong with it.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { AbortError, HackfaceError, openEmbeddings, scorePairs } from 'hackface-native';

const [folder = 'data', port = '8080'] = process.argv.slice(2);
const gallery = await openEmbeddings(join(folder, 'test_set.npy'));
/** Pairs at or below it are accepted; choose it for a false accept rate on pairs of your own. */
const THRESHOLD = 0.6;

const server = createServer(async (request, response) => {
  const stop = new AbortController();
  response.once('close', () => stop.abort());
  const reply = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const [, first, second] = /^\/distance\/(\d+)\/(\d+)$/.exec(request.url ?? '') ?? [];
  if (second === undefined) return reply(404, { error: 'GET /distance/ROW/ROW' });
  try {
    const pairs = { index1: Uint32Array.of(Number(first)), index2: Uint32Array.of(Number(second)) };
    const [distance] = await scorePairs(gallery, pairs, { metric: 'cosine', signal: stop.signal });
    reply(200, { distance, accepted: distance <= THRESHOLD });
  } catch (error) {
    if (error instanceof AbortError) return;
    // The reader of a message needs no path of this machine; `found` and `expected` name none.
    const known = error instanceof HackfaceError && error.class === 'data';
    const { code, found, expected } = known ? error : {};
    reply(known ? 400 : 500, known ? { code, found, expected } : { code: 'EINTERNAL' });
    if (!known) console.error(error);
  }
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`${gallery.rows} rows at http://127.0.0.1:${server.address().port}/distance/0/1`);
});
process.once('SIGTERM', () => server.close(() => gallery.close()));
