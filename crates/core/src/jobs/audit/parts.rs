//! Near-identical rows that shards found, in files, and all of them put together.
//!
//! First of the compared rows and the one behind the last; then for each list how many there are, and the first of
//! them as records of similarity and rows.

use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::alike::Alike;
use super::duplicates::{Duplicate, Lists};
use super::health::Health;
use super::stacked::Stacked;
use super::{AuditOptions, Listed, NearPart};
use crate::error::Result;
use crate::job::Job;
use crate::jobs::shards::in_order;
use crate::jobs::state::{self, Magic, Mark, Reader, Use, of_record, record};

const MAGIC: Magic = *b"HFALIKE1";

/// Files of parts of one set, with the fingerprint that each of them has.
pub(super) struct Parts<'a> {
    files: &'a [PathBuf],
    mark: Mark,
}

impl<'a> Parts<'a> {
    /// Nothing is read, and no fingerprint is made, where there are no files.
    pub(super) fn new(files: &'a [PathBuf], mark: impl FnOnce() -> Mark) -> Self {
        let mark = if files.is_empty() {
            Mark::default()
        } else {
            mark()
        };
        Self { files, mark }
    }

    pub(super) fn are_given(&self) -> bool {
        !self.files.is_empty()
    }

    /// Adds what all parts found, which together are all of `alike`.
    pub(super) fn merge(&self, alike: &mut Alike<'_>, job: &Job) -> Result<()> {
        let mut merged = Vec::new();
        for path in self.files {
            job.check()?;
            if let Some((rows, lists)) = read((path, Use::Merge), &self.mark, alike)? {
                alike.found.take(lists);
                merged.push((rows, path.to_string_lossy().into_owned()));
            }
        }
        in_order("compared rows", &merged, alike.near.asked()).map(drop)
    }
}

/// Finds the near-identical rows of shard `i` of `n` and writes them to a file, unless it holds them already.
pub(super) fn write_part(
    alike: &Alike<'_>,
    mark: &Mark,
    shard: (usize, usize),
    (path, replaces): (&Path, bool),
    job: &Job,
) -> Result<NearPart> {
    let (rows, comparisons, of) = alike.near.shard(shard);
    let kept = match replaces {
        true => None,
        false => read((path, Use::Shard), mark, alike)?,
    };
    let reused = kept.is_some();
    if let Some((kept, _)) = kept.filter(|(kept, _)| *kept != rows) {
        let found = format!("the compared rows {}:{}", kept.start, kept.end);
        let expected = format!("the compared rows {}:{}", rows.start, rows.end);
        return Err(Use::Shard.refuse(path, found, &expected));
    }
    if !reused {
        let mut found = alike.found.part();
        alike.near.find(rows.clone(), &mut found, job)?;
        let mut bytes = Vec::new();
        let mut number = |number: usize| (number as u64).to_le_bytes();
        bytes.extend([rows.start, rows.end].map(&mut number).as_flattened());
        for Listed { entries, total } in found.finish() {
            bytes.extend([total, entries.len()].map(&mut number).as_flattened());
            let of = |of: &Duplicate| record(of.similarity.to_bits(), of.row1, of.row2);
            entries.iter().for_each(|pair| bytes.extend(of(pair)));
        }
        state::write(path, &MAGIC, mark, &bytes)?;
    }
    Ok(NearPart {
        rows,
        all: alike.near.asked(),
        comparisons,
        of,
        reused,
    })
}

/// The compared rows of a part, and what it found.
fn read(
    (path, to): (&Path, Use),
    mark: &Mark,
    alike: &Alike<'_>,
) -> Result<Option<(Range<usize>, Lists)>> {
    let most = (alike.found.limit() as u64)
        .saturating_mul(3 * 16)
        .saturating_add(8 * 8);
    let Some(content) = state::read((path, to), &MAGIC, mark, most)? else {
        return Ok(None);
    };
    let mut reader = Reader::of(&content);
    match part(&mut reader) {
        Some((rows, lists))
            if reader.is_at_end()
                && rows.start <= rows.end
                && rows.end <= alike.near.asked()
                && alike.is_possible(&lists) =>
        {
            Ok(Some((rows, lists)))
        }
        _ => Err(to.impossible(path)),
    }
}

