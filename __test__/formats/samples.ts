/** A small right file of every format, and ways to make it a wrong one. */
import * as h5wasm from 'h5wasm';
import { dictionary, encode, npyFile } from '../support/npy.js';
import { matlabFile } from './matlab-bytes.js';
import { parquetFile } from './parquet-bytes.js';
import { npyOf, randomRows } from './bytes.js';
import { NAMES } from './outcome.js';
import { zipFile } from './zip-bytes.js';

const rows = randomRows(5, 3);
const names = rows.map((_, i) => `n${i}`);
const npy = npyOf(rows);
const numbers = encode('<f4', rows.flat());
const length = (of: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(of);
  return bytes;
};
const tensors = Buffer.from(`{"x":{"dtype":"F32","shape":[5,3],"data_offsets":[0,60]}}`);
const dim = encode('<i4', [3]);
const text = (by: string) => rows.map((row) => row.join(by)).join('\n');
const kaldi = rows.flatMap((row, i) => [Buffer.from(`n${i} \0BFV \x04`), dim, encode('<f4', row)]);

/** Bytes of a text whose letters are bytes. */
export const bytesOf = (letters: string) => Buffer.from(letters, 'latin1');

/** Instructions of a pickle that push a list of lists of doubles. */
const list = Buffer.concat([
  bytesOf(']('),
  ...rows.map((row) => {
    const doubles = row.map((value) => {
      const bytes = Buffer.alloc(9, 'G');
      bytes.writeDoubleBE(value, 1);
      return bytes;
    });
    return Buffer.concat([bytesOf(']('), ...doubles, bytesOf('e')]);
  }),
  bytesOf('e'),
]);

/** A pickle around instructions that push one value. */
export function pickleOf(value: Buffer | string, protocol = 2): Buffer {
  const inside = typeof value === 'string' ? bytesOf(value) : value;
  return Buffer.concat([Buffer.of(0x80, protocol), inside, bytesOf('.')]);
}

/** A `.npy` array of one object, the value of these instructions. */
export function objectsOf(value: Buffer | string): Buffer {
  const inside = typeof value === 'string' ? bytesOf(value) : value;
  const pickle = Buffer.concat([
    bytesOf('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R(K\x01)'),
    bytesOf('cnumpy\ndtype\nX\x02\0\0\0O8K\0K\x01\x87R(K\x03X\x01\0\0\0|NNN'),
    bytesOf('J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb\x89]'),
    inside,
    bytesOf('atb'),
  ]);
  const header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }".padEnd(117);
  return Buffer.concat([bytesOf(`\x93NUMPY\x01\0v\0${header}\n`), pickleOf(pickle, 3)]);
}

/** A file of `torch.save`: instructions that push one value, and a storage. */
export function torchOf(value: Buffer | string, storage: Uint8Array = numbers): Buffer {
  return zipFile([
    { name: 'archive/data.pkl', data: pickleOf(value) },
    { name: 'archive/byteorder', data: Buffer.from('little') },
    { name: 'archive/data/0', data: storage },
  ]);
}

/** Instructions that push a tensor of 5 × 3 singles. */
export const TENSOR =
  'ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x0ftQK\0K\x05K\x03\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtR';

/** A file that libhdf5 writes in its own memory. */
export async function hdf5File(fill: (file: h5wasm.File) => void): Promise<Buffer> {
  const { FS } = await h5wasm.ready;
  const file = new h5wasm.File('/made.h5', 'w');
  fill(file);
  file.close();
  const bytes = FS.readFile('/made.h5');
  FS.unlink('/made.h5');
  return Buffer.from(bytes);
}

const images = ['Ann', 'Bo'].flatMap((who) => [1, 2, 3].map((n) => `${who}/${who}_000${n}.jpg`));
const voices = ['id0/b.wav', 'id0/a.wav', 'id1/a.wav', 'id2/a.wav'];

/** Files that stand beside a sample: its archive, the names of its rows. */
export const BESIDE: Record<string, Buffer> = {
  'x.ark': Buffer.concat(kaldi),
  [NAMES]: Buffer.from([...names, ...images, ...voices].join('\n')),
};

