// A report in a real browser. Wants Chromium: HACKFACE_CHROMIUM, or a usual place of the system.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import {
  audit,
  writeAuditReport,
  writeIdentificationReport,
  writePlot,
  writeReport,
} from 'hackface-native';
import { temporaryFolder } from '../support/folder.js';
import { randomNumbers } from '../support/random.js';
import { full } from './evaluation.js';
import { identified } from './identification.js';

const PLACES = [
  process.env.HACKFACE_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const executablePath = PLACES.find((path) => path !== '' && existsSync(path));
const skip = executablePath === undefined && 'no Chromium here; HACKFACE_CHROMIUM names one';
if (skip) console.error(`skipped: ${skip}`);

const folder = temporaryFolder();
let browser: Browser;

before(async () => {
  if (executablePath === undefined) return;
  // Root has no name space for the sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath, args });
});

after(() => browser?.close());

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [375, 1440]) {
    test(`a report, ${width} pixels wide, ${colorScheme}`, { skip }, async () => {
      const path = join(folder, `${colorScheme}-${width}.html`);
      const long = `a-very-long-name-${'without-a-break'.repeat(12)}`;
      await writeReport(full(long), path, { command: `hackface-native evaluate -e ${long}` });
      const seen = await open(path, { width, colorScheme });
      assert.deepEqual(seen.problems, []);
      assert.deepEqual(seen.requests, [pathToFileURL(path).href]);
      assert.equal(seen.overflow, 0, 'the page is wider than the window');
      assert.equal(seen.hiding, 0, 'a table hides a column');
      assert.equal(seen.charts.length, 9);
      for (const chart of seen.charts) {
        assert.ok(chart.width > 250 && chart.height > 180, JSON.stringify(chart));
        assert.ok(chart.inked > 4, 'lines and areas have a size');
      }
      // Text and paper differ by what WCAG asks for.
      assert.ok(seen.contrast >= 4.5, `contrast ${seen.contrast}`);
      assert.equal(seen.dark, colorScheme === 'dark');
    });
  }
}

test('the slider works by keyboard; without script the page has none', { skip }, async () => {
  const path = join(folder, 'slider.html');
  await writeReport(full('name'), path);
  const stops = (/ data-stops="([^"]*)"/.exec(readFileSync(path, 'utf8'))?.[1] ?? '').split(';');
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(pathToFileURL(path).href);
  const input = page.getByRole('slider', { name: /strictest threshold to the loosest/ });
  const shown = async () => {
    const texts = await page.locator('#slider output').allTextContents();
    const marks = page.locator('.cursor');
    return [...texts, await marks.nth(0).getAttribute('d'), await marks.nth(1).getAttribute('d')];
  };
  const at = async () => Number(await input.inputValue());
  // It is the first thing that the key Tab reaches.
  await page.keyboard.press('Tab');
  const start = await at();
  assert.deepEqual(await shown(), stops[start]?.split('|'));
  for (const [key, stop] of [
    ['ArrowRight', start + 1],
    ['ArrowLeft', start],
    ['Home', 0],
    ['End', stops.length - 1],
  ] as const) {
    await page.keyboard.press(key);
    assert.equal(await at(), stop, key);
    assert.deepEqual(await shown(), stops[stop]?.split('|'));
    assert.match((await input.getAttribute('aria-valuetext')) ?? '', /^threshold /);
  }
  // On paper nothing can be unfolded.
  const folded = page.locator('details .facts').first();
  assert.equal(await folded.isVisible(), false);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('#slider').isVisible(), false);
  assert.equal(await folded.isVisible(), true);
  await page.close();
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(pathToFileURL(path).href);
  assert.equal(await still.locator('#slider').isVisible(), false);
  assert.equal(await still.locator('.chart').count(), 9);
  assert.equal(await still.locator('.cursor').count(), 0);
  await plain.close();
  assert.deepEqual(problems, []);
});

test('an SVG file of its own', { skip }, async () => {
  const path = join(folder, 'roc.svg');
  await writePlot([full('one'), full('two')], path);
  for (const colorScheme of ['light', 'dark'] as const) {
    const seen = await open(path, { width: 1000, colorScheme });
    assert.deepEqual(seen.problems, []);
    assert.deepEqual(seen.requests, [pathToFileURL(path).href]);
    assert.equal(seen.charts.length, 1);
    assert.ok((seen.charts[0]?.inked ?? 0) > 4);
  }
});

