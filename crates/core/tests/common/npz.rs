//! Integer arrays out of a compressed `.npz`, for published splits.

use std::path::Path;

/// The arrays of `<i4` in a `.npz` file: name, shape and values of each.
pub fn read_npz_i32(path: &Path) -> Vec<(String, Vec<usize>, Vec<i32>)> {
    let bytes = std::fs::read(path).unwrap();
    let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]) as usize;
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // The end record leads to the list of files, and each entry to its data.
    let end = bytes.windows(4).rposition(|w| w == b"PK\x05\x06").unwrap();
    let (count, mut at) = (short(end + 10), long(end + 16));
    let mut arrays = Vec::new();
    for _ in 0..count {
        let (method, packed, start) = (short(at + 10), long(at + 20), long(at + 42));
        let name = std::str::from_utf8(&bytes[at + 46..][..short(at + 28)]).unwrap();
        let data = start + 30 + short(start + 26) + short(start + 28);
        let content = match method {
            0 => bytes[data..data + packed].to_vec(),
            8 => inflate(&bytes[data..data + packed]),
            other => panic!("method {other} of {name}"),
        };
        let (shape, values) = array(&content);
        arrays.push((name.trim_end_matches(".npy").to_owned(), shape, values));
        at += 46 + short(at + 28) + short(at + 30) + short(at + 32);
    }
    arrays
}

fn array(content: &[u8]) -> (Vec<usize>, Vec<i32>) {
    let length = u16::from_le_bytes([content[8], content[9]]) as usize;
    let header = std::str::from_utf8(&content[10..10 + length]).unwrap();
    assert!(header.contains("'<i4'") && header.contains("'fortran_order': False"));
    let shape = header.split_once("'shape': (").unwrap().1;
    let shape = shape.split_once(')').unwrap().0.split(',');
    let values = content[10 + length..].chunks_exact(4);
    (
        shape.filter_map(|s| s.trim().parse().ok()).collect(),
        values
            .map(|c| i32::from_le_bytes(c.try_into().unwrap()))
            .collect(),
    )
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> usize {
        (0..count).fold(0, |value, i| {
            let bit = self.bytes[self.at >> 3] >> (self.at & 7) & 1;
            self.at += 1;
            value | (bit as usize) << i
        })
    }
}

/// A canonical Huffman code: number of codes of each length, and symbols in their order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let mut counts = [0; 16];
        lengths.iter().for_each(|&l| counts[l] += 1);
        counts[0] = 0;
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|&s| lengths[s] > 0).collect();
        symbols.sort_by_key(|&s| lengths[s]);
        Self { counts, symbols }
    }

    fn read(&self, bits: &mut Bits<'_>) -> usize {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= bits.take(1);
            if code < first + count {
                return self.symbols[index + code - first];
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        panic!("no such code");
    }
}

/// RFC 1951, as slowly as it is written there.
fn inflate(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits { bytes, at: 0 };
    let mut out = Vec::new();
    loop {
        let last = bits.take(1) == 1;
        match bits.take(2) {
            0 => {
                bits.at = bits.at.next_multiple_of(8);
                let length = bits.take(16);
                bits.take(16);
                out.extend((0..length).map(|_| bits.take(8) as u8));
            }
            1 => {
                let lengths: Vec<usize> = (0..288)
                    .map(|s| match s {
                        0..144 => 8,
                        144..256 => 9,
                        256..280 => 7,
                        _ => 8,
                    })
                    .collect();
                block(
                    &mut bits,
                    &Code::new(&lengths),
                    &Code::new(&[5; 30]),
                    &mut out,
                );
            }
            _ => {
                let (literals, distances) = codes(&mut bits);
                block(&mut bits, &literals, &distances, &mut out);
            }
        }
        if last {
            return out;
        }
    }
}

fn codes(bits: &mut Bits<'_>) -> (Code, Code) {
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let (literals, distances) = (bits.take(5) + 257, bits.take(5) + 1);
    let mut lengths = [0; 19];
    for place in &ORDER[..bits.take(4) + 4] {
        lengths[*place] = bits.take(3);
    }
    let code = Code::new(&lengths);
    let mut all: Vec<usize> = Vec::new();
    while all.len() < literals + distances {
        let (value, times) = match code.read(bits) {
            16 => (all[all.len() - 1], 3 + bits.take(2)),
            17 => (0, 3 + bits.take(3)),
            18 => (0, 11 + bits.take(7)),
            length => (length, 1),
        };
        all.resize(all.len() + times, value);
    }
    (Code::new(&all[..literals]), Code::new(&all[literals..]))
}

fn block(bits: &mut Bits<'_>, literals: &Code, distances: &Code, out: &mut Vec<u8>) {
    loop {
        let symbol = literals.read(bits);
        if symbol < 256 {
            out.push(symbol as u8);
            continue;
        }
        if symbol == 256 {
            return;
        }
        let length = match symbol - 257 {
            28 => 258,
            s if s < 8 => 3 + s,
            s => {
                let extra = s / 4 - 1;
                3 + ((4 + s % 4) << extra) + bits.take(extra)
            }
        };
        let distance = match distances.read(bits) {
            s if s < 4 => 1 + s,
            s => {
                let extra = s / 2 - 1;
                1 + ((2 + s % 2) << extra) + bits.take(extra)
            }
        };
        for _ in 0..length {
            out.push(out[out.len() - distance]);
        }
    }
}
