/** People and cameras of the rows of a gallery and its probes, which decide the rows that a probe may find. */
import {
  asChecked,
  type Checked,
  filePath,
  oneOf,
  optional,
  type Rules,
  text,
} from './arguments.js';
import { TEMPLATES_FORMAT, type TemplateList } from './csv/enrolment.js';
import { copyClasses, type Labels, LEFT_OUT } from './csv/labels.js';
import { Numbering } from './csv/numbering.js';
import type { Borrowed, Embeddings } from './embeddings.js';
import { HackfaceError } from './errors.js';
import type { Names } from './lists/names.js';
import { SharedClasses } from './evaluation/shared-classes.js';
import type { JobOptions } from './job.js';
import { columnWarnings } from './plausible.js';
import {
  IDENTIFY_PROTOCOLS,
  type IdentifyProtocol,
  toldByNames,
  trackletsOf,
} from './protocols.js';
import { rowNames } from './row-names.js';
import { pooled, type PoolingOptions } from './templates.js';
import { type Tracks, tracksIn } from './tracks.js';
import type { Warning } from './warning.js';

/** Classes of rows: a CSV file, labels read before, or numbers. */
type Classes = string | Labels | Uint32Array;

/** People and cameras of the rows of a search. */
export interface SearchPeople {
  /** Person of each gallery row: a CSV file, labels read before, or numbers. */
  galleryLabels?: string | Labels | Uint32Array | undefined;
  /** Person of each probe; with those of the gallery, ranks and rates are measured. */
  probeLabels?: string | Labels | Uint32Array | undefined;
  /**
   * Camera of each gallery row: a CSV file with a column `camera`, labels read before, or numbers. With
   * those of the probes, rows of the probe's person in the probe's camera are no candidates for it.
   */
  galleryCameras?: string | Labels | Uint32Array | undefined;
  /** Camera of each probe. */
  probeCameras?: string | Labels | Uint32Array | undefined;
  /** Camera of each row, where the gallery is searched with its own rows. */
  cameras?: string | Labels | Uint32Array | undefined;
  /** Class that takes no part: no candidate, no probe; default `-1` with cameras, else none. */
  ignoreClass?: string | undefined;
  /**
   * Rules to follow where the request says nothing else: `market1501`, `veri` and `mars` read person and
   * camera in the names of rows and take average precision by trapezoids; `ijb-1n` sets ranks and rates.
   */
  protocol?: IdentifyProtocol | undefined;
  /** File of the names of the gallery rows, by which labels and cameras may tell them. */
  galleryNames?: string | undefined;
  /** File of the names of the probes. */
  probeNames?: string | undefined;
  /**
   * File of the rows of each template, see {@link readTemplateList}: templates are searched for in the
   * place of rows. A column `class` tells who each is.
   */
  galleryTemplates?: string | undefined;
  /**
   * File of the templates of the probes. Both may be tables of tracklets as MARS has them: first and last frame, counted
   * from 1, person and camera; for the probes also numbers of tracklets of the gallery.
   */
  probeTemplates?: string | undefined;
}

/** Sides as far as they are known before matrices are open: whose rows have names, or may have them in their files. */
export interface Named {
  named?: { gallery: boolean; probes: boolean } | undefined;
  /** True if templates of the gallery are told by a table of tracklets, which knows cameras. */
  tracked?: boolean | undefined;
}

type Request = Checked<SearchPeople> & Named;

/** Validation rules for {@link SearchPeople}. */
export const SEARCH_PEOPLE_RULES: Rules<SearchPeople> = {
  galleryLabels: optional(copyClasses),
  probeLabels: optional(copyClasses),
  galleryCameras: optional(copyClasses),
  probeCameras: optional(copyClasses),
  cameras: optional(copyClasses),
  ignoreClass: optional(text),
  protocol: optional(oneOf(...Object.keys(IDENTIFY_PROTOCOLS))),
  galleryNames: optional(filePath),
  probeNames: optional(filePath),
  galleryTemplates: optional(filePath),
  probeTemplates: optional(filePath),
};

/** Numbers of people and cameras, which mean the same on both sides. */
export interface Candidates {
  /** Person of each gallery row; absent without labels. */
  ofRow?: Uint32Array;
  /** Person of each probe; absent without labels. */
  ofProbe?: Uint32Array;
  /** Name of each person. */
  names: string[];
  /** Number of people in the gallery; `null` without labels. */
  people: number | null;
  /** Names of the rows of the gallery, and of the probes, where they have any. */
  rowNames: { gallery?: Names | undefined; probes?: Names | undefined };
  /** Camera of each row and of each probe. */
  cameras?: { ofRow: Uint32Array; ofProbe: Uint32Array };
  /** Rows of the class that takes no part; `null` without any. */
  ignored: { class: string; probes: number; rows: number } | null;
  /** True if rows of either side are templates. */
  pooled: boolean;
  warnings: Warning[];
}

