// The server on Express: `npm install express` first.
//   node examples/server/express.mjs FOLDER [--port 8080] [--dim 512] [--threshold 0.6]
import express from 'express';
import { Refusal } from './app.mjs';
import { MOST_BYTES, send, signalOf, start } from './start.mjs';

await start(({ answer }) => {
  const app = express().disable('x-powered-by');
  const json = express.json({ limit: MOST_BYTES, strict: false });
  app.use(async (request, response) => {
    const { method, path } = request;
    const body = () => read(json, request, response);
    send(response, await answer({ method, path, body, signal: signalOf(response) }));
  });
  return app;
});

function read(json, request, response) {
  return new Promise((done, failed) =>
    json(request, response, (error) => {
      if (!error) return done(request.body);
      const code = error.status === 413 ? 'ETOOLARGE' : 'EARGUMENT';
      failed(new Refusal(error.status ?? 400, code, error.message));
    }),
  );
}
