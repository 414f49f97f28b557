/**
 * Protocols of the field: the rules and formats that each sets at once. What a request says itself comes
 * before them.
 */
import { HackfaceError } from './errors.js';
import type { AveragePrecision, IdentificationConvention } from './evaluation/identification.js';
import type { TemplateList } from './csv/enrolment.js';
import type { Labels } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import { Names } from './lists/names.js';

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
  /** True if rows with the same match of `name` are frames of one tracklet, which are pooled. */
  tracklets?: boolean;
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
  // Zheng et al. 2016: rows are frames, or tracklets already.
  mars: {
    ...RE_IDENTIFICATION,
    name: /^(?<person>\d{4}|00-1)C(?<camera>\d+)T\d+/,
    tracklets: true,
    example: '0001C1T0001F001.jpg',
  },
  // Whitelam et al. 2017 and Maze et al. 2018.
  'ijb-1n': { ranks: [1, 5, 10], fpirs: [0.001, 0.01, 0.1] },
};

/** The rules of a protocol of verification. */
interface EvaluateRules {
  /** How its lists of pairs are written. */
  listFormat: string;
  /** Priors of a genuine pair for detection costs, both costs being 1. */
  priors?: readonly number[];
  /** True if the figure is the accuracy over folds. */
  folds?: boolean;
}

/** Rules by protocol of verification. */
export const EVALUATE_PROTOCOLS: Readonly<Record<EvaluateProtocol, EvaluateRules>> = {
  // Huang et al. 2007.
  lfw: { listFormat: 'lfw-pairs', folds: true },
  // Nagrani et al. 2017, and the challenges from 2019 on for the second prior.
  voxceleb: { listFormat: 'trials-label-first', priors: [0.01, 0.05] },
};

/** A request with the rules of its protocol where it says nothing itself. */
export function underProtocol<
  Request extends {
    protocol?: EvaluateProtocol | undefined;
    priors?: readonly number[] | undefined;
    pairsOptions?: { listFormat?: string | undefined } | undefined;
  },
>(request: Request): Request {
  if (request.protocol === undefined) return request;
  const { listFormat, priors } = EVALUATE_PROTOCOLS[request.protocol];
  const pairsOptions = { ...request.pairsOptions };
  pairsOptions.listFormat ??= listFormat;
  return { ...request, pairsOptions, priors: request.priors ?? priors };
}

/** Refuses pairs without folds where the protocol is about them (`EOPTION`). */
export function requireFolds(protocol: EvaluateProtocol | undefined, folds: unknown): void {
  if (protocol === undefined || !EVALUATE_PROTOCOLS[protocol].folds || folds !== undefined) return;
  throw new HackfaceError('EOPTION', 'usage', {
    found: `the protocol ${protocol} without folds`,
    expected: 'its list of pairs, which has them, or option folds',
  });
}

/** The person and the camera of each row. */
export interface Told {
  people: Labels;
  cameras: Labels;
}

/** Reads person and camera in the names of rows. Errors: `ECSVVALUE` for a name of another kind. */
export function toldByNames(names: Names, protocol: IdentifyProtocol): Told | undefined {
  if (IDENTIFY_PROTOCOLS[protocol].name === undefined) return undefined;
  const [people, cameras] = [new Column(names), new Column(names)];
  for (let row = 0; row < names.count; row += 1) {
    const { person, camera } = partsOf(names, row, protocol);
    people.push(person === '00-1' ? '-1' : person);
    cameras.push(camera);
  }
  return { people: people.labels(), cameras: cameras.labels() };
}

/** The rows of each tracklet by the names of frames, where the protocol is about tracklets. */
export function trackletsOf(names: Names, protocol: IdentifyProtocol): TemplateList | undefined {
  if (!IDENTIFY_PROTOCOLS[protocol].tracklets) return undefined;
  const tracklets = new Names(names.file, true);
  const templates: number[][] = [];
  for (let row = 0; row < names.count; row += 1) {
    const number = tracklets.rowOf(partsOf(names, row, protocol).whole);
    if (number === templates.length) templates.push([]);
    templates[number]?.push(row);
  }
  return { templates, names: tracklets, file: names.file };
}

/** Person and camera in the name of a row, and all that tells them. */
function partsOf(names: Names, row: number, protocol: IdentifyProtocol) {
  const { name: pattern, example } = IDENTIFY_PROTOCOLS[protocol];
  const name = names.name(row);
  const found = pattern?.exec(baseName(name));
  const { person, camera } = found?.groups ?? {};
  if (found && person !== undefined && camera !== undefined) {
    return { whole: found[0], person, camera };
  }
  throw new HackfaceError('ECSVVALUE', 'data', {
    file: names.file,
    found: `${JSON.stringify(name)}, the name of row ${row}`,
    expected: `a name of ${protocol} such as ${example}`,
    hint: 'Give labels and cameras by files of their own',
  });
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