/** The class of what belongs to nobody, as Market-1501 writes it. */
const JUNK = '-1';

/** True if a request tells labels of the gallery: by a file, by names, or maybe by templates. */
export function tellsPeople(request: Request): boolean {
  return (request.galleryLabels ?? request.galleryTemplates) !== undefined || namesTell(request);
}

/** True if person and camera are read in the names of the gallery rows. */
function namesTell({ protocol, named }: Request): boolean {
  return (
    named?.gallery === true &&
    protocol !== undefined &&
    IDENTIFY_PROTOCOLS[protocol].name !== undefined
  );
}

/** True if rows of either side are pooled to templates or tracklets. */
export function poolsRows(request: Request): boolean {
  const { galleryTemplates, probeTemplates, named, protocol } = request;
  if ((galleryTemplates ?? probeTemplates) !== undefined) return true;
  return (
    (named?.gallery || named?.probes) === true &&
    protocol !== undefined &&
    IDENTIFY_PROTOCOLS[protocol].tracklets === true
  );
}

/** True if a request tells cameras. */
export function tellsCameras(request: Request): boolean {
  const { galleryCameras, cameras, tracked } = request;
  return (galleryCameras ?? cameras) !== undefined || tracked === true || namesTell(request);
}

/** Rejects options that contradict each other; `own`: the probes are the rows of the gallery. */
export function requireCandidates(request: Request, own: boolean): void {
  const { probeLabels, galleryCameras, probeCameras, cameras, protocol } = request;
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  if (probeLabels !== undefined && !tellsPeople(request)) {
    throw refuse('probe labels without gallery labels', 'both, or neither');
  }
  if (own && probeLabels !== undefined) {
    throw refuse('probe labels without probes', 'gallery labels alone, for rows of the gallery');
  }
  const { probeNames, probeTemplates } = request;
  if (own && (galleryCameras ?? probeCameras ?? probeNames ?? probeTemplates) !== undefined) {
    throw refuse(
      'cameras, names or templates of two sides without probes',
      'option cameras alone, for rows of the gallery',
    );
  }
  if (!own && cameras !== undefined) {
    throw refuse(
      'cameras of one side, with probes',
      'option galleryCameras and option probeCameras',
    );
  }
  if ((galleryCameras === undefined) !== (probeCameras === undefined)) {
    throw refuse(
      'cameras of one side',
      'option galleryCameras and option probeCameras, or neither',
    );
  }
  if (tellsCameras(request) && !(tellsPeople(request) && (own || tellsProbes(request)))) {
    throw refuse('cameras without labels', 'who is in each row of both sides, too');
  }
  const { cameras: wanted } = protocol === undefined ? {} : IDENTIFY_PROTOCOLS[protocol];
  if (wanted && !tellsCameras(request)) {
    throw refuse(
      `the protocol ${protocol} without cameras`,
      'names of the rows, as in option galleryNames, or cameras of all rows',
    );
  }
}

function tellsProbes(request: Request): boolean {
  const { probeLabels, probeTemplates, named } = request;
  if ((probeLabels ?? probeTemplates) !== undefined) return true;
  return named?.probes === true && namesTell(request);
}

/** Rows of one side of a search, and what the request tells of them beside labels. */
export interface Side {
  /** The rows, or the templates pooled from them. */
  rows: Embeddings;
  names?: Names | undefined;
  /** Person of each, where a list of templates or the names tell it. */
  people?: Labels | undefined;
  cameras?: Labels | undefined;
  /** The table of tracklets that told the rows. */
  tracks?: Tracks | undefined;
}

/** The files that a request names for one side. */
export interface SideFiles {
  names?: string | undefined;
  templates?: string | undefined;
  /** True if people and cameras are told by files of their own. */
  told: boolean;
  /** The tracklets of the other side, which these may be some of. */
  of?: Tracks | undefined;
}

