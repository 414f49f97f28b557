/** Two hundred hostile files over all formats: refused in our words, soon and small; nothing runs, nothing is written. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { put, temporaryFolder } from '../support/folder.js';
import { dictionary, encode, npyFile } from '../support/npy.js';
import { npyOf, randomRows } from './bytes.js';
import { matlabFile } from './matlab-bytes.js';
import { outcomeOf } from './outcome.js';
import { parquetFile } from './parquet-bytes.js';
import { bytesOf, hdf5File, objectsOf, pickleOf, samples, TENSOR, torchOf } from './samples.js';
import { zipFile, type ZipPart } from './zip-bytes.js';

const root = temporaryFolder();
const npy = npyOf(randomRows(5, 3));
const made = join(root, 'made');
let tried = 0;

/** Requires a file to be refused, opened or converted, with a message that says this. */
async function refuse(bytes: Uint8Array, says: RegExp, name = 'hostile'): Promise<void> {
  tried += 1;
  const { refusals, faults } = await outcomeOf(join(root, name), bytes);
  assert.deepEqual(faults, []);
  const [opening, converting] = refusals;
  assert.ok(opening !== undefined || converting !== undefined, `read: ${says}`);
  assert.match(converting ?? opening ?? '', says);
  assert.ok(!existsSync(made));
}

/** Requires a file to be read without any other being written, whatever it calls its parts. */
async function harmless(bytes: Uint8Array): Promise<void> {
  tried += 1;
  const { refusals, faults } = await outcomeOf(join(root, 'hostile'), bytes);
  assert.deepEqual([refusals[1], faults], [undefined, []]);
}

/** The text as instructions push it. */
const pushed = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;

const CALLED = [
  ['os', 'system'],
  ['posix', 'system'],
  ['nt', 'system'],
  ['subprocess', 'Popen'],
  ['subprocess', 'check_output'],
  ['builtins', 'eval'],
  ['builtins', 'exec'],
  ['builtins', 'getattr'],
  ['builtins', '__import__'],
  ['builtins', 'open'],
  ['__builtin__', 'eval'],
  ['numpy', 'load'],
  ['numpy.f2py', 'run_main'],
  ['torch', 'load'],
  ['torch.storage', '_load_from_bytes'],
  ['pickle', 'loads'],
  ['importlib', 'import_module'],
  ['shutil', 'rmtree'],
  ['webbrowser', 'open'],
  ['socket', 'create_connection'],
  ['runpy', '_run_code'],
  ['pandas.core.frame', 'DataFrame'],
  ['constructor', 'constructor'],
  ['__proto__', 'toString'],
] as const;

test('pickles that call, alone, in arrays of objects and in files of torch', async () => {
  for (const [module, name] of CALLED) {
    const says = new RegExp(`the name "${module}.${name}" in a pickle`);
    const call = `c${module}\n${name}\n${pushed(`touch ${made}`)}\x85R`;
    await refuse(pickleOf(call), says);
    await refuse(pickleOf(`${pushed(module)}${pushed(name)}\x93${pushed('x')}\x85R`, 4), says);
    await refuse(objectsOf(call), says);
    await refuse(torchOf(call), says);
  }
  // Known names with what they must not be called with, and instructions that build.
  for (const [value, says] of [
    ['(ios\nsystem\n', /the instruction "i"/],
    ['(cnumpy\ndtype\no', /the instruction "o"/],
    ['cnumpy\ndtype\n)\x81', /the instruction/],
    ['\x82\x01', /the instruction/],
    ['cnumpy\ndtype\nX\x02\0\0\0os\x85R', /arguments for numpy\.dtype/],
    ['c_codecs\nencode\nX\x01\0\0\0xX\x04\0\0\0zlib\x86R', /arguments for _codecs/],
    ['cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\n\x85R', /arguments for numpy\.core/],
    ['cbuiltins\ndict\nK\x01\x85R', /arguments for builtins\.dict/],
    ['K\x01K\x02b', /a state for what has none/],
    ['K\x01Q', /something outside/],
    ['K\x01)R', /arguments for what is no name/],
  ] as const) {
    await refuse(pickleOf(value), says);
  }
});

