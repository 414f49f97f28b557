/** Tracklets in tables of numbers, as the evaluation of MARS has them. */
import type { TemplateList } from './csv/enrolment.js';
import type { Labels } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import type { Borrowed, Embeddings } from './embeddings.js';
import { HackfaceError } from './errors.js';
import { holdsArrays } from './formats/classes.js';
import { tell } from './formats/told.js';
import { Names } from './lists/names.js';

/** A table of tracklets: the rows of each, who it is and which camera saw it. */
export interface Tracks {
  list: TemplateList;
  people: Labels;
  cameras: Labels;
}

/** First and last row, counted from 1, person, camera. */
const COLUMNS = 4;

/**
 * Reads tracklets from a matrix of one a row: the first and the last of its frames, counted from 1, the person and
 * the camera (`tracks_test_info.mat`). A vector tells tracklets of the table `of`, counted from 1 (`query_IDX.mat`).
 * `undefined` for a list of text. Errors: those of {@link openEmbeddings}; `EDIMENSION`, `EINDEX` with the tracklet.
 */
export function tracksIn(
  file: string,
  rows: Embeddings,
  { borrowed, of }: { borrowed: Borrowed; of: Tracks | undefined },
): Tracks | undefined {
  if (!holdsArrays(file)) return undefined;
  const table = borrowed.open(file);
  const numbers = Array.from(table.slice(0), Number);
  const isVector = table.rows === 1 || table.dim === 1;
  if (of !== undefined && isVector) return chosen(file, of, numbers);
  if (table.dim !== COLUMNS) {
    throw new HackfaceError('EDIMENSION', 'data', {
      file,
      found: `${table.rows} × ${table.dim} numbers`,
      expected: `${COLUMNS} columns: first and last frame, person, camera${of ? ', or the numbers of tracks' : ''}`,
    });
  }
  const tracks = Array.from({ length: table.rows }, (_, track) =>
    numbers.slice(COLUMNS * track, COLUMNS * (track + 1)),
  );
  const templates = tracks.map(([first = 0, last = 0], track) => {
    const isRange = Number.isInteger(first) && Number.isInteger(last) && 1 <= first;
    if (!isRange || last < first || last > rows.rows) {
      throw outside(file, track, `frames ${first} to ${last}`, `frames from 1 to ${rows.rows}`);
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first - 1 + i);
  });
  tell(`${file}: ${table.rows} tracks: first and last row counted from 1, person, camera`);
  const told = (column: number) =>
    labelsOf(
      file,
      tracks.map((track) => String(track[column])),
    );
  return { list: listOf(file, templates), people: told(2), cameras: told(3) };
}

/** The tracklets of these numbers, counted from 1. */
function chosen(file: string, { list, people, cameras }: Tracks, numbers: number[]): Tracks {
  const { templates } = list;
  const places = numbers.map((number, place) => {
    if (templates[number - 1] !== undefined) return number - 1;
    throw outside(file, place, `track ${number}`, `tracks from 1 to ${templates.length}`);
  });
  const taken = ({ classes, names }: Labels) =>
    labelsOf(
      file,
      places.map((place) => names[classes[place] ?? 0] ?? ''),
    );
  tell(`${file}: ${places.length} tracks of ${list.file}, counted from 1`);
  return {
    list: listOf(
      file,
      places.map((place) => templates[place] ?? []),
    ),
    people: taken(people),
    cameras: taken(cameras),
  };
}

/** Templates that are called by their places, counted from 1. */
function listOf(file: string, templates: readonly (readonly number[])[]): TemplateList {
  const names = new Names(file, true);
  for (let number = 1; number <= templates.length; number += 1) names.rowOf(String(number));
  return { templates, names, file };
}

function labelsOf(file: string, texts: readonly string[]): Labels {
  const numbering = new Numbering();
  const classes = Uint32Array.from(texts, (name) => numbering.of(name));
  const { names } = numbering;
  return { classes, names, count: names.length, file };
}

function outside(file: string, row: number, found: string, expected: string): HackfaceError {
  const hint = 'Check that the table belongs to that matrix';
  return new HackfaceError('EINDEX', 'data', { file, row, found, expected, hint });
}
