//! The definitions, written down as slowly as they read, and the audit compared with them.

use super::near::Near;
use super::stacked::Stacked;
use super::{Audit, AuditOptions, LabelFindings, LookAlike, audit};
use crate::job::{Job, threads};
use crate::npy::{Dtype, Io, NpyWriter};
use crate::rows::Embeddings;
use crate::statistics::SplitMix;

/// A set with people in it: rows around one direction for each class.
pub(super) struct Set {
    dim: usize,
    rows: Vec<f32>,
    pub(super) labels: Vec<u32>,
    pub(super) classes: usize,
}

/// About normal.
fn normal(random: &mut SplitMix) -> f32 {
    ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0) as f32
}

impl Set {
    pub(super) fn new(seed: u64, classes: usize, each: usize, dim: usize) -> Self {
        let mut random = SplitMix(seed);
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for class in 0..classes {
            let center: Vec<f32> = (0..dim).map(|_| normal(&mut random)).collect();
            for _ in 0..each {
                rows.extend(center.iter().map(|c| 1.0 + c + 0.7 * normal(&mut random)));
                labels.push(class as u32);
            }
        }
        Self {
            dim,
            rows,
            labels,
            classes,
        }
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.rows[row * self.dim..][..self.dim]
    }

    pub(super) fn set_row(&mut self, row: usize, values: &[f32]) {
        self.rows[row * self.dim..][..self.dim].copy_from_slice(values);
    }

    pub(super) fn embeddings(&self) -> Embeddings {
        Embeddings::from_vec(self.rows.clone(), self.labels.len(), self.dim).expect("shape")
    }

    pub(super) fn audit(&self, options: &AuditOptions) -> Audit {
        let labels = Some((&self.labels[..], self.classes));
        audit(&[&self.embeddings()], labels, options, &[], &Job::new()).expect("audits")
    }
}

fn labelled(audit: &Audit) -> &LabelFindings {
    audit.labelled.as_ref().expect("labels were given")
}

fn cosine(x: &[f64], y: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    match (dot(x, x) * dot(y, y)).sqrt() {
        0.0 => 0.0,
        norms => dot(x, y) / norms,
    }
}

/// Rows at length 1, centered, at length 1 again; `None` for a row that cannot be used.
fn centered(set: &Set) -> Vec<Option<Vec<f64>>> {
    let unit = |values: Vec<f64>| -> Vec<f64> {
        let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
        values.iter().map(|v| v / norm).collect()
    };
    let units: Vec<Option<Vec<f64>>> = (0..set.labels.len())
        .map(|row| {
            let values: Vec<f64> = set.row(row).iter().map(|v| f64::from(*v)).collect();
            let sound = values.iter().all(|v| v.is_finite()) && values.iter().any(|v| *v != 0.0);
            sound.then(|| unit(values))
        })
        .collect();
    let used = units.iter().flatten().count() as f64;
    let mean: Vec<f64> = (0..set.dim)
        .map(|column| units.iter().flatten().map(|row| row[column]).sum::<f64>() / used)
        .collect();
    let moved = |row: &Vec<f64>| unit(row.iter().zip(&mean).map(|(v, m)| v - m).collect());
    units.iter().map(|row| row.as_ref().map(moved)).collect()
}

/// Sum of the rows of a class but one.
fn sum_without(set: &Set, units: &[Option<Vec<f64>>], class: u32, without: usize) -> Vec<f64> {
    let mut sum = vec![0.0; set.dim];
    for (row, unit) in units.iter().enumerate() {
        if set.labels[row] == class && row != without {
            for (s, v) in sum.iter_mut().zip(unit.iter().flatten()) {
                *s += v;
            }
        }
    }
    sum
}