test('nesting without end', async () => {
  const deep = 20_000;
  await refuse(pickleOf(`${']'.repeat(deep)}${'a'.repeat(deep - 1)}`), /a list of 1 values/);
  await refuse(pickleOf(`K\x01${'\x85'.repeat(deep)}`), /a list of 1 values/);
  await refuse(pickleOf(`${'}K\x01'.repeat(deep)}N${'s'.repeat(deep)}`), /in a pickle/);
  await refuse(pickleOf('('.repeat(deep)), /a value missing/);
  await refuse(torchOf(`${']'.repeat(deep)}${'a'.repeat(deep - 1)}`), /a list of 1 values/);
  await refuse(bytesOf('['.repeat(deep)), /expected/);
  await refuse(bytesOf(`{"a":${'['.repeat(deep)}`), /expected/);
  await refuse(bytesOf(`{"a":{"b":${'{"c":'.repeat(deep)}`), /expected/);
  const header = bytesOf(`{"x":${'['.repeat(deep)}`);
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  await refuse(Buffer.concat([length, header]), /nested more than/);
  await refuse(parquetFile([], { footer: Buffer.alloc(deep, 0x1c) }), /breaks its format/);
  // Lists of lists, each element of which is a list.
  await refuse(parquetFile([], { footer: Buffer.alloc(deep, 0x19) }), /breaks its format/);
  // A value that is named again and again.
  const shared = `](${'K\x01'.repeat(10_000)}e\x940](${'h\0'.repeat(20_000)}e`;
  await refuse(pickleOf(shared, 4), /expected each number once/);
});

/** Instructions that push two of what is below, again and again: 2 to the power of this many texts. */
const laughing = (times: number) => `X\x01\0\0\0a${'2\x86'.repeat(times)}`;
/** A list of a thousand pairs in the memory at 0, and instructions that push it so many times. */
const thousand = `](${'K\x01K\x02\x86'.repeat(1000)}eq\0`;
const often = (instructions: string) => instructions.repeat(20_000);

test('values that are named again and again', async () => {
  const again = /again and again/;
  await refuse(
    pickleOf(`}(${laughing(60)}](K\x01K\x02e${laughing(60)}](K\x01Neu`, 4),
    /in a pickle/,
  );
  await refuse(pickleOf(`${laughing(60)}${laughing(60)}\x93`, 4), /a name that is no text/);
  await refuse(torchOf(`(X\x07\0\0\0storagectorch\nFloatStorage\n${laughing(60)}tQ`), /outside/);
  // Arguments that makers copy.
  await refuse(pickleOf(`${thousand}0${often('ccollections\nOrderedDict\nh\0\x85R0')}N`), again);
  const long = `X\x10'\0\0${'a'.repeat(10_000)}q\0`;
  const encoded = 'c_codecs\nencode\nh\0X\x06\0\0\0latin1\x86R0';
  await refuse(pickleOf(`${long}0${often(encoded)}N`), again);
  // Lists that are no vectors, beside one that is.
  const no = `](${'K\x01'.repeat(10_000)}Neq\0`;
  await harmless(pickleOf(`${no}0](${often('}(K\x01h\0K\x02](K\x01K\x02eu')}e`));
  const record = `}(${Array.from({ length: 250 }, (_, i) => `K${String.fromCharCode(i)}N`).join('')}X\x01\0\0\0x](K\x01K\x02euq\0`;
  await refuse(pickleOf(`${record}0](${often('h\0')}e`), again);
  // Rows without columns.
  const array = (shape: string) =>
    `cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R(K\x01${shape}cnumpy\ndtype\nX\x02\0\0\0f4K\0K\x01\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C\0tb`;
  await refuse(
    pickleOf(`}(X\x01\0\0\0a${array('J\xff\xff\xff\x7fK\0\x86')}u`, 3),
    /a dictionary of a/,
  );
  await refuse(pickleOf(array('J\xff\xff\xff\x7fK\0\x86'), 3), /at least one column/);
});

test('readers that would go on and on', async () => {
  // A thousand members, each of whose beginnings grows a thousandfold.
  const zeros = Buffer.alloc(2 ** 20);
  const members = Array.from({ length: 300 }, (_, i) => ({
    name: `${i}.npy`,
    data: zeros,
    method: 8,
  }));
  await refuse(zipFile(members), /no matrix/);
  // Lines whose next separator is far away.
  const lines = `1,2,3\n${'a\n'.repeat(400_000)}`;
  await refuse(Buffer.from(`n,1,2\n${lines}`), /row 1|numbers/);
  await refuse(Buffer.from(`1,2,n\n${'a\n'.repeat(400_000)}`), /row 1|numbers/);
  await refuse(Buffer.from(`n,1,2\n${'"a\n'.repeat(400_000)}`), /row 1|numbers/);
  // A list that names one long vector again and again.
  const wide = Buffer.alloc(400_000);
  const header = Buffer.from('v \0BFV \x04....', 'latin1');
  header.writeInt32LE(100_000, header.length - 4);
  put(root, 'wide.ark', Buffer.concat([header, wide]));
  await refuse(Buffer.from('a wide.ark:2\n'.repeat(50_000)), /bytes of vectors/, 'x.scp');
  // Rows of text without letters.
  const blank = { name: 'names', shape: [2 ** 31 - 1, 0], texts: [] };
  await harmless(matlabFile([{ name: 'x', shape: [2, 2], numbers: [1, 2, 3, 4] }, blank]));
});

