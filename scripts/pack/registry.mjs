// A registry of npm on this machine, with the packages that are about to be published. What it does
// not have it fetches from another one, or answers with 404 where there is none.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * @param packages `{ manifest, file, integrity }` for each tarball
 * @param upstream URL of another registry without a slash at its end, or undefined
 */
export async function startRegistry(packages, upstream) {
  const byName = new Map(packages.map((one) => [one.manifest.name, one]));
  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error) => response.writeHead(502).end(String(error)),
    );
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${server.address().port}`;

  async function answer({ url: path, headers }) {
    const [name, file] = decodeURIComponent(path.slice(1)).split('/-/');
    const own = byName.get(name);
    if (own && file)
      return { status: 200, type: 'application/octet-stream', body: readFileSync(own.file) };
    if (own) return { status: 200, type: 'application/json', body: JSON.stringify(packument(own)) };
    if (!upstream) return { status: 404, type: 'application/json', body: '{"error":"not found"}' };
    const { accept = '*/*' } = headers;
    const found = await fetch(`${upstream}${path}`, { headers: { accept } });
    const type = found.headers.get('content-type') ?? 'application/octet-stream';
    return { status: found.status, type, body: Buffer.from(await found.arrayBuffer()) };
  }

  function packument({ manifest, integrity }) {
    const { name, version } = manifest;
    const tarball = `${url}/${name}/-/${name}-${version}.tgz`;
    return {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, dist: { tarball, integrity } } },
    };
  }

  return { url, close: () => server.close() };
}
