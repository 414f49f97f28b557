/** Who is in each row of a gallery and of its probes, and which rows a probe may therefore find. */
import { type Checked, filePath, oneOf, optional, type Rules, text } from './arguments.js';
import { copyClasses, type Labels, LEFT_OUT } from './csv/labels.js';
import { loadNames } from './csv/names.js';
import { HackfaceError } from './errors.js';
import { type Shape, SharedClasses } from './evaluation/shared-classes.js';
import { columnWarnings } from './plausible.js';
import { IDENTIFY_PROTOCOLS, type IdentifyProtocol, toldByNames } from './protocols.js';
import type { Warning } from './warning.js';

/** Classes of rows: a CSV file, labels read before, or numbers. */
type Classes = string | Labels | Uint32Array;

/** People and cameras of the rows of a search. */
export interface SearchPeople {
  /** Person of each gallery row: a CSV file, labels read before, or numbers. */
  galleryLabels?: Classes | undefined;
  /** Person of each probe; with those of the gallery, ranks and rates are measured. */
  probeLabels?: Classes | undefined;
  /**
   * Camera of each gallery row: a CSV file with a column `camera`, labels read before, or numbers. With
   * those of the probes, rows of the probe's person in the probe's camera are no candidates for it.
   */
  galleryCameras?: Classes | undefined;
  /** Camera of each probe. */
  probeCameras?: Classes | undefined;
  /** Camera of each row, where the gallery is searched with its own rows. */
  cameras?: Classes | undefined;
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
}

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
  /** Camera of each row and of each probe. */
  cameras?: { ofRow: Uint32Array; ofProbe: Uint32Array };
  /** Rows of the class that takes no part; `null` without any. */
  ignored: { class: string; probes: number; rows: number } | null;
  warnings: Warning[];
}

/** The class of what belongs to nobody, as Market-1501 writes it. */
const JUNK = '-1';

/** True if a request tells labels of the gallery, by a file or by names. */
export function tellsPeople(request: Checked<SearchPeople>): boolean {
  return request.galleryLabels !== undefined || namesTell(request);
}

/** True if person and camera are read in the names of the gallery rows. */
function namesTell({ protocol, galleryNames }: Checked<SearchPeople>): boolean {
  return (
    galleryNames !== undefined &&
    protocol !== undefined &&
    IDENTIFY_PROTOCOLS[protocol].name !== undefined
  );
}

/** True if a request tells cameras. */
export function tellsCameras(request: Checked<SearchPeople>): boolean {
  return (request.galleryCameras ?? request.cameras) !== undefined || namesTell(request);
}

/** Rejects options that contradict each other; `own`: the probes are the rows of the gallery. */
export function requireCandidates(request: Checked<SearchPeople>, own: boolean): void {
  const { probeLabels, galleryCameras, probeCameras, cameras, protocol } = request;
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  if (probeLabels !== undefined && !tellsPeople(request)) {
    throw refuse('probe labels without gallery labels', 'both, or neither');
  }
  if (own && probeLabels !== undefined) {
    throw refuse('probe labels without probes', 'gallery labels alone, for rows of the gallery');
  }
  if (own && (galleryCameras ?? probeCameras ?? request.probeNames) !== undefined) {
    throw refuse(
      'cameras or names of two sides without probes',
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
      'option galleryNames, or cameras of all rows',
    );
  }
}

function tellsProbes({ probeLabels, probeNames, ...request }: Checked<SearchPeople>): boolean {
  return probeLabels !== undefined || (probeNames !== undefined && namesTell(request));
}

/** Reads who is in each row of the gallery `rows` and of the probes; `own`: those are the same. */
export async function readCandidates(
  request: Checked<SearchPeople>,
  [rows, probes]: readonly [Shape, Shape],
  own: boolean,
): Promise<Candidates> {
  const { protocol } = request;
  const named = async (file: string | undefined, count: number) => {
    const names = file === undefined ? undefined : await loadNames(file, count);
    const told = names && protocol && toldByNames(names, protocol);
    return { names, told };
  };
  const stored = await named(request.galleryNames, rows.rows);
  const asked = own ? stored : await named(request.probeNames, probes.rows);
  const between = tellsCameras(request);
  const left = request.ignoreClass ?? (between ? JUNK : undefined);
  const people = new SharedClasses(left, ({ file, ignored }) => [
    ...(between ? [] : columnWarnings(file, ignored, ['camera'], cameraCure(own))),
    ...columnWarnings(file, ignored, ['template']),
  ]);
  const both = async (
    classes: SharedClasses,
    [ofRows, ofProbes]: readonly [Classes | undefined, Classes | undefined],
  ) => {
    const ofRow = ofRows && (await classes.of(ofRows, rows, stored.names));
    const ofProbe = own ? ofRow : ofProbes && (await classes.of(ofProbes, probes, asked.names));
    return { ...(ofRow && { ofRow }), ...(ofProbe && { ofProbe }) };
  };
  const who = await both(people, [
    request.galleryLabels ?? stored.told?.people,
    request.probeLabels ?? asked.told?.people,
  ]);
  if (request.ignoreClass !== undefined) people.requireIgnored();
  const where = await both(new SharedClasses(undefined, () => [], 'camera'), [
    request.galleryCameras ?? request.cameras ?? stored.told?.cameras,
    request.probeCameras ?? asked.told?.cameras,
  ]);
  const { ofRow, ofProbe } = where;
  return {
    ...who,
    names: people.names,
    people: who.ofRow === undefined ? null : new Set(who.ofRow.filter(takesPart)).size,
    ...(ofRow && ofProbe && { cameras: { ofRow, ofProbe } }),
    ignored: ignoredOf(left, who),
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
