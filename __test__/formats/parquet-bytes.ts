/** Writes Parquet files of one row group after the description of the format, right ones and wrong ones. */

/** A column: singles, lists of singles, or texts. */
export interface ParquetColumn {
  name: string;
  numbers?: readonly number[];
  vectors?: readonly (readonly number[])[];
  texts?: readonly string[];
}

/** The lies to write into the file. */
export interface ParquetLies {
  rows?: number;
  values?: number;
  unpacked?: number;
  packed?: number;
  codec?: number;
  /** Repetitions of the first level of a list, in place of one. */
  run?: number;
  /** Groups of rows, all of the same chunks; 1 by default. */
  groups?: number;
  /** Elements of the schema inside of each other, before the columns. */
  deep?: number;
  /** The number 0 in place of the name of each column of texts. */
  numbered?: boolean;
  /** A field to leave out of the description of the file, of a group, of a chunk or of its values, or the number there. */
  changed?: { part: 'file' | 'group' | 'chunk' | 'values'; field: number; to?: number | undefined };
  /** Bytes in place of the description. */
  footer?: Buffer;
}

type Field = [
  number: number,
  type: 'i' | 's' | 'l' | 't',
  value: number | string | Field[] | (Field[] | number | string)[],
];

const [INT, TEXT, LIST, STRUCT] = [5, 8, 9, 12];

export function parquetFile(columns: readonly ParquetColumn[], lies: ParquetLies = {}): Buffer {
  const { part: changed, field: place, to } = lies.changed ?? {};
  const told = (part: string, fields: Field[]) =>
    fields.flatMap((one): Field[] => {
      if (part !== changed || one[0] !== place) return [one];
      return to === undefined ? [] : [[place, 'i', to]];
    });
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const rows =
    columns[0]?.numbers?.length ?? columns[0]?.vectors?.length ?? columns[0]?.texts?.length ?? 0;
  const chunks = columns.map((column) => {
    const { count, bytes } = pageOf(column, lies.run);
    const { values = count, unpacked = bytes.length, packed = bytes.length } = lies;
    const page: Field[] = [
      [1, 'i', 0],
      [2, 'i', unpacked],
      [3, 'i', packed],
      [
        5,
        't',
        [
          [1, 'i', values],
          [2, 'i', 0],
          [3, 'i', 3],
          [4, 'i', 3],
        ],
      ],
    ];
    const chunk = Buffer.concat([struct(page), bytes]);
    parts.push(chunk);
    const path = column.vectors ? [column.name, 'list', 'element'] : [column.name];
    const meta: Field[] = [
      [1, 'i', column.texts ? 6 : 4],
      [2, 'l', [0]],
      [3, 'l', path],
      [4, 'i', lies.codec ?? 0],
      [5, 'i', values],
      [6, 'i', chunk.length],
      [7, 'i', chunk.length],
      [9, 'i', at],
    ];
    at += chunk.length;
    return told('chunk', [
      [2, 'i', 0],
      [3, 't', told('values', meta)],
    ]);
  });
  const count = lies.rows ?? rows;
  const group = told('group', [
    [1, 'l', chunks],
    [2, 'i', at],
    [3, 'i', count],
  ]);
  const schema: Field[][] = [
    [
      [4, 's', 'schema'],
      [5, 'i', columns.length],
    ],
    ...Array.from({ length: lies.deep ?? 0 }, (): Field[] => [
      [4, 's', 'a'],
      [5, 'i', 1],
    ]),
    ...columns.flatMap((column) =>
      lies.numbered && column.texts
        ? [
            [
              [1, 'i', 6],
              [3, 'i', 0],
              [4, 'i', 0],
            ] as Field[],
          ]
        : schemaOf(column),
    ),
  ];
  const footer =
    lies.footer ??
    struct(
      told('file', [
        [1, 'i', 1],
        [2, 'l', schema],
        [3, 'i', count * (lies.groups ?? 1)],
        [4, 'l', Array.from({ length: lies.groups ?? 1 }, () => group)],
      ]),
    );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}

/** The elements of the schema: required leaves, and required lists of required singles. */
function schemaOf({ name, vectors, texts }: ParquetColumn): Field[][] {
  if (vectors !== undefined) {
    return [
      [
        [3, 'i', 0],
        [4, 's', name],
        [5, 'i', 1],
        [6, 'i', 3],
      ],
      [
        [3, 'i', 2],
        [4, 's', 'list'],
        [5, 'i', 1],
      ],
      [
        [1, 'i', 4],
        [3, 'i', 0],
        [4, 's', 'element'],
      ],
    ];
  }
  const leaf: Field[] = [
    [1, 'i', texts ? 6 : 4],
    [3, 'i', 0],
    [4, 's', name],
  ];
  return [texts ? [...leaf, [6, 'i', 0]] : leaf];
}

/** The values of a column, and the levels of repetition and definition of a list before them. */
function pageOf(
  { numbers, vectors, texts }: ParquetColumn,
  run = 1,
): { count: number; bytes: Buffer } {
  if (texts !== undefined) {
    const bytes = texts.map((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(text));
      return Buffer.concat([length, Buffer.from(text)]);
    });
    return { count: texts.length, bytes: Buffer.concat(bytes) };
  }
  const values = vectors?.flat() ?? numbers ?? [];
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  if (vectors === undefined) return { count: values.length, bytes };
  // Runs of one level each: 0 begins a row, 1 goes on with it; all values are defined.
  const repetition = vectors
    .flatMap((vector) => [varint(2 * run), [0], varint(2 * (vector.length - 1)), [1]])
    .flat();
  const definition = [...varint(2 * values.length), 1];
  const levels = [repetition, definition].map((level) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(level.length);
    return Buffer.concat([length, Buffer.from(level)]);
  });
  return { count: values.length, bytes: Buffer.concat([...levels, bytes]) };
}

/** A structure of Thrift's compact protocol. */
export function struct(fields: readonly Field[]): Buffer {
  let before = 0;
  const parts = fields.map(([number, type, value]) => {
    const code = { i: INT, s: TEXT, l: LIST, t: STRUCT }[type];
    const head = Buffer.of(((number - before) << 4) | code);
    before = number;
    return Buffer.concat([head, bytesOf(value, type)]);
  });
  return Buffer.concat([...parts, Buffer.of(0)]);
}

function bytesOf(value: Field[2], type: Field[1]): Buffer {
  if (type === 'i') return Buffer.from(varint(zigzag(value as number)));
  if (type === 's')
    return Buffer.from([
      ...varint(Buffer.byteLength(value as string)),
      ...Buffer.from(value as string),
    ]);
  if (type === 't') return struct(value as Field[]);
  const list = value as (Field[] | number | string)[];
  const kind = typeof list[0] === 'number' ? 'i' : typeof list[0] === 'string' ? 's' : 't';
  const code = { i: INT, s: TEXT, t: STRUCT }[kind];
  const head =
    list.length < 15 ? [(list.length << 4) | code] : [0xf0 | code, ...varint(list.length)];
  return Buffer.concat([Buffer.from(head), ...list.map((one) => bytesOf(one, kind))]);
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