/** A right file of each format, by a name that tells the reader. */
export async function samples(): Promise<Record<string, Buffer>> {
  const columns = rows[0]?.flatMap((_, column) => rows.map((row) => row[column] as number)) ?? [];
  const x = { name: 'x', shape: [5, 3], numbers: columns };
  const texts = { name: 'names', shape: [1, 5], texts: names };
  return {
    'x.npy': npy,
    'x.npz': zipFile([
      { name: 'x.npy', data: npy },
      { name: 'names.npy', data: npy },
    ]),
    'packed.npz': zipFile([{ name: 'x.npy', data: npy, method: 8 }], { zip64: true }),
    'each.npz': zipFile(
      rows.map((row, i) => ({
        name: `${names[i]}/v.npy`,
        data: npyFile({ header: dictionary('<f4', '(3,)'), data: encode('<f4', row) }),
        method: i % 2 === 0 ? 8 : 0,
      })),
    ),
    'x.safetensors': Buffer.concat([length(tensors.length), tensors, numbers]),
    'x.fvecs': Buffer.concat(rows.flatMap((row) => [dim, encode('<f4', row)])),
    'x.json': Buffer.from(JSON.stringify({ embeddings: rows, names })),
    'x.jsonl': Buffer.from(rows.map((v, i) => JSON.stringify({ id: `${i}`, v })).join('\n')),
    'x.csv': Buffer.from(`a,b,c\n${text(',')}\n`),
    'x.txt': Buffer.from(text(' ')),
    'x.ark': BESIDE['x.ark'] as Buffer,
    't.ark': Buffer.from(rows.map((row, i) => `n${i} [ ${row.join(' ')} ]\n`).join('')),
    'x.scp': Buffer.from('a x.ark:3\nb x.ark:28\n'),
    'x.pkl': pickleOf(list),
    'objects.npy': objectsOf(list),
    'x.pt': torchOf(TENSOR),
    'x.mat': matlabFile([texts, x]),
    'packed.mat': matlabFile([texts, x], { packed: true }),
    'x.parquet': parquetFile([
      { name: 'path', texts: names },
      { name: 'embedding', vectors: rows },
    ]),
    'x.h5': await hdf5File((file) => {
      const data = Float32Array.from(rows.flat());
      file.create_dataset({ name: 'x', data, shape: [5, 3], chunks: [2, 3], compression: 'gzip' });
      file.create_dataset({ name: 'names', data: names });
    }),
    'each.h5': await hdf5File((file) => {
      for (const [i, row] of rows.entries()) {
        file.create_dataset({ name: names[i] as string, data: Float32Array.from(row) });
      }
    }),
  };
}

const list3 = (of: (row: number) => string) => Buffer.from([0, 1, 2].map(of).join(''));

/** A right list of each kind, by a name that tells which. */
export const LISTS: Record<string, Buffer> = {
  'pairs.csv': list3((row) => (row === 0 ? 'Id,index1,index2\n' : `p${row},${row},0\n`)),
  'pairs.tsv': list3((row) => `n${row}\tn0\t${row % 2}\n`),
  'voxceleb.txt': list3((row) => `${row % 2} id${row}/a.wav id0/b.wav\n`),
  'kaldi.trials': list3((row) => `n${row} n0 ${row % 2 ? 'target' : 'nontarget'}\n`),
  'lfw.txt': Buffer.from(
    `2\t2\n${'Ann\t1\t2\nBo\t1\t3\nAnn\t1\tBo\t2\nAnn\t2\tBo\t1\n'.repeat(2)}`,
  ),
  'labels.csv': list3((row) => (row === 0 ? 'index,class\n' : `${row - 1},"p ${row}"\n`)),
  utt2spk: list3((row) => `n${row} s${row % 2}\n`),
  spk2utt: list3((row) => `s${row} n${row} n${row + 3}\n`),
  'truth.csv': list3((row) => (row === 0 ? 'Id,same\n' : `p${row},${row % 2 ? 'True' : 'no'}\n`)),
  'scores.csv': list3((row) => (row === 0 ? 'Id,Predicted\n' : `p${row},${row}.5e-1\n`)),
  'scores.txt': list3((row) => `n${row} n0 0.${row}\n`),
  'four-column.txt': list3((row) => `s${row} s0 n${row} 0.${row}\n`),
  'five-column.txt': list3((row) => `s${row} m s0 n${row} -0.${row}\n`),
  'ijb.csv': list3((row) => `${row},${row + 7},f/${row}.jpg\n`),
  'names.txt': list3((row) => `f ${row}/a.jpg\n`),
};

/** The file with some bytes changed, and a part of it cut out, cut off or doubled, or a length that lies. */
export function mutated(bytes: Buffer, random: () => number): Buffer {
  const below = (size: number) => Math.floor(random() * size);
  const copy = Buffer.from(bytes);
  for (let i = below(3); i >= 0; i -= 1) copy[below(copy.length)] = below(256);
  const kind = below(4);
  const at = below(copy.length);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(below(copy.length))]);
  // Lengths lie by as much as four bytes can.
  if (kind === 2 && at + 4 <= copy.length) {
    copy.writeUInt32LE(below(2) ? 0xffffffff : 0x7fffffff, at);
  }
  return copy;
}
