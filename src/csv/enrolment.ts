/** The rows of each template: `template,row`, with media and classes if wanted, `spk2utt` or `utt2spk`. */
import { optional, type Rules, oneOf } from '../arguments.js';
import { formatNames } from '../lists/formats.js';
import { Names } from '../lists/names.js';
import { CsvFormat } from './format.js';
import { CLASS_NAMES, ROW_NAMES, type WantedColumn } from './header.js';
import type { Understood } from './ignored.js';
import { Members } from './members.js';
import { requireNames } from './names.js';
import { Numbering } from './numbering.js';
import type { Collector } from './read.js';
import { MAX_ROWS, Table } from './table.js';

/** Templates of several rows each. */
export interface TemplateList {
  /** Rows of each template, in the order of the list. */
  templates: readonly (readonly number[])[];
  /** Name of each template, in the order in which they first occur. */
  names: Names;
  /** Number of the medium, such as a video, of each of those rows; absent where each row is one. */
  media?: readonly (readonly number[])[];
  /** Class of each template; absent where the list tells none. */
  classes?: readonly string[];
  /** Where they come from; named in errors. */
  file: string;
  /** Facts understood without being told; absent where all was plain. */
  understood?: readonly Understood[];
}

/** How to read a list of templates. */
export interface TemplateListOptions {
  /** Names of the rows, by which the list may tell them; default none: it tells row numbers. */
  names?: Names | undefined;
  /** The format of the list; by default its first lines tell. */
  listFormat?: string | undefined;
}

const RULES: Rules<TemplateListOptions> = {
  names: optional(requireNames),
  listFormat: optional(oneOf(...formatNames('templates'))),
};

/** Lists of templates. */
export const TEMPLATES_FORMAT = new CsvFormat<TemplateList, TemplateListOptions>(
  RULES,
  (file, options) => new TemplateCollector(file, options),
);

/**
 * Reads the rows of each template from a CSV file of `template` and `row` (or `name`), from Kaldi's
 * `spk2utt` or `utt2spk`, or from IJB's lists of image, template and medium; `-` is standard input. Columns
 * `media` and `class` tell the medium of each row and the person of its template. A row may be of several templates. Errors: those of
 * {@link readPairs}. Cost: one pass, 8 bytes a row and 40 a template.
 */
export async function readTemplateList(
  path: string,
  options: TemplateListOptions = {},
): Promise<TemplateList> {
  return TEMPLATES_FORMAT.read(path, options);
}

const TEMPLATE = 0;
const ROW = 1;
const MEDIUM = 2;
const CLASS = 3;

class TemplateCollector implements Collector<TemplateList> {
  readonly table: Table;
  private readonly members: Members;
  private readonly templates: number[][] = [];
  private readonly media: number[][] = [];
  private readonly classes: string[] = [];
  private readonly mediumNumbers = new Numbering();
  private readonly names: Names;

  constructor(file: string, { names, listFormat: forced }: TemplateListOptions) {
    const columns: WantedColumn[] = [
      { name: 'template', required: true, field: 'class' },
      { name: 'row', required: true, field: 'row', aliases: names && ROW_NAMES },
      { name: 'media', required: false, field: 'medium' },
      { name: 'class', required: false, aliases: CLASS_NAMES },
    ];
    const isName = names && ((text: string) => names.has(text));
    this.table = new Table({ file, columns, list: { kind: 'templates', forced, isName } });
    this.members = new Members(this.table, names, names?.count ?? MAX_ROWS);
    this.names = new Names(file);
  }

  takeRow(): void {
    const { table } = this;
    if (table.format?.name !== 'spk2utt') {
      const template = this.template(table.position(TEMPLATE));
      this.rowsOf(template).push(this.members.row(ROW));
      if (table.has(MEDIUM)) this.takeMedium(template);
      if (table.has(CLASS)) this.takeClass(template);
      return;
    }
    const { fields } = table.scanner;
    if (fields === 1) throw table.badText(ROW, '', 'the rows of the template', 'Remove the line');
    const rows = this.rowsOf(this.template(0));
    for (let cell = 1; cell < fields; cell += 1) rows.push(this.members.rowAt(cell, ROW));
  }

  private rowsOf(template: number): number[] {
    return this.templates[template] as number[];
  }

  private takeMedium(template: number): void {
    const { table, media } = this;
    const name = table.text(MEDIUM);
    if (name === '') throw table.badCell(MEDIUM, 'the medium of the row');
    if (template === media.length) media.push([]);
    media[template]?.push(this.mediumNumbers.of(name));
  }

  private takeClass(template: number): void {
    const { table, classes } = this;
    const name = table.text(CLASS);
    if (name === '') throw table.badCell(CLASS, 'a class');
    classes[template] ??= name;
    if (classes[template] === name) return;
    const known = `${classes[template]}, as in an earlier line of its template`;
    throw table.badCell(CLASS, known, 'Correct the class or the template');
  }

  finish(): TemplateList {
    const { table, templates, names, media, classes } = this;
    const understood = table.understood();
    const list = {
      templates,
      names,
      file: table.file,
      ...(media.length > 0 && { media }),
      ...(classes.length > 0 && { classes }),
    };
    return understood.length === 0 ? list : { ...list, understood };
  }

  /** The number of the template that a cell names. */
  private template(position: number): number {
    const { table, names, templates } = this;
    const name = table.cell(position);
    if (name === '') throw table.badText(TEMPLATE, name, 'the name of a template');
    const bytes = Buffer.from(name);
    const number = names.add(bytes, 0, bytes.length);
    if (number === templates.length) templates.push([]);
    return number;
  }
}