/// Row, own, other class, other: of every row that is nearer to another class, most suspect first.
fn suspects(set: &Set, alike: &[LookAlike]) -> Vec<(usize, f64, u32, f64)> {
    let units = centered(set);
    let size = |class: u32| {
        let of_class =
            |(unit, label): &(&Option<Vec<f64>>, &u32)| unit.is_some() && **label == class;
        units.iter().zip(&set.labels).filter(of_class).count()
    };
    let passed = |a: u32, b: u32| {
        let pair = |p: &LookAlike| (p.class1, p.class2) == (a.min(b), a.max(b));
        a == b || alike.iter().any(pair)
    };
    let mut found = Vec::new();
    for (row, unit) in units.iter().enumerate() {
        let Some(unit) = unit else { continue };
        let class = set.labels[row];
        if size(class) < 2 {
            continue;
        }
        let own = cosine(unit, &sum_without(set, &units, class, row));
        let mut best = (0, f64::NEG_INFINITY);
        for other in (0..set.classes as u32).filter(|&c| !passed(class, c) && size(c) > 0) {
            let similarity = cosine(unit, &sum_without(set, &units, other, usize::MAX));
            if similarity > best.1 {
                best = (other, similarity);
            }
        }
        if best.1 > own {
            found.push((row, own, best.0, best.1));
        }
    }
    found.sort_by(|a, b| (b.3 - b.1).total_cmp(&(a.3 - a.1)));
    found
}

/// Every pair of usable rows with a cosine of at least `near`, where a cosine within 10⁻¹² of 1 is 1, and where
/// one of the two is asked with.
fn near_pairs_of(set: &Set, near: f64, asked: &[usize]) -> Vec<(u32, u32)> {
    let wide = |row: usize| -> Vec<f64> { set.row(row).iter().map(|v| f64::from(*v)).collect() };
    let mut pairs = Vec::new();
    for a in 0..set.labels.len() {
        for b in a + 1..set.labels.len() {
            let found = cosine(&wide(a), &wide(b));
            let found = if found >= 1.0 - 1e-12 { 1.0 } else { found };
            if found >= near && (asked.contains(&a) || asked.contains(&b)) {
                pairs.push((a as u32, b as u32));
            }
        }
    }
    pairs
}

fn near_pairs(set: &Set, near: f64) -> Vec<(u32, u32)> {
    let all: Vec<usize> = (0..set.labels.len()).collect();
    near_pairs_of(set, near, &all)
}

/// All pairs that an audit found, in order.
fn pairs_found(audit: &Audit) -> Vec<(u32, u32)> {
    let lists = [&audit.conflicting, &audit.repeated, &audit.across];
    let pairs = lists.map(|list| &list.entries).into_iter().flatten();
    let mut found: Vec<_> = pairs.map(|pair| (pair.row1, pair.row2)).collect();
    found.sort_unstable();
    found
}

/// Resemblance and mean similarity of two classes, from every pair of their rows.
fn resemblance(set: &Set, class1: u32, class2: u32) -> f64 {
    let units = centered(set);
    let rows = |class| (0..units.len()).filter(move |&row| set.labels[row] == class);
    let between = |a: u32, b: u32| {
        let (mut sum, mut pairs) = (0.0, 0.0);
        for i in rows(a) {
            for j in rows(b).filter(|&j| j != i) {
                let both = units[i].as_ref().zip(units[j].as_ref()).expect("usable");
                sum += cosine(both.0, both.1);
                pairs += 1.0;
            }
        }
        (sum, pairs)
    };
    let mean = |(sum, pairs): (f64, f64)| sum / pairs;
    let sizes: Vec<f64> = (0..set.classes as u32)
        .map(|c| rows(c).count() as f64)
        .collect();
    let several = || (0..set.classes as u32).filter(|&c| sizes[c as usize] > 1.0);
    let all: f64 = several().map(|c| sizes[c as usize]).sum();
    let typical = several()
        .map(|c| sizes[c as usize] * mean(between(c, c)))
        .sum::<f64>()
        / all;
    let own = |class: u32| {
        let n = sizes[class as usize];
        let within = if n > 1.0 {
            mean(between(class, class))
        } else {
            0.0
        };
        ((n - 1.0) * within + 4.0 * typical) / (n + 3.0)
    };
    mean(between(class1, class2)) / (own(class1) * own(class2)).sqrt()
}