fn part(reader: &mut Reader<'_>) -> Option<(Range<usize>, Lists)> {
    let rows = reader.size()?..reader.size()?;
    let mut list = || {
        let total = reader.size()?;
        let pairs = reader.records()?.iter().map(|bytes| {
            let (similarity, row1, row2) = of_record(bytes);
            Duplicate {
                row1,
                row2,
                similarity: f64::from_bits(similarity),
                identical: false,
            }
        });
        Some(Listed {
            entries: pairs.collect(),
            total,
        })
    };
    Some((rows, [list()?, list()?, list()?]))
}

/// A digest of everything that near-identical rows depend on: the numbers of every row, their labels, the sizes of
/// the sets and the options.
pub(super) fn fingerprint(
    rows: &Stacked<'_>,
    health: &Health,
    labels: Option<&[u32]>,
    options: &AuditOptions,
) -> Mark {
    let mut hash = Sha256::new();
    let mut add = |number: u64| hash.update(number.to_le_bytes());
    rows.sizes().for_each(|size| add(size as u64));
    add(rows.dim() as u64);
    add(options.near.to_bits());
    add(options.near_rows.map_or(u64::MAX, |rows| rows as u64));
    add(options.limit as u64);
    (0..rows.len()).for_each(|row| add(health.hash(row)));
    add(labels.map_or(0, <[u32]>::len) as u64);
    let labels = labels.unwrap_or_default().iter();
    labels.for_each(|label| add(u64::from(*label)));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::super::naive::Set;
    use super::super::{Audit, audit, audit_part};
    use super::*;
    use crate::job::threads;

    /// A set with near copies, and a folder for its parts.
    struct Work {
        set: Set,
        options: AuditOptions,
        folder: PathBuf,
    }

    impl Work {
        fn new(name: &str, near_rows: Option<usize>) -> Self {
            let mut set = Set::new(21, 70, 10, 24);
            for row in (0..600).step_by(7) {
                let near: Vec<f32> = set.row(row).iter().map(|v| v * 3.0 + 0.01).collect();
                set.set_row(row + 83, &near);
            }
            let copy = set.row(5).to_vec();
            set.set_row(400, &copy);
            let name = format!("hackface-audit-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).expect("a folder");
            let options = AuditOptions {
                near: 0.9,
                near_rows,
                limit: 50,
            };
            Self {
                set,
                options,
                folder,
            }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.join(name)
        }

        fn part(&self, shard: (usize, usize), path: &Path, replaces: bool) -> Result<NearPart> {
            let labels = Some((&self.set.labels[..], self.set.classes));
            let rows = self.set.embeddings();
            let file = (path, replaces);
            audit_part(&[&rows], labels, &self.options, shard, file, &Job::new())
        }

        fn merged(&self, files: &[PathBuf]) -> Result<Audit> {
            let labels = Some((&self.set.labels[..], self.set.classes));
            let rows = self.set.embeddings();
            audit(&[&rows], labels, &self.options, files, &Job::new())
        }

        fn refused(&self, files: &[PathBuf]) -> String {
            let all: Vec<_> = files.to_vec();
            self.merged(&all).expect_err("refused").to_string()
        }
    }

    impl Drop for Work {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn shards_in_any_number_and_order_find_what_one_pass_finds() {
        for near_rows in [None, Some(333), Some(0)] {
            let work = Work::new("shards", near_rows);
            let whole = work.set.audit(&work.options);
            if near_rows.is_none() {
                assert!(whole.conflicting.total > work.options.limit);
                assert!(whole.repeated.total > work.options.limit);
            }
            for n in [1, 3, 7, 64, 1000] {
                let pool = threads::pool(1 + n % 3).expect("a pool");
                let file = |i: usize| work.path(&format!("{n}-{i}"));
                let mut comparisons = 0;
                for i in (0..n).rev() {
                    let part = pool.install(|| work.part((i, n), &file(i), false));
                    let part = part.expect("a part");
                    comparisons += part.comparisons;
                    assert!(!part.reused);
                    assert_eq!(part.all, whole.near_rows);
                    if i == 0 {
                        assert_eq!(comparisons, part.of);
                    }
                }
                // What a crash left is done again; what is whole is kept.
                let bytes = std::fs::read(file(n / 2)).expect("a part");
                std::fs::write(file(n / 2), &bytes[..bytes.len() - 9]).expect("written");
                let part = |i: usize| work.part((i, n), &file(i), false).expect("a part");
                assert!(!part(n / 2).reused);
                assert!(part(n / 2).reused);
                assert_eq!(std::fs::read(file(n / 2)).expect("a part"), bytes);
                let mut files: Vec<_> = (0..n).map(file).collect();
                files.rotate_left(n / 3);
                assert_eq!(work.merged(&files).expect("merged"), whole, "{n}");
            }
        }
    }

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        let mut work = Work::new("refused", None);
        let files: Vec<_> = (0..3).map(|i| work.path(&i.to_string())).collect();
        for (i, file) in files.iter().enumerate() {
            work.part((i, 3), file, false).expect("a part");
        }
        let [a, b, c] = [&files[0], &files[1], &files[2]].map(PathBuf::clone);
        let gap = work.refused(&[a.clone(), c.clone()]);
        assert!(gap.contains("in no part, between"), "{gap}");
        let twice = work.refused(&[a.clone(), b.clone(), c.clone(), b.clone()]);
        assert!(twice.contains("is named twice"), "{twice}");
        let whole = work.path("whole");
        work.part((0, 1), &whole, false).expect("a part");
        let both = work.refused(&[a.clone(), b.clone(), c.clone(), whole]);
        assert!(both.contains("both in"), "{both}");
        let none = work.refused(&[a.clone(), b.clone(), work.path("none")]);
        assert!(none.contains("none"), "{none}");
        let other = work.part((1, 3), &a, false).expect_err("of shard 0");
        assert!(other.to_string().contains("the compared rows"), "{other}");
        let out = work.part((3, 3), &a, false).expect_err("no shard");
        assert!(out.to_string().contains("shard 3 of 3"), "{out}");
        std::fs::write(work.path("text"), "index,class\n").expect("written");
        let text = work.part((0, 3), &work.path("text"), false);
        assert!(
            text.expect_err("kept")
                .to_string()
                .contains("something else")
        );
        work.part((0, 3), &work.path("text"), true)
            .expect("replaced");

        let sound = std::fs::read(&b).expect("a part");
        let mut damaged = sound.clone();
        damaged[70] ^= 1;
        std::fs::write(&b, damaged).expect("written");
        assert!(work.refused(&files).contains("a damaged part"));

        // What no search can have found, with a digest that is right.
        let (mark, content): (Mark, _) = (
            sound[8..40].try_into().expect("a mark"),
            &sound[40..sound.len() - 32],
        );
        let entry = 2 * 8 + 2 * 8;
        for (at, value) in [
            (entry, 2.0f64.to_bits()),
            (entry + 8, 5 << 32 | 6),
            (0, 9000),
            (16, 1),
        ] {
            let mut forged = content.to_vec();
            forged[at..at + 8].copy_from_slice(&value.to_le_bytes());
            state::write(&b, &MAGIC, &mark, &forged).expect("written");
            let refused = work.refused(&files);
            assert!(
                refused.contains("no run can have written"),
                "{at}: {refused}"
            );
        }
        std::fs::write(&b, &sound).expect("written");
        work.merged(&files).expect("sound again");

        work.options.near = 0.91;
        assert!(work.refused(&files).contains("other data or settings"));
        work.options.near = 0.9;
        work.set.labels.swap(0, 300);
        assert!(work.refused(&files).contains("other data or settings"));
        work.set.labels.swap(0, 300);
        let row: Vec<f32> = work.set.row(8).iter().map(|v| v * 1.001).collect();
        work.set.set_row(8, &row);
        assert!(work.refused(&files).contains("other data or settings"));
    }
}
