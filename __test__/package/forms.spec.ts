/** Forms of issues, and what Dependabot is asked: as GitHub takes them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const FOLDER = '.github/ISSUE_TEMPLATE';
const read = (path: string) => parse(readFileSync(path, 'utf8'));

interface Field {
  type: string;
  id?: string;
  attributes: { label?: string; value?: string; options?: unknown[] };
  validations?: { required?: boolean };
}

test('every form has what GitHub demands', () => {
  const forms = readdirSync(FOLDER).filter((name) => name !== 'config.yml');
  assert.ok(forms.length >= 3);
  for (const name of forms) {
    const { body, ...form } = read(join(FOLDER, name)) as { body: Field[]; name: string };
    assert.deepEqual(Object.keys(form).sort(), ['description', 'labels', 'name'], name);
    for (const { type, id, attributes } of body) {
      assert.ok(['textarea', 'input', 'dropdown', 'checkboxes', 'markdown'].includes(type), name);
      assert.match(id ?? '', /^[\w-]+$/, name);
      assert.ok(attributes.label, `${name}: ${id}`);
    }
    const ids = body.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, name);
    assert.ok(
      body.some(({ validations }) => validations?.required),
      `${name} asks for nothing`,
    );
  }
});

test('what leads elsewhere has a place to lead to', () => {
  const { contact_links } = read(join(FOLDER, 'config.yml'));
  for (const { name, url, about } of contact_links) {
    assert.ok(name && about);
    assert.match(url, /^https:\/\//);
  }
});

test('Dependabot looks at each kind of dependency, where it is', () => {
  const { version, updates } = read('.github/dependabot.yml');
  assert.equal(version, 2);
  const files: Record<string, string> = {
    'github-actions': '.github/workflows',
    cargo: 'Cargo.lock',
    npm: 'package-lock.json',
  };
  const asked = updates.map((one: Record<string, unknown>) => one['package-ecosystem']);
  assert.deepEqual(asked.sort(), Object.keys(files).sort());
  for (const { directory, schedule, 'package-ecosystem': kind } of updates) {
    assert.ok(existsSync(join('.', directory, files[kind] as string)), kind);
    assert.ok(['daily', 'weekly', 'monthly'].includes(schedule.interval));
  }
});