#[test]
fn suspects_are_those_of_the_definition() {
    for (seed, classes, each, dim) in [(1, 12, 6, 5), (2, 40, 3, 7), (3, 2, 9, 3), (4, 130, 2, 20)]
    {
        let mut set = Set::new(seed, classes, each, dim);
        // Exchanged labels, a row that cannot be used, a class of one, a class of none.
        set.labels.swap(0, each);
        set.labels.swap(1, each * classes - 1);
        set.rows[dim * 2] = f32::NAN;
        set.labels.push(classes as u32);
        set.rows.extend(vec![0.3; dim - 1]);
        set.rows.push(-2.0);
        set.classes = classes + 2;
        let audit = set.audit(&AuditOptions::default());
        let expected = suspects(&set, &labelled(&audit).look_alikes.entries);
        assert!(!expected.is_empty(), "a test without suspects");
        let found = &labelled(&audit).suspects;
        assert_eq!(found.total, expected.len());
        for (suspect, (row, own, other_class, other)) in found.entries.iter().zip(expected) {
            assert_eq!(
                (suspect.row as usize, suspect.other_class),
                (row, other_class)
            );
            assert_eq!(suspect.class, set.labels[row]);
            assert!((suspect.own - own).abs() < 3e-6, "{suspect:?}, {own}");
            assert!((suspect.other - other).abs() < 3e-6, "{suspect:?}, {other}");
            assert!((suspect.score - (other - own)).abs() < 5e-6);
            assert_eq!(set.labels[suspect.nearest as usize], other_class);
        }
    }
}

#[test]
fn duplicates_are_all_pairs_that_are_near() {
    for (seed, near, dim) in [(5, 0.999, 6), (6, 0.97, 8), (7, 0.9, 21), (8, 0.995, 2)] {
        let mut set = Set::new(seed, 30, 4, dim);
        for (row, noise) in [(3, 0.0), (50, 1e-7), (77, 1e-2), (90, 0.2)] {
            let copy: Vec<f32> = set.row(row).iter().map(|v| 3.0 * v + noise).collect();
            set.set_row(row + 13, &copy);
        }
        let expected = near_pairs(&set, near);
        let audit = set.audit(&AuditOptions {
            near,
            ..AuditOptions::default()
        });
        let mut found: Vec<_> = audit.conflicting.entries.iter().collect();
        for pair in &found {
            assert_ne!(
                set.labels[pair.row1 as usize],
                set.labels[pair.row2 as usize]
            );
        }
        found.extend(&audit.repeated.entries);
        let mut found: Vec<_> = found.iter().map(|pair| (pair.row1, pair.row2)).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "near {near}");
        assert!(found.len() >= 2);
        assert_eq!(audit.conflicting.total + audit.repeated.total, found.len());
    }
}

/// Sets of many shapes, with scaled copies, rows of zeros and a far mean.
fn worlds() -> Vec<Set> {
    let mut worlds = Vec::new();
    for seed in 0..24 {
        let mut random = SplitMix(100 + seed);
        let (classes, each) = (2 + random.below(90) as usize, 1 + random.below(6) as usize);
        let mut set = Set::new(
            seed,
            classes,
            each,
            [1, 2, 3, 8, 33, 130][seed as usize % 6],
        );
        let rows = set.labels.len();
        // Scales from float32's least normal numbers to its largest.
        for _ in 0..rows / 3 {
            let (from, to) = (
                random.below(rows as u64) as usize,
                random.below(rows as u64) as usize,
            );
            let scale = [2.0, 3.0, 1e-30, 1e30, 0.7][random.below(5) as usize];
            let copy: Vec<f32> = set.row(from).iter().map(|v| v * scale).collect();
            set.set_row(to, &copy);
        }
        if seed % 4 == 1 {
            set.rows
                .iter_mut()
                .for_each(|v| *v = *v * 0.01 + 5.0 * v.signum());
        }
        if rows > 9 {
            set.set_row(7, &vec![0.0; set.dim]);
            set.rows[8 * set.dim] = f32::NAN;
        }
        worlds.push(set);
    }
    worlds
}