test('what changing files at random has found', async () => {
  // Bytes that are spaces or letters in one encoding, and not in the other.
  for (const letters of [
    'ab,c\n0.5082957\xf538\t,-1.838\t, 1.838\t',
    '{\xcf\xadd":\xcb",\x13"v\xaf:[0.5082.57744598389,-1.9890451355457305908 ,0.',
    '0.5 -1.9\xff\xff\xff1\xa79\xb98815704\n1.92 \xff755859\n0.45 0.88\n',
    'n,1,2\n\xa0,1\x85,2\n',
    // A list whose archive would be standard input.
    '0.5 -:2',
  ]) {
    const { faults } = await outcomeOf(join(root, 'found'), bytesOf(letters));
    assert.deepEqual(faults, []);
  }
});

test('data that grow to fill the memory', async () => {
  // 32 MiB of zeros in 32 KiB.
  const zeros = npyFile({
    header: dictionary('|u1', '(32768, 1024)'),
    data: Buffer.alloc(2 ** 25),
  });
  await refuse(
    zipFile([{ name: 'x.npy', data: zeros, method: 8 }], { zip64: true }),
    /to grow from/,
  );
  const storage = { name: 'archive/data/0', data: zeros, method: 8 };
  const pickle = { name: 'archive/data.pkl', data: pickleOf(TENSOR) };
  await refuse(zipFile([pickle, storage]), /to grow from/);
  const claims = { name: 'x', shape: [2 ** 13, 2 ** 12], numbers: [1, 2, 3, 4] };
  for (const packed of [false, true]) {
    await refuse(matlabFile([claims], { packed }), /16 bytes for variable x/);
    await refuse(
      matlabFile([{ ...claims, claimed: 2 ** 31 }], { packed }),
      /to end inside|16 bytes/,
    );
  }
  const vectors = {
    name: 'v',
    vectors: [
      [1, 2],
      [3, 4],
    ],
  };
  for (const lies of [{ rows: 2 ** 31 - 1 }, { values: 2 ** 31 - 1 }, { unpacked: 2 ** 31 - 1 }]) {
    await refuse(parquetFile([vectors], lies), /rows announced|grows to/);
  }
  await harmless(parquetFile([{ name: 'path', texts: ['a', 'b'] }, vectors], { numbered: true }));
  for (const part of ['file', 'group', 'chunk', 'values'] as const) {
    for (let field = 1; field <= 9; field += 1) {
      for (const to of [undefined, 0]) {
        const bytes = parquetFile([vectors], { changed: { part, field, to } });
        const { faults } = await outcomeOf(join(root, 'hostile'), bytes);
        assert.deepEqual(faults, [], `${part} with field ${field} as ${to}`);
      }
    }
  }
  const unwritten = await hdf5File((file) => {
    const set = file.create_dataset({
      name: 'x',
      data: new Float32Array(4),
      shape: [2, 2],
      maxshape: [null, null],
      chunks: [64, 64],
    });
    set.resize([2 ** 14, 2 ** 14]);
  });
  await refuse(unwritten, /bytes of "x" in a file of/);
});

