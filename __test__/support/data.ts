/** Finds larger test data, which is not part of the repository. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * The path of `name` below `HACKFACE_DATA`, by default `../shared/data` beside the repository, and
 * the `skip` option of a test that needs it. Throws where it is absent and `HACKFACE_REQUIRE_DATA`
 * is set.
 */
export function testData(name: string): { path: string; skip: string | false } {
  const path = resolve(process.env.HACKFACE_DATA ?? join('..', 'shared', 'data'), name);
  if (existsSync(path)) return { path, skip: false };
  if (process.env.HACKFACE_REQUIRE_DATA !== undefined) {
    throw new Error(`${path} is not here, and HACKFACE_REQUIRE_DATA asks for it`);
  }
  console.error(`skipped: ${path} is not here`);
  return { path, skip: 'no data' };
}