#[test]
fn near_pairs_of_any_set_are_those_of_the_definition() {
    let (mut all, mut scaled) = (0, 0);
    for (world, set) in worlds().iter().enumerate() {
        for near in [1.0, 0.9999, 0.97, 0.6] {
            let options = AuditOptions {
                near,
                limit: 100_000,
                near_rows: None,
            };
            let mut audit = set.audit(&options);
            let copies = |pair: &super::Duplicate| pair.identical;
            for list in [&mut audit.conflicting, &mut audit.repeated] {
                list.entries.retain(|pair| !copies(pair));
            }
            // A copy of a row is compared with nothing else.
            let copy = |row: usize| (0..row).any(|first| set.row(first) == set.row(row));
            let mut expected = near_pairs(set, near);
            expected.retain(|&(a, b)| !copy(a as usize) && !copy(b as usize));
            assert_eq!(pairs_found(&audit), expected, "world {world}, near {near}");
            all += expected.len();
            scaled += if near == 1.0 { expected.len() } else { 0 };
        }
    }
    assert!(all > 1000 && scaled > 50, "{all} {scaled}");
}

#[test]
fn rows_that_are_asked_with_are_compared_with_all() {
    let set = Set::new(21, 60, 5, 12);
    let rows = set.labels.len();
    for most in [0, 1, 7, 8, 77, rows - 1, rows, rows + 5] {
        let near = 0.9;
        let options = AuditOptions {
            near,
            near_rows: Some(most),
            limit: 100_000,
        };
        let audit = set.audit(&options);
        let asked: Vec<usize> = (0..most.min(rows))
            .map(|i| i * rows / most.min(rows))
            .collect();
        assert_eq!(audit.near_rows, asked.len());
        assert_eq!(
            pairs_found(&audit),
            near_pairs_of(&set, near, &asked),
            "{most}"
        );
    }
}

#[test]
fn similarities_at_the_threshold_are_near() {
    // Cosines that are exact: 0.6, 0.8, 1.
    let rows = vec![1.0, 0.0, 3.0, 4.0, 4.0, 3.0, 6.0, 8.0];
    let set = Set {
        dim: 2,
        rows,
        labels: vec![0; 4],
        classes: 1,
    };
    let found = |near| {
        pairs_found(&set.audit(&AuditOptions {
            near,
            ..AuditOptions::default()
        }))
    };
    assert_eq!(found(1.0), [(1, 3)]);
    assert_eq!(found(0.8), [(0, 2), (1, 2), (1, 3), (2, 3)]);
    assert_eq!(found(0.6).len(), 6);
    assert_eq!(found(0.6 + 1e-9).len(), 4);
}

/// Gives every `step`th row the label of another class, drawn at random; these rows.
fn mislabel(set: &mut Set, step: usize, seed: u64) -> Vec<u32> {
    let mut random = SplitMix(1000 + seed);
    let classes = set.classes as u32;
    let rows: Vec<u32> = (0..set.labels.len() as u32).step_by(step).collect();
    for &row in &rows {
        let away = 1 + random.below(u64::from(classes) - 1) as u32;
        set.labels[row as usize] = (set.labels[row as usize] + away) % classes;
    }
    rows
}