test('a page of an audit', { skip }, async () => {
  const path = join(folder, 'audit.html');
  const next = randomNumbers(3);
  const data = Float32Array.from({ length: 60 * 4 }, () => next() - 0.5);
  data.copyWithin(40, 0, 4);
  const labels = {
    classes: new Uint32Array(60).map((_, row) => row % 5),
    count: 5,
    file: 'labels',
  };
  const names = Array.from({ length: 5 }, (_, i) => `person-${i}-${'without-a-break'.repeat(9)}`);
  const report = await audit({
    embeddings: { data, rows: 60, dim: 4 },
    labels: { ...labels, names },
  });
  assert.ok((report.suspects?.total ?? 0) > 0 && report.repeated.total > 0);
  await writeAuditReport(report, path);
  for (const width of [375, 1440]) {
    const seen = await open(path, { width, colorScheme: 'light' });
    assert.deepEqual(seen.problems, []);
    assert.deepEqual(seen.requests, [pathToFileURL(path).href]);
    assert.equal(seen.overflow, 0);
    assert.equal(seen.hiding, 0, 'a table hides a column');
  }
});

test('a page of an identification', { skip }, async () => {
  const path = join(folder, 'identification.html');
  const long = `a-very-long-name-${'without-a-break'.repeat(12)}`;
  await writeIdentificationReport(identified(long), path);
  for (const width of [375, 1440]) {
    const seen = await open(path, { width, colorScheme: 'dark' });
    assert.deepEqual(seen.problems, []);
    assert.deepEqual(seen.requests, [pathToFileURL(path).href]);
    assert.equal(seen.overflow, 0);
    assert.equal(seen.hiding, 0, 'a table hides a column');
    assert.equal(seen.charts.length, 2);
    assert.ok(seen.contrast >= 4.5, `contrast ${seen.contrast}`);
  }
});

/** Opens a file and says what a reader would meet. */
async function open(path: string, how: { width: number; colorScheme: 'light' | 'dark' }) {
  const context = await browser.newContext({
    viewport: { width: how.width, height: 900 },
    colorScheme: how.colorScheme,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  const seen = await page.evaluate(look);
  await context.close();
  return { ...seen, problems, requests };
}

/** Runs within the page, so it names nothing outside itself. */
function look() {
  const { document, getComputedStyle } = globalThis as unknown as Page;
  const luminance = (colour: string) => {
    const parts = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
      const c = Number(part) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    const [r = 0, g = 0, b = 0] = parts;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const root = document.documentElement;
  const soft = getComputedStyle(document.querySelector('header p, .tick') ?? root);
  const paper = getComputedStyle(document.querySelector('body, .paper') ?? root);
  const background = luminance(document.querySelector('body') ? paper.backgroundColor : paper.fill);
  const ink = luminance(document.querySelector('body') ? soft.color : soft.fill);
  return {
    overflow: Math.max(0, root.scrollWidth - root.clientWidth),
    hiding: [...document.querySelectorAll('.scroll')].filter((t) => t.scrollWidth > t.clientWidth)
      .length,
    charts: [...document.querySelectorAll('svg')].map((svg) => {
      const { width, height } = svg.getBoundingClientRect();
      const shapes = [...svg.querySelectorAll('path, circle')];
      const drawn = shapes.filter((shape) => {
        const box = shape.getBoundingClientRect();
        return box.width > 0 || box.height > 0;
      });
      return { width, height, inked: drawn.length };
    }),
    contrast: (Math.max(ink, background) + 0.05) / (Math.min(ink, background) + 0.05),
    dark: background < 0.2,
  };
}

/** As much of the document as the test asks for; Node's types know none. */
interface Element {
  scrollWidth: number;
  clientWidth: number;
  getBoundingClientRect(): { width: number; height: number };
  querySelectorAll(selector: string): Iterable<Element>;
}
interface Page {
  document: {
    documentElement: Element;
    querySelector(selector: string): Element | null;
    querySelectorAll(selector: string): Iterable<Element>;
  };
  getComputedStyle(element: Element): { color: string; backgroundColor: string; fill: string };
}