/** Reads names and templates of one side, and pools its rows. */
export async function readSide(
  rows: Embeddings,
  files: SideFiles,
  request: Checked<SearchPeople & PoolingOptions & JobOptions>,
  borrowed: Borrowed,
): Promise<Side> {
  const ofRows = await rowNames(files.names, rows);
  // Names in the file of the matrix may be of any kind where nobody asks them who is where.
  const asks = files.names !== undefined || !files.told;
  const protocol = asks ? request.protocol : undefined;
  const { templates, of } = files;
  const tracks = templates === undefined ? undefined : tracksIn(templates, rows, { borrowed, of });
  const list =
    tracks?.list ??
    (templates === undefined
      ? ofRows && protocol && trackletsOf(ofRows, protocol)
      : await TEMPLATES_FORMAT.load(templates, asChecked({ names: ofRows })));
  const names = list?.names ?? ofRows;
  const told = tracks ?? (names && protocol && toldByNames(names, protocol));
  const people = list?.classes === undefined ? told?.people : labelsOfTemplates(list);
  return {
    rows: list === undefined ? rows : borrowed.add(await pooled(rows, list, request)),
    names,
    people,
    cameras: told?.cameras,
    tracks,
  };
}

/** The classes that a list tells of its templates. */
function labelsOfTemplates({ classes = [], file }: TemplateList): Labels {
  const numbering = new Numbering();
  const numbers = Uint32Array.from(classes, (name) => numbering.of(name));
  const { names } = numbering;
  return { classes: numbers, names, count: names.length, file };
}

/** Reads who is in each row of the gallery and in each probe; `own`: those are the same. */
export async function readCandidates(
  request: Request,
  [stored, asked]: readonly [Side, Side],
  own: boolean,
): Promise<Candidates> {
  const between = tellsCameras(request);
  const left = request.ignoreClass ?? (between ? JUNK : undefined);
  const people = new SharedClasses(left, ({ file, ignored }) => [
    ...(between ? [] : columnWarnings(file, ignored, ['camera'], cameraCure(own))),
    ...columnWarnings(file, ignored, ['template'], templateCure(own)),
  ]);
  const both = async (
    classes: SharedClasses,
    [ofRows, ofProbes]: readonly [Classes | undefined, Classes | undefined],
  ) => {
    const of = (side: Side, of: Classes) => classes.of(of, side.rows, side.names);
    const ofRow = ofRows && (await of(stored, ofRows));
    const ofProbe = own ? ofRow : ofProbes && (await of(asked, ofProbes));
    return { ...(ofRow && { ofRow }), ...(ofProbe && { ofProbe }) };
  };
  const who = await both(people, [
    request.galleryLabels ?? stored.people,
    request.probeLabels ?? asked.people,
  ]);
  if (request.ignoreClass !== undefined) people.requireIgnored();
  const where = await both(new SharedClasses(undefined, () => [], 'camera'), [
    request.galleryCameras ?? request.cameras ?? stored.cameras,
    request.probeCameras ?? asked.cameras,
  ]);
  const { ofRow, ofProbe } = where;
  if (request.tracked && ofProbe === undefined) {
    throw new HackfaceError('EOPTION', 'usage', {
      found: 'tracks of the gallery, and probes without cameras',
      expected: 'tracks of the probes too, or option probeCameras',
    });
  }
  return {
    ...who,
    names: people.names,
    rowNames: { gallery: stored.names, probes: asked.names },
    people: who.ofRow === undefined ? null : new Set(who.ofRow.filter(takesPart)).size,
    ...(ofRow && ofProbe && { cameras: { ofRow, ofProbe } }),
    ignored: ignoredOf(left, who),
    pooled: poolsRows(request),
    warnings: people.warnings,
  };
}

const takesPart = (person: number) => person !== LEFT_OUT;

function ignoredOf(
  name: string | undefined,
  { ofRow, ofProbe }: Pick<Candidates, 'ofRow' | 'ofProbe'>,
): Candidates['ignored'] {
  const count = (of: Uint32Array | undefined) =>
    of === undefined ? 0 : of.length - of.filter(takesPart).length;
  const [probes, rows] = [count(ofProbe), count(ofRow)];
  return name === undefined || probes + rows === 0 ? null : { class: name, probes, rows };
}

function cameraCure(own: boolean): string {
  const options = own ? 'option cameras' : 'option galleryCameras and option probeCameras';
  return `rows of one camera are compared too: name this file with ${options} as well to leave them out`;
}

function templateCure(own: boolean): string {
  const options = own
    ? 'option galleryTemplates'
    : 'option galleryTemplates and option probeTemplates';
  return `each row stands alone: list the rows of each template with ${options}`;
}