#[test]
fn no_more_suspects_are_wrong_than_are_said_to_be() {
    let options = AuditOptions {
        limit: 100_000,
        near_rows: Some(0),
        ..AuditOptions::default()
    };
    let (mut sharp, mut vague, mut above) = (0, 0, 0);
    for seed in 0..20 {
        // From classes far apart to classes that are hardly there.
        let dim = [3, 5, 12, 40][seed % 4];
        let mut set = Set::new(40 + seed as u64, 60, 8, dim);
        let clean = labelled(&set.audit(&options)).clone();
        let wrong = mislabel(&mut set, [97, 31, 11][seed % 3], seed as u64);
        let audit = set.audit(&options);
        let LabelFindings {
            suspects, trust, ..
        } = labelled(&audit);
        let found = suspects
            .entries
            .iter()
            .filter(|s| wrong.contains(&s.row))
            .count();
        let at = format!("seed {seed}: {found} of {} wrong, {trust:?}", wrong.len());
        above += usize::from(found > trust.wrong_at_most);
        assert_eq!(trust.judged, set.labels.len());
        assert_eq!(trust.error, suspects.total as f64 / trust.judged as f64);
        // Classes that lie far apart leave little room; those that do not are said to say little.
        if dim == 40 {
            assert!(found + 2 >= wrong.len(), "{at}");
            assert!(trust.auroc > Some(0.8), "{at}");
            sharp += 1;
        }
        if dim == 3 {
            assert!(clean.suspects.total > 100, "{at}");
            assert!(
                clean.trust.wrong_at_most < clean.suspects.total / 2,
                "{at} {:?}",
                clean.trust
            );
            vague += 1;
        }
    }
    assert_eq!((sharp, vague), (5, 5));
    // Of twenty draws with a miss in 3 %, 88 % have at most one; how often it holds is a test of `trust`.
    assert!(above <= 1, "the limit is of 97 %");
}

#[test]
fn a_rehearsal_counts_what_an_audit_compares() {
    let set = Set::new(30, 50, 4, 8).embeddings();
    let options = AuditOptions {
        near: 0.01,
        ..AuditOptions::default()
    };
    let time = std::cell::Cell::new(0.0);
    let clock = || {
        time.set(time.get() + 1.0);
        time.get()
    };
    let found = super::rehearse(&[&set], 50, &options, &clock, &Job::new()).expect("estimates");
    let every = (200.0 * 200.0) / 2.0 + 200.0 * 50.0 + 50.0 * 50.0;
    assert!(
        (found.comparisons - every).abs() <= 200.0,
        "{found:?} {every}"
    );
    assert!(found.seconds > 0.0);
    let few = AuditOptions {
        near_rows: Some(10),
        ..options
    };
    let few = super::rehearse(&[&set], 0, &few, &clock, &Job::new()).expect("estimates");
    assert!((few.comparisons - 2000.0).abs() < 30.0, "{few:?}");
    let none = Embeddings::from_vec(vec![0.0; 6], 2, 3).expect("shape");
    super::rehearse(&[&none], 0, &options, &clock, &Job::new()).expect("nothing to compare");
    let stopped = Job::new();
    stopped.cancel();
    let error = super::rehearse(&[&set], 0, &options, &clock, &stopped).expect_err("stopped");
    assert_eq!(error.code().as_str(), "EABORTED");
}

#[test]
fn a_rehearsal_of_some_rows_counts_what_all_compare() {
    let (n, d) = (24_000, 64);
    let mut random = SplitMix(3);
    let values = (0..n * d).map(|_| random.unit() as f32 - 0.5).collect();
    let set = Embeddings::from_vec(values, n, d).expect("shape");
    let options = AuditOptions {
        near: 0.999,
        ..AuditOptions::default()
    };
    let time = std::cell::Cell::new(0.0);
    // So slow that nothing is done again.
    let clock = || time.replace(time.get() + 1.0);
    let found = super::rehearse(&[&set], 0, &options, &clock, &Job::new()).expect("estimates");
    let parts = [&set];
    let rows = Stacked::new(&parts);
    let all = Near::new(&rows, (0..n as u32).collect(), &options, &Job::new()).expect("sorted");
    let ratio = found.comparisons / all.comparisons() as f64;
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
}

