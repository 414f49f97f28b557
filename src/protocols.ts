/**
 * Protocols of the field: the rules and formats that each sets at once. What a request says itself comes
 * before them.
 */
import { HackfaceError } from './errors.js';
import type { AveragePrecision, IdentificationConvention } from './evaluation/identification.js';
import type { Labels } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import type { Names } from './lists/names.js';

/** A protocol of identification (1:N). */
export type IdentifyProtocol = 'market1501' | 'veri' | 'mars' | 'ijb-1n';

/** A protocol of verification (1:1). */
export type EvaluateProtocol = 'lfw' | 'voxceleb';

/** The rules of a protocol of identification. */
export interface IdentifyRules {
  ranks: readonly number[];
  averagePrecision?: AveragePrecision;
  convention?: IdentificationConvention;
  fpirs?: readonly number[];
  /** True if rows of the probe's person in its camera are no candidates, so cameras are wanted. */
  cameras?: boolean;
  /** Person and camera, by the names of rows; the groups `person` and `camera`. */
  name?: RegExp;
  /** A name as it may be. */
  example?: string;
}

const RE_IDENTIFICATION = {
  ranks: [1, 5, 10, 20],
  averagePrecision: 'trapezoid',
  cameras: true,
} as const;

/** Rules by protocol of identification. */
export const IDENTIFY_PROTOCOLS: Readonly<Record<IdentifyProtocol, IdentifyRules>> = {
  // Zheng et al. 2015, and the evaluation in Matlab that comes with the data set.
  market1501: {
    ...RE_IDENTIFICATION,
    name: /^(?<person>-?\d+)_c(?<camera>\d+)(s\d+)?_/,
    example: '0002_c1s1_000451_03.jpg',
  },
  // Liu et al. 2016; lists of good and junk images are those that names tell.
  veri: {
    ...RE_IDENTIFICATION,
    name: /^(?<person>-?\d+)_c(?<camera>\d+)_/,
    example: '0001_c001_00016450_0.jpg',
  },
  // Zheng et al. 2016: rows are tracklets.
  mars: {
    ...RE_IDENTIFICATION,
    name: /^(?<person>\d{4}|00-1)C(?<camera>\d+)T\d+/,
    example: '0001C1T0001F001.jpg',
  },
  // Whitelam et al. 2017 and Maze et al. 2018.
  'ijb-1n': { ranks: [1, 5, 10], fpirs: [0.001, 0.01, 0.1] },
};

/** The person and the camera of each row. */
export interface Told {
  people: Labels;
  cameras: Labels;
}

/** Reads person and camera in the names of rows. Errors: `ECSVVALUE` for a name of another kind. */
export function toldByNames(names: Names, protocol: IdentifyProtocol): Told | undefined {
  const { name: pattern, example } = IDENTIFY_PROTOCOLS[protocol];
  if (pattern === undefined) return undefined;
  const [people, cameras] = [new Column(names), new Column(names)];
  for (let row = 0; row < names.count; row += 1) {
    const name = names.name(row);
    const { person, camera } = pattern.exec(baseName(name))?.groups ?? {};
    if (person === undefined || camera === undefined) {
      throw new HackfaceError('ECSVVALUE', 'data', {
        file: names.file,
        row,
        found: JSON.stringify(name),
        expected: `a name of ${protocol} such as ${example}`,
        hint: 'Give labels and cameras by files of their own',
      });
    }
    people.push(person === '00-1' ? '-1' : person);
    cameras.push(camera);
  }
  return { people: people.labels(), cameras: cameras.labels() };
}

/** Classes by row. */
class Column {
  private readonly numbering = new Numbering();
  private readonly classes: Uint32Array;
  private row = 0;

  constructor(private readonly of: Names) {
    this.classes = new Uint32Array(of.count);
  }

  push(name: string): void {
    this.classes[this.row] = this.numbering.of(name);
    this.row += 1;
  }

  labels(): Labels {
    const { names } = this.numbering;
    return { classes: this.classes, names, count: names.length, file: this.of.file };
  }
}

/** A path without its folders, of either kind of system. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
