//! Pairs of held-out rows to judge a model on.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::split::Split;
use crate::error::Result;
use crate::rows::{Embeddings, IGNORED};

/// Most genuine pairs; beyond, they are drawn by seed.
const MOST_GENUINE: usize = 500_000;
/// Most impostor pairs; beyond, they are drawn by seed.
const MOST_IMPOSTORS: usize = 1_000_000;

/// Pairs of held-out rows with the class on either side.
#[derive(Default)]
pub(in crate::jobs) struct Pairs {
    pub(in crate::jobs) index1: Vec<u32>,
    pub(in crate::jobs) index2: Vec<u32>,
    pub(in crate::jobs) same: Vec<u8>,
    pub(in crate::jobs) first: Vec<u32>,
    pub(in crate::jobs) second: Vec<u32>,
}

impl Pairs {
    fn push(&mut self, a: (u32, u32), b: (u32, u32)) {
        self.index1.push(a.0);
        self.index2.push(b.0);
        self.same.push(u8::from(a.1 == b.1));
        self.first.push(a.1);
        self.second.push(b.1);
    }
}

/// Most pairs of either kind.
#[derive(Clone, Copy)]
pub(in crate::jobs) struct Most {
    pub(in crate::jobs) genuine: usize,
    pub(in crate::jobs) impostors: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self {
            genuine: MOST_GENUINE,
            impostors: MOST_IMPOSTORS,
        }
    }
}

/// Every pair of `rows`, each with its class, or as many of either kind as the limits say, drawn by
/// seed.
pub(in crate::jobs) fn draw(mut rows: Vec<(u32, u32)>, most: Most, seed: u64) -> Pairs {
    rows.sort_by_key(|(row, class)| (*class, *row));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut pairs = Pairs::default();
    let people: Vec<&[(u32, u32)]> = rows.chunk_by(|a, b| a.1 == b.1).collect();
    let pairs_of = |n: usize| n * n.saturating_sub(1) / 2;
    let genuine: usize = people.iter().map(|person| pairs_of(person.len())).sum();
    let all_genuine = genuine <= most.genuine;
    let kept = most.genuine as f64 / genuine.max(1) as f64;
    for person in &people {
        for (i, a) in person.iter().enumerate() {
            for b in &person[i + 1..] {
                if all_genuine || uniform(&mut random) < kept {
                    pairs.push(*a, *b);
                }
            }
        }
    }
    if pairs_of(rows.len()) - genuine <= most.impostors {
        for (i, a) in rows.iter().enumerate() {
            for b in rows[i + 1..].iter().filter(|b| b.1 != a.1) {
                pairs.push(*a, *b);
            }
        }
    } else {
        let mut drawn = 0;
        while drawn < most.impostors {
            let pick =
                |random: &mut ChaCha8Rng| rows[(uniform(random) * rows.len() as f64) as usize];
            let (a, b) = (pick(&mut random), pick(&mut random));
            if a.1 != b.1 {
                pairs.push(a, b);
                drawn += 1;
            }
        }
    }
    pairs
}

/// Row and class of every row held out, less those that are not finite where they are skipped.
pub(super) fn test_rows(
    embeddings: &Embeddings,
    split: &Split,
    skip_invalid: bool,
) -> Result<Vec<(u32, u32)>> {
    let mut rows: Vec<(u32, u32)> = Vec::new();
    let mut scratch = vec![0.0; embeddings.dim()];
    let held_out = |(_, class): &(usize, &u32)| **class != IGNORED;
    for (row, class) in split.test.iter().enumerate().filter(held_out) {
        if skip_invalid {
            embeddings.read_rows(row, &mut scratch)?;
            if scratch.iter().any(|v| !v.is_finite()) {
                continue;
            }
        }
        rows.push((row as u32, *class));
    }
    Ok(rows)
}

/// In [0, 1).
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}