#[test]
fn threads_and_ways_of_reading_change_nothing() {
    let folder = std::env::temp_dir().join(format!("hackface-audit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut set = Set::new(33, 150, 6, 31);
    for row in (0..700).step_by(9) {
        let copy: Vec<f32> = set.row(row).iter().map(|v| v * 3.0).collect();
        set.set_row(row + 150, &copy);
    }
    let options = AuditOptions {
        near: 0.95,
        limit: 40,
        near_rows: None,
    };
    let expected = set.audit(&options);
    assert!(expected.repeated.total + expected.conflicting.total > 70);
    let path = folder.join("rows.npy");
    let mut writer =
        NpyWriter::new(Vec::new(), Dtype::F32, set.labels.len(), set.dim).expect("a shape");
    writer.write_rows(&set.rows).expect("written");
    std::fs::write(&path, writer.finish().expect("finished")).expect("a file");
    let labels = Some((&set.labels[..], set.classes));
    for io in [Io::Mmap, Io::Read] {
        let rows = Embeddings::open(&path, io).expect("opens");
        for threads in [1, 2, 5] {
            let pool = threads::pool(threads).expect("a pool");
            let found = pool.install(|| audit(&[&rows], labels, &options, &[], &Job::new()));
            assert_eq!(found.expect("audits"), expected, "{io:?} {threads}");
        }
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn identical_rows_are_paired_with_the_first_of_their_kind() {
    let mut set = Set::new(8, 10, 3, 4);
    let copy = set.row(2).to_vec();
    for row in [7, 1, 20] {
        set.set_row(row, &copy);
    }
    // 0 and −0 are one number.
    set.set_row(11, &[0.0, 1.0, 2.0, 0.5]);
    set.set_row(12, &[-0.0, 1.0, 2.0, 0.5]);
    let audit = set.audit(&AuditOptions {
        near: 1.0,
        ..AuditOptions::default()
    });
    let rows = |list: &super::Listed<super::Duplicate>| -> Vec<_> {
        assert!(
            list.entries
                .iter()
                .all(|p| p.identical && p.similarity == 1.0)
        );
        list.entries.iter().map(|p| (p.row1, p.row2)).collect()
    };
    assert_eq!(rows(&audit.conflicting), [(1, 7), (1, 20), (11, 12)]);
    assert_eq!(rows(&audit.repeated), [(1, 2)]);
}

#[test]
fn one_person_under_two_labels_is_seen() {
    let mut set = Set::new(9, 30, 8, 64);
    // Half of class 4 gets a label of its own, and one row of class 6.
    for row in 4 * 8..4 * 8 + 4 {
        set.labels[row] = 30;
    }
    set.labels[6 * 8] = 31;
    set.classes = 32;
    let audit = set.audit(&AuditOptions::default());
    let found = &labelled(&audit).look_alikes.entries;
    let mut pairs: Vec<_> = found
        .iter()
        .map(|pair| (pair.class1, pair.class2))
        .collect();
    pairs.sort_unstable();
    assert_eq!(pairs, [(4, 30), (6, 31)]);
    for pair in found {
        let expected = resemblance(&set, pair.class1, pair.class2);
        assert!(
            (pair.resemblance - expected).abs() < 3e-6,
            "{pair:?}, {expected}"
        );
    }
    assert_eq!(labelled(&audit).singletons.entries, [31]);
    // The rows of one person are not suspect for being under two labels.
    assert_eq!(labelled(&audit).suspects.entries, []);
    let clean = Set::new(9, 30, 8, 64).audit(&AuditOptions::default());
    assert_eq!(labelled(&clean).look_alikes.entries, []);
}

#[test]
fn rows_that_cannot_be_used_are_listed_and_left_out() {
    let mut set = Set::new(10, 20, 5, 6);
    let unit = |row: &[f32]| -> Vec<f32> {
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        row.iter().map(|v| v / norm).collect()
    };
    for row in 0..100 {
        let scaled = unit(set.row(row));
        set.set_row(row, &scaled);
    }
    set.set_row(3, &[0.0; 6]);
    set.set_row(4, &[0.0; 6]);
    set.rows[6 * 17 + 2] = f32::INFINITY;
    set.set_row(40, &[0.408; 6]);
    let long: Vec<f32> = set.row(50).iter().map(|v| v * 1.5).collect();
    set.set_row(50, &long);
    let audit = set.audit(&AuditOptions::default());
    assert_eq!(audit.zero.entries, [3, 4]);
    assert_eq!(audit.non_finite.entries, [17]);
    assert_eq!(audit.constant.entries, [40]);
    let [outlier] = &audit.norm_outliers.entries[..] else {
        panic!("{:?}", audit.norm_outliers);
    };
    assert_eq!(outlier.row, 50);
    assert!((outlier.norm - 1.5).abs() < 1e-6 && outlier.deviation > 6.0);
    // Two rows of zeros are no duplicates.
    assert_eq!(audit.conflicting.total + audit.repeated.total, 0);
}

#[test]
fn parts_are_as_one_matrix_and_threads_change_nothing() {
    let mut set = Set::new(11, 25, 5, 9);
    let copy = set.row(70).to_vec();
    set.set_row(7, &copy);
    let options = AuditOptions {
        near: 0.95,
        limit: 7,
        ..AuditOptions::default()
    };
    let whole = set.audit(&options);
    assert!(labelled(&whole).suspects.total + whole.repeated.total > 0);
    assert!(whole.repeated.entries.len() <= 7);
    let cut = 61 * set.dim;
    let part = |rows: &[f32]| {
        Embeddings::from_vec(rows.to_vec(), rows.len() / set.dim, set.dim).expect("shape")
    };
    let (first, second) = (part(&set.rows[..cut]), part(&set.rows[cut..]));
    let labels = Some((&set.labels[..], set.classes));
    for threads in [1, 3] {
        let pool = threads::pool(threads).expect("a pool");
        let one = pool.install(|| set.audit(&options));
        assert_eq!(one, whole);
        let two = pool
            .install(|| audit(&[&first, &second], labels, &options, &[], &Job::new()))
            .expect("audits");
        // Equal rows differ in their place only.
        let total = |audit: &Audit| {
            let lists = [&audit.conflicting, &audit.repeated, &audit.across];
            lists.map(|list| list.total).iter().sum::<usize>()
        };
        assert_eq!(total(&two), total(&whole));
        let apart = |pair: &super::Duplicate| pair.row1 < 61 && pair.row2 >= 61;
        assert!(two.across.entries.iter().all(apart));
        assert!(
            !two.conflicting
                .entries
                .iter()
                .chain(&two.repeated.entries)
                .any(apart)
        );
        assert!(two.across.total > 0 && whole.across.total == 0);
        assert_eq!(two.labelled, whole.labelled);
    }
}

#[test]
fn hard_sets_are_audited_and_wrong_ones_refused() {
    let options = AuditOptions::default();
    let none = Embeddings::from_vec(vec![], 0, 3).expect("shape");
    let found = audit(&[&none], Some((&[], 0)), &options, &[], &Job::new()).expect("audits");
    assert_eq!(labelled(&found).suspects.total, 0);
    let one = Embeddings::from_vec(vec![1.0, 2.0], 1, 2).expect("shape");
    audit(&[&one], Some((&[0], 1)), &options, &[], &Job::new()).expect("audits");
    let same = Embeddings::from_vec(vec![1.0; 8], 4, 2).expect("shape");
    let found = audit(
        &[&same],
        Some((&[0, 0, 1, 1], 2)),
        &options,
        &[],
        &Job::new(),
    )
    .expect("audits");
    assert_eq!((found.conflicting.total, found.repeated.total), (2, 1));
    assert_eq!(
        audit(&[&same], None, &options, &[], &Job::new())
            .expect("audits")
            .labelled,
        None
    );

    let code = |parts: &[&Embeddings], labels, options: &AuditOptions| {
        audit(parts, labels, options, &[], &Job::new())
            .expect_err("refused")
            .code()
            .as_str()
    };
    assert_eq!(code(&[&one, &none], None, &options), "EDIMENSION");
    assert_eq!(code(&[&one], Some((&[0, 0], 1)), &options), "EDIMENSION");
    assert_eq!(code(&[&one], Some((&[1], 1)), &options), "EINDEX");
    assert_eq!(code(&[], None, &options), "EEMPTY");
    for near in [0.0, 1.5, f64::NAN] {
        assert_eq!(
            code(&[&one], None, &AuditOptions { near, ..options }),
            "EOPTION"
        );
    }
    let job = Job::new();
    job.cancel();
    let stopped = audit(&[&one], None, &options, &[], &job).expect_err("stopped");
    assert_eq!(stopped.code().as_str(), "EABORTED");
}
