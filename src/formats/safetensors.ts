/** `safetensors`: tensors behind a header of JSON, without code. */
import { cutShort, refused } from './failure.js';
import { type FoundMatrix, heldNumbers, leftOut, sizesOf } from './matrix.js';
import { chooseMember, type Member } from './members.js';
import { MOST_HELD, type Source } from './source.js';
import type { Wanted } from './wanted.js';

/** Longest header. The format allows 100 MB; a header of tensors of this size is none of embeddings. */
const LONGEST_HEADER = 4 << 20;
const DEEPEST = 4;

/** NumPy's spelling of the element types that are read in place. */
const DESCR: Record<string, string> = {
  F16: '<f2',
  F32: '<f4',
  F64: '<f8',
  I8: '|i1',
  I16: '<i2',
  I32: '<i4',
  I64: '<i8',
  U8: '|u1',
  U16: '<u2',
  U32: '<u4',
  U64: '<u8',
};

interface Tensor extends Member {
  dtype: string;
  shape: number[];
  /** First byte, and the byte behind the last, in the file. */
  start: number;
  end: number;
}

/** True for the first bytes of such a file: the length of the header, and a brace. */
export function isSafetensors(head: Buffer, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const length = Number(head.readBigUInt64LE(0));
  return length >= 2 && 8 + length <= size && (head[9] === 0x22 || head[9] === 0x7d);
}

/** Finds the tensor asked for, or the only one that is a matrix. */
export function findInSafetensors(source: Source, wanted: Wanted): FoundMatrix {
  const { tensors, format } = tensorsOf(source);
  if (wanted.member === undefined) requireForeign(source.file, format);
  const tensor = chooseMember(source.file, tensors, wanted);
  const { name, dtype, start, end } = tensor;
  const [rows = 0, dim = 0] = sizesOf(tensor.shape) ?? [];
  const told = `tensor ${name} of a safetensors file${leftOut(tensor.shape)}`;
  const expected = rows * dim * (Number(/(?<!\d)\d+$/.exec(dtype)?.[0]) / 8);
  if (dtype in DESCR && end - start !== expected) {
    throw refused(source.file, {
      found: `${end - start} bytes for tensor ${name}`,
      expected: `${expected} for ${rows} × ${dim} of ${dtype}`,
      hint: 'Save it again',
    });
  }
  if (dtype === 'BF16') return widened(source, { start, end, rows, dim }, told);
  const descr = DESCR[dtype];
  if (descr === undefined) {
    throw refused(source.file, {
      found: `tensor ${name} of ${dtype}`,
      expected: `${Object.keys(DESCR).join(', ')} or BF16`,
      hint: 'Save it as float32',
    });
  }
  const numbers = { descr, fortran: false, rows, dim };
  return { place: { offset: start, numbers }, told };
}

/** Files of our own that are no matrix, and what takes them. */
const OWN: Record<string, (file: string) => string> = {
  'hackface-gallery': (file) =>
    `Search it by the command gallery with option probes; its rows as they were saved are ${file}:rows`,
  'hackface-model': () => 'Name it with option model, beside a matrix',
  'hackface-decision': () => 'Name it with option decision, beside a matrix',
};

function requireForeign(file: string, format: unknown): void {
  const hint = typeof format === 'string' && Object.hasOwn(OWN, format) ? OWN[format] : undefined;
  if (hint === undefined) return;
  throw refused(file, {
    found: `a ${String(format).slice('hackface-'.length)} of hackface-native`,
    expected: 'a matrix of numbers',
    hint: hint(file),
  });
}

/** The header, checked: kinds, sizes, places, no name twice; and the format that it tells. */
function tensorsOf(source: Source): { tensors: Tensor[]; format: unknown } {
  const { file, size } = source;
  const length = Number(source.head.readBigUInt64LE(0));
  if (length > LONGEST_HEADER) {
    throw refused(file, {
      found: `a header of ${length} bytes`,
      expected: `at most ${LONGEST_HEADER}`,
      hint: 'Save the matrix with numpy.save',
    });
  }
  const text = source.bytes(8, length, 'its header').toString('utf8');
  const broken = (found: string) =>
    refused(file, { found, expected: 'a header as safetensors writes it', hint: 'Save it again' });
  if (isDeep(text)) throw broken(`a header nested more than ${DEEPEST} deep`);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw broken('a header that is no JSON');
  }
  const tensors: Tensor[] = [];
  const entries = Object.entries(header as Record<string, unknown>);
  // JSON.parse keeps the last of two.
  const written = text.match(/"dtype"\s*:/g)?.length ?? 0;
  for (const [name, entry] of entries) {
    if (name === '__metadata__') continue;
    const tensor = tensorOf(name, entry, 8 + length);
    if (tensor === undefined) throw broken(`tensor ${name} without dtype, shape and data_offsets`);
    if (tensor.end > size) throw cutShort(file, `tensor ${name}`, size);
    tensors.push(tensor);
  }
  if (written > tensors.length) throw broken('a tensor that is described twice');
  const { format } = Object(Object(header).__metadata__) as { format?: unknown };
  return { tensors, format };
}

function tensorOf(name: string, entry: unknown, base: number): Tensor | undefined {
  const { dtype, shape, data_offsets } = Object(entry) as Record<string, unknown>;
  const counts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
  if (typeof dtype !== 'string' || !counts(shape) || !counts(data_offsets)) return undefined;
  const [from = 0, to = 0] = data_offsets;
  if (data_offsets.length !== 2 || to < from) return undefined;
  const about = `${shape.join(' × ')} of ${dtype}`;
  const isMatrix = sizesOf(shape) !== undefined;
  return { name, about, isMatrix, dtype, shape, start: base + from, end: base + to };
}

/** True for JSON that nests deeper than such a header does, whose parsing would fill the memory. */
function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    if (quoted && byte === 0x5c) at += 1;
    else if (byte === 0x22) quoted = !quoted;
    else if (!quoted && (byte === 0x5b || byte === 0x7b)) depth += 1;
    else if (!quoted && (byte === 0x5d || byte === 0x7d)) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** bfloat16 is the upper half of a float32, so all of its values are kept. */
function widened(
  source: Source,
  { start, end, rows, dim }: { start: number; end: number; rows: number; dim: number },
  told: string,
): FoundMatrix {
  if (2 * (end - start) > MOST_HELD) throw source.tooLarge(2 * (end - start), told);
  const halves = source.bytes(start, end - start, told);
  const bytes = Buffer.alloc(2 * halves.length);
  for (let at = 0; at + 2 <= halves.length; at += 2) {
    bytes[2 * at + 2] = halves[at] as number;
    bytes[2 * at + 3] = halves[at + 1] as number;
  }
  return heldNumbers(bytes, { descr: '<f4', fortran: false, rows, dim }, told);
}
