/** Files of pairs, and of what the members of pairs are. */
import { asChecked, type Checked, filePath, oneOf, optional, type Rules } from './arguments.js';
import { TEMPLATES_FORMAT, type TemplateList } from './csv/enrolment.js';
import { loadNames, requireNamed } from './csv/names.js';
import { PAIRS_FORMAT, type Pairs, type PairsOptions, requirePairsWithin } from './csv/pairs.js';
import type { Borrowed, Embeddings } from './embeddings.js';
import { HackfaceError } from './errors.js';
import type { JobOptions } from './job.js';
import type { Names } from './lists/names.js';
import { rowNames } from './row-names.js';
import { FUSIONS, type TemplateFusion } from './sides.js';
import { pooled, type PoolingOptions, requirePooled } from './templates.js';

/** How to read pairs whose matrix is known. */
export type ListedPairsOptions = Omit<
  PairsOptions,
  'rows' | 'names' | 'secondNames' | 'templates' | 'truth'
>;

/** Files that say what the members of pairs are. */
export interface SidesFiles {
  /** File of the names of the rows, by which lists may tell them; default those in the matrix file. */
  names?: string | undefined;
  /** `.npy` file of the rows that second members are of; default those of the embeddings. */
  against?: string | undefined;
  /** File of the names of its rows; default those in the matrix file. */
  againstNames?: string | undefined;
  /**
   * The rows of each template: `spk2utt`, `utt2spk`, or CSV of `template` and `row` (or `name`). The list
   * of pairs then names a template first.
   */
  enrol?: string | undefined;
  /** How templates are compared, see {@link SidesOptions}. */
  fuse?: TemplateFusion | undefined;
}

/** Validation rules for {@link SidesFiles}. */
export const SIDES_FILES_RULES: Rules<SidesFiles> = {
  names: optional(filePath),
  against: optional(filePath),
  againstNames: optional(filePath),
  enrol: optional(filePath),
  fuse: optional(oneOf(...FUSIONS)),
};

/** Matrices that are open, whose files may name their rows. */
export interface OpenSides {
  first: Embeddings;
  /** Absent where second members are rows of the first, too. */
  second?: Embeddings | undefined;
}

/** The names and the templates by which lists tell members of pairs. */
export interface NamedSides {
  names: Names | undefined;
  secondNames: Names | undefined;
  enrolment: TemplateList | undefined;
}

/** Rejects options of sides that are not there (`EOPTION`). */
export function requireSides(request: SidesFiles & PooledFiles & PoolingOptions): void {
  const { against, againstNames, enrol, fuse } = request;
  requirePooled(request, request.templates !== undefined, 'templates');
  const refuse = (found: string, expected: string) =>
    new HackfaceError('EOPTION', 'usage', { found, expected });
  if (againstNames !== undefined && against === undefined) {
    throw refuse('option againstNames without a second matrix', 'option against beside it');
  }
  if (fuse !== undefined && enrol === undefined) {
    throw refuse(`option fuse ${fuse} without templates`, 'option enrol beside it');
  }
}

/** Reads the names and templates of the files; without them, names in the files of the matrices. */
export async function readSides(
  files: SidesFiles,
  open?: Partial<OpenSides>,
  others?: Names,
): Promise<NamedSides> {
  const named = async (file: string | undefined, rows: Embeddings | undefined) => {
    if (rows !== undefined) return rowNames(file, rows);
    return file === undefined ? undefined : loadNames(file);
  };
  const names = (await named(files.names, open?.first)) ?? others;
  const secondNames =
    files.against === undefined ? names : await named(files.againstNames, open?.second);
  const enrolment =
    files.enrol === undefined
      ? undefined
      : await TEMPLATES_FORMAT.load(files.enrol, asChecked({ names }));
  if (enrolment?.media) throw withMedia(enrolment.file);
  return { names, secondNames, enrolment };
}

/** Reads the list of templates that the rows of a matrix are pooled to, and pools them. */
export async function openPooled(
  rows: Embeddings,
  request: Checked<PooledFiles & PoolingOptions & JobOptions>,
  borrowed: Borrowed,
): Promise<Embeddings> {
  const { templates, names: file } = request;
  if (templates === undefined) return rows;
  const names = await rowNames(file, rows);
  const list = await TEMPLATES_FORMAT.load(templates, asChecked({ names }));
  return borrowed.add(await pooled(rows, list, request));
}

/** A request whose lists tell rows by the names of templates, where rows were pooled to these. */
export function namedByTemplates<Request extends PooledFiles>(request: Request): Request {
  return request.templates === undefined ? request : { ...request, names: undefined };
}

/** Files that say which rows make up a template. */
export interface PooledFiles {
  /** File of the names of the rows, by which the list may tell them. */
  names?: string | undefined;
  /**
   * File of the rows of each template, see {@link readTemplateList}: rows are pooled to templates, and pairs
   * and labels tell these by name.
   */
  templates?: string | undefined;
}

/** Reads pairs by the names of their members. */
export function loadPairs(
  file: string,
  options: PairsOptions,
  { names, secondNames, enrolment }: NamedSides,
): Promise<Pairs> {
  const templates = enrolment?.names;
  const settled = { ...options, names, secondNames: secondNames ?? ('none' as const), templates };
  return PAIRS_FORMAT.load(file, asChecked(settled));
}

/** Rejects names for other matrices, and numbers of rows that these do not have. */
export function requireSidesWithin(
  { names, secondNames, enrolment }: NamedSides,
  { first, second }: OpenSides,
  pairs?: Pairs,
): void {
  if (names) requireNamed(names, first.rows);
  if (secondNames && second) requireNamed(secondNames, second.rows);
  for (const [template, rows] of enrolment?.templates.entries() ?? []) {
    const beyond = rows.find((row) => row >= first.rows);
    if (beyond === undefined) continue;
    throw new HackfaceError('EINDEX', 'data', {
      file: enrolment?.file ?? '<templates>',
      found: `row ${beyond} in template ${enrolment?.names.name(template)}`,
      expected: `a row below ${first.rows}`,
    });
  }
  if (pairs === undefined) return;
  const others = second?.rows ?? first.rows;
  requirePairsWithin(pairs, enrolment?.templates.length ?? first.rows, first.dim, others);
}

function withMedia(file: string): HackfaceError {
  return new HackfaceError('EOPTION', 'usage', {
    file,
    found: 'a column of media in option enrol',
    expected: 'rows alone, or option templates, which pools media',
  });
}
