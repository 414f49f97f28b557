// What the server answers, whatever brings the requests: node:http or a framework.
import { AbortError, HackfaceError } from 'hackface-native';
import { createMetrics } from './metrics.mjs';

/** Requests at work; further ones are sent away, rather than all of them answered late. */
const MOST_AT_ONCE = 256;
const MOST_HITS = 100;

/** A refusal with its status and a stable code. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const ROUTES = [
  ['PUT', /^\/people\/([^/]+)$/, enrol],
  ['DELETE', /^\/people\/([^/]+)$/, remove],
  ['POST', /^\/verify$/, verify],
  ['POST', /^\/identify$/, identify],
  ['GET', /^\/metrics$/, ({ metrics, people }) => ({ status: 200, text: metrics.text(people) })],
  ['GET', /^\/health$/, ({ people }) => ({ status: 200, json: { people: people.size } })],
];

/** `threshold`: the distance from which on two vectors are of two people. */
export function createApp(people, threshold) {
  const metrics = createMetrics();
  let atWork = 0;

  /** Answers a request; `body` reads what came with it. Never rejects. */
  async function answer({ method, path, body, signal }) {
    const done = metrics.begin();
    let route = 'none';
    atWork += 1;
    try {
      if (atWork > MOST_AT_ONCE) throw new Refusal(503, 'EBUSY', 'too many requests at work');
      const [of, name] = routeOf(method, path);
      route = of.name;
      const context = { people, metrics, threshold, name, signal };
      const given = method === 'PUT' || method === 'POST' ? fieldsOf(await body()) : {};
      return noted(await of(context, given));
    } catch (error) {
      return noted(refusalOf(error));
    } finally {
      atWork -= 1;
    }

    function noted(reply) {
      done(route, reply.status);
      return reply;
    }
  }

  return { answer };
}

function routeOf(method, path) {
  const fitting = ROUTES.filter(([, pattern]) => pattern.test(path));
  const found = fitting.find(([of]) => of === method);
  if (!found) {
    throw fitting.length > 0
      ? new Refusal(405, 'EMETHOD', `${path} takes ${fitting.map(([of]) => of).join(' and ')}`)
      : new Refusal(404, 'ENOTFOUND', 'no such page');
  }
  const [, pattern, of] = found;
  return [of, decoded(pattern.exec(path)[1] ?? '')];
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new Refusal(400, 'EARGUMENT', 'a name that is no UTF-8');
  }
}

function fieldsOf(body) {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new Refusal(400, 'EARGUMENT', 'found another body, expected a JSON object');
}

async function enrol({ people, name }, { person, vector }) {
  await people.enrol(name, textOf('person', person), vectorOf(vector));
  return { status: 201, json: { key: name, person } };
}

async function remove({ people, name }) {
  await people.remove(name);
  return { status: 204 };
}

async function verify({ people, threshold, signal }, { person, vector }) {
  const hit = await people.verify(textOf('person', person), vectorOf(vector), signal);
  if (hit === undefined) throw new Refusal(404, 'ENOTFOUND', 'no such person');
  const { key, distance } = hit;
  return { status: 200, json: { accepted: distance <= threshold, distance, key } };
}

async function identify({ people, threshold, signal }, { vector, k = 1 }) {
  if (!Number.isInteger(k) || k < 1 || k > MOST_HITS) {
    throw new Refusal(400, 'EARGUMENT', `k: expected a whole number from 1 to ${MOST_HITS}`);
  }
  return {
    status: 200,
    json: { hits: await people.identify(vectorOf(vector), k, threshold, signal) },
  };
}

function textOf(name, value) {
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal(400, 'EARGUMENT', `${name}: expected a text`);
}

/** The library says of the numbers what is wrong with them. */
function vectorOf(value) {
  if (Array.isArray(value)) return value;
  throw new Refusal(400, 'EARGUMENT', 'vector: expected an array of numbers');
}

/** The reply to a failure. The reader needs no path of this machine; `found` and `expected` name none. */
function refusalOf(error) {
  if (error instanceof Refusal) {
    const { status, code, message } = error;
    return { status, json: { code, message } };
  }
  if (error instanceof AbortError) return { status: 499, json: { code: 'EABORTED' } };
  if (error instanceof HackfaceError && /^(data|usage)$/.test(error.class)) {
    const status = { EDUPLICATE: 409, EINDEX: 404 }[error.code] ?? 400;
    const { code, found, expected } = error;
    return { status, json: { code, message: `found ${found}, expected ${expected}` } };
  }
  console.error(error);
  return { status: 500, json: { code: 'EINTERNAL' } };
}
