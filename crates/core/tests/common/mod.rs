//! Random numbers, fits, data sets, splits and verification figures that several tests share.
#![allow(dead_code, unreachable_pub, clippy::print_stderr)]

use std::path::{Path, PathBuf};

use hackface_core::models::{FitOptions, Fitted, fit};
use hackface_core::rows::{Classes, MatrixF64};
use hackface_core::{Embeddings, Job, Result};
use rayon::prelude::*;

pub mod npz;

/// Knuth's linear congruential generator.
pub struct Random(pub u64);

impl Random {
    /// In [0, 1), a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Fits a pipeline on rows of so many columns; they are their own target unless there is another.
pub fn try_fit(
    text: &str,
    (rows, dim): (&[f64], usize),
    labels: Option<&[u32]>,
    options: &FitOptions<'_>,
) -> Result<Fitted> {
    let classes = labels.map(|labels| Classes::new(labels).unwrap());
    let source = MatrixF64::new(rows, dim).unwrap();
    let pipeline = text.parse().unwrap();
    let own = Embeddings::from_doubles(rows.to_vec(), rows.len() / dim, dim).unwrap();
    let options = FitOptions {
        target: options.target.or(Some(&own)),
        ..*options
    };
    fit(&pipeline, &source, classes.as_ref(), &options, &Job::new())
}

/// Fits a pipeline on labelled rows with default options.
pub fn fit_on(text: &str, rows: (&[f64], usize), labels: &[u32]) -> Fitted {
    try_fit(text, rows, Some(labels), &FitOptions::default())
        .unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Asserts that `a` is `b` up to a tolerance relative to 1 + |b|.
pub fn assert_near(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!(
        (a - b).abs() <= tolerance * (1.0 + b.abs()),
        "{what}: {a} and {b}"
    );
}

/// Result of `run` on pools of 1, 2, 3 and 7 threads, checked to be the same.
pub fn on_every_pool<T: PartialEq + Send>(what: &str, run: impl Fn() -> T + Sync) {
    let on = |threads| {
        hackface_core::job::threads::pool(threads)
            .unwrap()
            .install(&run)
    };
    let one = on(1);
    assert!([2, 3, 7].into_iter().all(|n| on(n) == one), "{what}");
}

/// A folder or file of larger test data: `name` below `HACKFACE_DATA`, by default `../shared/data`
/// beside the repository. Says that a test is skipped where it is absent, and fails where
/// `HACKFACE_REQUIRE_DATA` is set.
pub fn data_dir(name: &str) -> Option<PathBuf> {
    let base = std::env::var_os("HACKFACE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let dir = base.join(name);
    if dir.exists() {
        return Some(dir);
    }
    assert!(
        std::env::var_os("HACKFACE_REQUIRE_DATA").is_none(),
        "{} is not here, and HACKFACE_REQUIRE_DATA asks for it",
        dir.display()
    );
    eprintln!("skipped: {} is not here", dir.display());
    None
}

/// A folder of values that another project published, and their list.
pub fn oracle(name: &str) -> Option<(PathBuf, serde_json::Value)> {
    let dir = data_dir(&format!("../oracles/{name}"))?;
    let list = std::fs::read(dir.join("expected.json")).map_or_else(
        |_| serde_json::Value::Null,
        |bytes| serde_json::from_slice(&bytes).unwrap(),
    );
    Some((dir, list))
}

/// A column of a CSV file without quotes, below its header.
pub fn column(path: &Path, column: usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let cell = |line: &str| line.split(',').nth(column).unwrap().to_owned();
    text.lines().skip(1).map(cell).collect()
}

/// Numbers of names in the order of their first places.
pub fn numbered(names: &[String]) -> Vec<u32> {
    let mut numbers = std::collections::HashMap::new();
    let number = |name| {
        let next = numbers.len() as u32;
        *numbers.entry(name).or_insert(next)
    };
    names.iter().map(number).collect()
}

/// A C-ordered array of `<f4` or `<f8`: its shape and values.
pub fn read_npy(path: &Path) -> (Vec<usize>, Vec<f64>) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    assert!(header.contains("'fortran_order': False"), "{header}");
    let shape = header.split(['(', ')']).nth(1).unwrap();
    let shape = shape.split(',').filter_map(|s| s.trim().parse().ok());
    let shape = shape.collect();
    let data = &bytes[10 + length..];
    let values = if header.contains("'<f4'") {
        data.chunks_exact(4)
            .map(|c| f64::from(f32::from_le_bytes(c.try_into().unwrap())))
            .collect()
    } else {
        assert!(header.contains("'<f8'"), "{header}");
        data.chunks_exact(8)
            .map(|c| f64::from_le_bytes(c.try_into().unwrap()))
            .collect()
    };
    (shape, values)
}

/// Rows with class names.
pub struct Set {
    pub dim: usize,
    pub rows: Vec<f64>,
    pub names: Vec<String>,
}

impl Set {
    /// Loads a data set; letter26 as its first 100 rows of each class.
    pub fn load(name: &str) -> Option<Self> {
        let dir = data_dir(name)?;
        let (shape, values) = read_npy(&dir.join("embeddings.npy"));
        let labels = dir.join("labels.csv");
        let text = std::fs::read_to_string(&labels).unwrap();
        let mut header = text.lines().next().unwrap().split(',');
        let all = column(&labels, header.position(|c| c == "class").unwrap());
        assert_eq!(all.len(), shape[0]);
        let dim = shape[1];
        let mut seen = std::collections::HashMap::new();
        let (mut rows, mut names) = (Vec::new(), Vec::new());
        for (row, name_of_class) in values.chunks_exact(dim).zip(all) {
            let count = seen.entry(name_of_class.clone()).or_insert(0);
            *count += 1;
            if name != "letter26" || *count <= 100 {
                rows.extend_from_slice(row);
                names.push(name_of_class);
            }
        }
        Some(Self { dim, rows, names })
    }

    /// The class-disjoint halves of the tables: training and test rows.
    pub fn halves(&self) -> (Half, Half) {
        let mut classes: Vec<&str> = self.names.iter().map(String::as_str).collect();
        classes.sort_unstable();
        classes.dedup();
        numpy_shuffle(&mut classes);
        let train = &classes[..classes.len().div_ceil(2)];
        let side = |training: bool| {
            let mut half = Half {
                dim: self.dim,
                rows: Vec::new(),
                labels: Vec::new(),
            };
            for (row, name) in self.rows.chunks_exact(self.dim).zip(&self.names) {
                if train.contains(&name.as_str()) == training {
                    half.rows.extend_from_slice(row);
                    let label = classes.iter().position(|c| c == name).unwrap() as u32;
                    half.labels.push(label);
                }
            }
            // Dense numbers.
            let mut present = half.labels.clone();
            present.sort_unstable();
            present.dedup();
            for label in &mut half.labels {
                *label = present.binary_search(label).unwrap() as u32;
            }
            half
        };
        (side(true), side(false))
    }
}

/// Rows with dense class numbers.
pub struct Half {
    pub dim: usize,
    pub rows: Vec<f64>,
    pub labels: Vec<u32>,
}

/// `numpy.random.default_rng(0).permutation`: PCG64 and masked rejection.
pub fn numpy_shuffle<T>(items: &mut [T]) {
    let mut state: u128 = 35399562948360463058890781895381311971;
    let increment: u128 = 87136372517582989555478159403783844777;
    let mut spare: Option<u32> = None;
    let mut next = || {
        if let Some(high) = spare.take() {
            return high;
        }
        state = state
            .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
            .wrapping_add(increment);
        let folded = ((state >> 64) as u64) ^ (state as u64);
        let word = folded.rotate_right((state >> 122) as u32);
        spare = Some((word >> 32) as u32);
        word as u32
    };
    for i in (1..items.len()).rev() {
        let mask = (i + 1).next_power_of_two() as u32 - 1;
        let j = loop {
            let candidate = (next() & mask) as usize;
            if candidate <= i {
                break candidate;
            }
        };
        items.swap(i, j);
    }
}

/// AUROC of distances (smaller is more alike), ties counted half.
pub fn auroc(mut pairs: Vec<(f64, bool)>) -> f64 {
    pairs.par_sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = pairs.iter().filter(|p| p.1).count() as f64;
    let negatives = pairs.len() as f64 - positives;
    let (mut area, mut above) = (0.0, positives);
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let same = group.iter().filter(|p| p.1).count() as f64;
        let other = group.len() as f64 - same;
        above -= same;
        // Positives at smaller distances than these negatives, and half of those beside them.
        area += other * (positives - above - same + 0.5 * same);
    }
    area / (positives * negatives)
}
