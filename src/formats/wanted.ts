/** The part of a file that is meant, written behind its path: `FILE:MEMBER`, `FILE:dim=512`, `FILE:v,names=path`. */

/** The keys behind a path; all of them may be left out. */
export interface Wanted {
  /** The matrix: an array, a tensor, a variable, a data set, a column. */
  member?: string;
  /** Columns of raw float32 numbers. */
  dim?: number;
  /** Where the names of the rows are. */
  names?: string;
  /** Where the classes of the rows are. */
  labels?: string;
}

/** The keys that may be written, as a type and as a list. */
export type WantedKey = keyof Wanted;

/** Reads what is written behind a path; a text without a key is the member. */
export function wantedIn(text: string): Wanted {
  const wanted: Wanted = {};
  // A member may have commas of its own.
  for (const part of text.split(/,(?=(?:member|dim|names|labels)=)/)) {
    const [, key, value = ''] = /^(member|dim|names|labels)=(.*)$/s.exec(part) ?? [];
    if (key === undefined) wanted.member = part;
    else if (key !== 'dim') wanted[key as 'member'] = value;
    else if (/^[1-9]\d{0,6}$/.test(value)) wanted.dim = Number(value);
    else wanted.member = part;
  }
  return wanted;
}

/** Fields, members and columns that hold the names of rows, in lower case. */
const NAMES = new Set(
  'name names id ids key keys file files filename filenames file_name path paths image images utt utts utterance utterance_id url'.split(
    ' ',
  ),
);
/** Those that hold classes. */
const LABELS = new Set(
  'label labels class classes target targets y person persons identity identities speaker speakers pid pids'.split(
    ' ',
  ),
);
/** Those that hold the vectors themselves. */
const VECTORS = new Set(
  'embedding embeddings encoding encodings vector vectors feature features feat feats x emb embs xvector xvectors data'.split(
    ' ',
  ),
);

export type Meaning = 'names' | 'labels' | 'vectors';

/** Meaning of a field, a member or a column: as asked for, or by its name where nothing was asked. */
export function meaningOf(name: string, wanted: Wanted = {}): Meaning | undefined {
  const { names, labels, member } = wanted;
  if (name === names) return 'names';
  if (name === labels) return 'labels';
  if (name === member) return 'vectors';
  const plain = name.trim().toLowerCase();
  if (NAMES.has(plain)) return names === undefined ? 'names' : undefined;
  if (LABELS.has(plain)) return labels === undefined ? 'labels' : undefined;
  return VECTORS.has(plain) && member === undefined ? 'vectors' : undefined;
}

/** The fields that tell the name and the class of a row: beside a field of files `name` is that of a person. */
export function namingFields(
  keys: readonly string[],
  wanted: Wanted,
): { names?: string | undefined; labels?: string | undefined } {
  const labels = keys.find((key) => meaningOf(key, wanted) === 'labels');
  const naming = keys.filter((key) => meaningOf(key, wanted) === 'names');
  const person = naming.find((key) => /^names?$/i.test(key.trim()));
  const file = naming.find((key) => key !== person);
  if (labels !== undefined || person === undefined || file === undefined) {
    return { names: naming[0], labels };
  }
  return { names: file, labels: person };
}
