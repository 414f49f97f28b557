/** Model files read and written for the tests, without the code under test. */
import { createHash } from 'node:crypto';

/** A tensor of doubles. */
export interface Tensor {
  shape: number[];
  data: Float64Array;
}

/** Content of a file. */
export interface ModelFile {
  metadata: Record<string, string>;
  tensors: Record<string, Tensor>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The parts of a safetensors file of doubles. */
export function readModelFile(bytes: Uint8Array): ModelFile {
  const buffer = Buffer.from(bytes);
  const end = 8 + Number(buffer.readBigUInt64LE(0));
  const header = JSON.parse(buffer.toString('utf8', 8, end));
  const { __metadata__: metadata, ...entries } = header;
  const tensors: Record<string, Tensor> = {};
  for (const [name, { shape, data_offsets }] of Object.entries(entries as Record<string, Entry>)) {
    const [from, to] = data_offsets;
    const data = new Float64Array((to - from) / 8);
    for (const i of data.keys()) data[i] = buffer.readDoubleLE(end + from + 8 * i);
    tensors[name] = { shape, data };
  }
  return { metadata, tensors };
}

/** The file of these parts, in the one form that is accepted, with a right checksum. */
export function writeModelFile({ metadata, tensors }: ModelFile): Buffer {
  const { sha256: _, ...rest } = metadata;
  const signed = { ...rest, sha256: checksum({ metadata: rest, tensors }) };
  return rawFile(header({ metadata: signed, tensors }), data(tensors));
}

/** A file of any header and data. */
export function rawFile(text: string, content: Uint8Array): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, content]);
}

/** The header of these parts. */
export function header({ metadata, tensors }: ModelFile): string {
  const parts = [`"__metadata__":${JSON.stringify(Object.fromEntries(sorted(metadata)))}`];
  let at = 0;
  for (const [name, { shape, data: values }] of sorted(tensors)) {
    const end = at + values.length * 8;
    const entry = { dtype: 'F64', shape, data_offsets: [at, end] };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    at = end;
  }
  return `{${parts.join(',')}}`;
}

/** The data section of these tensors. */
export function data(tensors: ModelFile['tensors']): Buffer {
  return Buffer.concat(sorted(tensors).map(([, tensor]) => Buffer.from(tensor.data.buffer)));
}

function checksum({ metadata, tensors }: ModelFile): string {
  const hash = createHash('sha256');
  const number = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    hash.update(bytes);
  };
  const text = (value: string) => {
    number(Buffer.byteLength(value));
    hash.update(value);
  };
  for (const [key, value] of sorted(metadata)) {
    text(key);
    text(value);
  }
  for (const [name, { shape, data: values }] of sorted(tensors)) {
    text(name);
    for (const size of shape) number(size);
    hash.update(Buffer.from(values.buffer));
  }
  return hash.digest('hex');
}

function sorted<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
