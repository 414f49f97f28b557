// The server on plain Node.
//   node examples/server/http.mjs FOLDER [--port 8080] [--dim 512] [--threshold 0.6]
import { Refusal } from './app.mjs';
import { MOST_BYTES, send, signalOf, start } from './start.mjs';

await start(({ answer }) => async (request, response) => {
  const { method, url } = request;
  const path = url.split('?')[0];
  const body = () => jsonOf(request);
  send(response, await answer({ method, path, body, signal: signalOf(response) }));
});

async function jsonOf(request) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Refusal(413, 'ETOOLARGE', `more than ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw new Refusal(400, 'EARGUMENT', 'a body that is no JSON');
  }
}