test('names that lead elsewhere', async () => {
  const outside = [
    '../made',
    '../../../../etc/passwd',
    '/etc/passwd',
    'C:\\windows\\made',
    '..\\made',
    'a/../../made',
    './made',
    'a\0b',
    '~/made',
    'con',
  ];
  for (const name of outside) {
    await harmless(zipFile([{ name: `${name}.npy`, data: npy }]));
    await harmless(zipFile([{ name: `${name}.npy`, data: npy, method: 8 }]));
  }
  for (const name of ['../x/', '/', 'a/../']) {
    const torch = zipFile([
      { name: `${name}data.pkl`, data: pickleOf(TENSOR) },
      { name: `${name}data/0`, data: encode('<f4', randomRows(5, 3).flat()) },
    ]);
    await harmless(torch);
  }
  const hidden = { name: 'x/data.pkl', data: pickleOf(TENSOR), unlisted: true };
  await refuse(zipFile([hidden, { name: 'x/0', data: npy }]), /names no data\.pkl/);
  const tensor = (path: string) => TENSOR.replace('X\x01\0\0\x000', pushed(path));
  for (const path of ['../data.pkl', '/etc/passwd', '../../0', '']) {
    await refuse(torchOf(tensor(path)), /something outside/);
  }
  for (const line of [
    '/etc/shadow:0',
    `touch ${made} |`,
    `${root}:0`,
    '../../x:5',
    `cat ${made} |`,
  ]) {
    await refuse(bytesOf(`a ${line}\n`), /./, 'x.scp');
  }
  for (const target of ['/etc/passwd', '../x.h5', `${root}/x`]) {
    const linked = await hdf5File((file) => void file.create_external_link(target, 'x', 'x'));
    await refuse(linked, /no matrix: no arrays/);
  }
});

test('lengths that lie', async () => {
  const whole = await samples();
  const at = async (name: string, place: number, value: number, says = /./) => {
    const bytes = Buffer.from(whole[name] as Buffer);
    bytes.writeUInt32LE(value, place);
    await refuse(bytes, says, name);
  };
  for (const value of [0xffffffff, 0x7fffffff, 0x40000000]) {
    await at('x.safetensors', 0, value);
    await at('x.fvecs', 16, value, /vector 1|begin like/);
    await at('x.ark', 9, value, /to end inside|sizes as Kaldi/);
    await at('x.mat', 132, value, /to end inside/);
    await at('packed.mat', 132, value, /to end inside/);
    await at('x.parquet', (whole['x.parquet'] as Buffer).length - 8, value, /without its end/);
    for (const code of ['X', 'T', 'B']) {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(value);
      await refuse(pickleOf(Buffer.concat([Buffer.from(code), size])), /to end inside a pickle/);
    }
  }
  await refuse(pickleOf('\x8d\xff\xff\xff\xff\xff\xff\xff\xff'), /to end inside a pickle/);
  await refuse(pickleOf(']r\xff\xff\xff\xff'), /place 4294967295/);
  await refuse(pickleOf(`\x8b${'\xff\xff\xff\x7f'}`), /to end inside a pickle/);
  const one = (part: Partial<ZipPart>, says: RegExp) =>
    refuse(zipFile([{ name: 'x.npy', data: npy, ...part }]), says);
  await one({ size: 2 ** 31, packed: 2 ** 31 }, /over other bytes/);
  await one({ method: 8, size: 2 ** 31 }, /to grow from/);
  await one({ method: 8, size: 1 }, /checksum|deflate/);
  await one({ offset: 2 ** 31 }, /to end inside/);
  await one({ flags: 1 }, /encrypted/);
  await one({ localName: 'y.npy' }, /local header/);
  for (const shape of ['(4294967296, 4294967296)', '(-5, 3)', '(1e9, 3)', '(5, 3, 2)']) {
    const data = npyFile({ header: dictionary('<f4', shape), data: npy.subarray(128) });
    await refuse(data, /./);
    await refuse(zipFile([{ name: 'x.npy', data }]), /./);
  }
  await refuse(
    torchOf(TENSOR.replace('K\x05K\x03\x86', 'J\xff\xff\xff\x7fK\x03\x86')),
    /arguments for torch/,
  );
  await refuse(
    torchOf(TENSOR.replace('K\x03K\x01\x86\x89', 'K\x00K\x01\x86\x89')),
    /arguments for torch/,
  );
  await refuse(torchOf(TENSOR, new Uint8Array(4)), /arguments for torch/);
});

test('files of values, objects and torch cut at every byte', async () => {
  const whole = await samples();
  for (const name of ['x.pkl', 'objects.npy', 'x.pt']) {
    const bytes = whole[name] as Buffer;
    // The pickle of an array lies behind a header that the core reads.
    for (let length = name === 'objects.npy' ? 128 : 2; length < bytes.length; length += 1) {
      const { refusals, faults } = await outcomeOf(join(root, 'cut'), bytes.subarray(0, length));
      assert.deepEqual(faults, [], `${name} cut at ${length}`);
      assert.notEqual(refusals[1], undefined, `${name} cut at ${length}`);
    }
  }
});

after(() => assert.ok(tried >= 200, `${tried} files`));
