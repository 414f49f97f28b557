// A server that answers with distances; asks itself a hundred times at once and ends by itself.
import express from 'express';
import { scorePairs } from 'hackface-native';

const matrix = { data: Float32Array.of(3, 4, 4, 3), rows: 2, dim: 2 };
const app = express();
app.get('/distance/:first/:second', async (request, response) => {
  const { first, second } = request.params;
  const pairs = { index1: Uint32Array.of(Number(first)), index2: Uint32Array.of(Number(second)) };
  const [distance] = await scorePairs(matrix, pairs, { metric: 'sqeuclidean' });
  response.json({ distance });
});
const server = app.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/distance/0/1`;
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => (await (await fetch(url)).json()).distance),
  );
  console.log(JSON.stringify({ answers: answers.length, distinct: [...new Set(answers)] }));
  server.close();
  server.closeAllConnections();
});
