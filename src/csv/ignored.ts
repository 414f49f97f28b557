/** Columns that a reader has no use for, though their names mean something. */

/** The meaning of a column by its name, in lower case and without signs. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  same: 'same',
  issame: 'same',
  fold: 'fold',
  folds: 'fold',
  camera: 'camera',
  cameraid: 'camera',
  cam: 'camera',
  camid: 'camera',
  template: 'template',
  templateid: 'template',
  group: 'group',
};

/** A meaning that some file of this package has a use for, or a protocol of the field. */
export type Meaning = 'same' | 'fold' | 'camera' | 'template' | 'group';

/** What a reader understood without being told. */
export interface Understood {
  code: 'unnamed-index' | 'truth-spelling' | 'list-format' | 'list-truth';
  /** The remark, a sentence without its full stop. */
  text: string;
}

/** A column that a reader left unused. */
export interface IgnoredColumn {
  /** Its name. */
  column: string;
  /** What columns of this name hold. */
  meaning: Meaning;
}

/** The columns among `names` that mean something and are not among those `used`. */
export function ignoredColumns(names: readonly string[], used: readonly string[]): IgnoredColumn[] {
  return names.flatMap((column) => {
    const meaning = MEANINGS[column.toLowerCase().replaceAll(/[^a-z]/g, '')];
    return meaning === undefined || used.includes(column) ? [] : [{ column, meaning }];
  });
}
