//! Gallery rows that a probe may find: not itself, nobody who is left out, not the own person in the own camera.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::{Code, Error, Result};
use crate::evaluation::below;
use crate::rows::IGNORED;

/// People and cameras of the rows of both sides, which decide the rows that are no candidates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Candidates<'a> {
    /// True if probe i is row i of the gallery, and no candidate for itself.
    pub same: bool,
    /// The person of each probe, in the numbers of `of_row`; a probe of [`IGNORED`] is not ranked.
    pub of_probe: &'a [u32],
    /// The person of each gallery row, where ranks, cameras or fusion ask for it. Rows of [`IGNORED`]
    /// are nobody's candidates.
    pub of_row: &'a [u32],
    /// With them, rows of the probe's person in the probe's camera are no candidates for it.
    ///
    /// Source: Zheng et al., Scalable Person Re-identification: A Benchmark (2015), section 4.
    pub cameras: Option<Cameras<'a>>,
}

/// The camera of each row of both sides.
#[derive(Clone, Copy, Debug)]
pub struct Cameras<'a> {
    /// Of each probe.
    pub of_probe: &'a [u32],
    /// Of each gallery row, in the same numbers.
    pub of_row: &'a [u32],
}

impl Candidates<'_> {
    /// True if a probe may find a gallery row.
    pub fn accepts(&self, probe: u32, row: u32) -> bool {
        let (asked, stored) = (probe as usize, row as usize);
        if self.same && asked == stored || self.of_row.get(stored) == Some(&IGNORED) {
            return false;
        }
        self.cameras.is_none_or(|cameras| {
            self.of_probe[asked] != self.of_row[stored]
                || cameras.of_probe[asked] != cameras.of_row[stored]
        })
    }

    /// True if some row is not a candidate of some probe.
    pub(super) fn refuse_some(&self) -> bool {
        self.same || self.cameras.is_some() || self.of_row.contains(&IGNORED)
    }

    /// Refuses labels and cameras that are not one for each row (`EDIMENSION`).
    pub(super) fn check(&self, probes: usize, rows: usize) -> Result<()> {
        let one_each = |found: usize, of: usize, what: &str| {
            if found == of {
                return Ok(());
            }
            let expected = format!("one for each of {of} rows");
            Err(Error::new(
                Code::Dimension,
                format!("{found} {what}"),
                expected,
            ))
        };
        if let Some(cameras) = self.cameras {
            one_each(cameras.of_probe.len(), probes, "cameras")?;
            one_each(cameras.of_row.len(), rows, "cameras")?;
            one_each(self.of_probe.len(), probes, "labels")?;
        }
        if self.cameras.is_some() || !self.of_row.is_empty() {
            one_each(self.of_row.len(), rows, "labels")?;
        }
        Ok(())
    }
}

/// A gallery of few rows of each person, drawn at random and more than once.
///
/// Source: Li, Zhao, Xiao & Wang, DeepReID (2014), section 5, and Wu et al., RGB-Infrared
/// Cross-Modality Person Re-Identification (2017), section 3: one row of each person and camera is
/// their single-shot gallery, ten are the multi-shot one of the latter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shots {
    /// Rows of each person in each camera, from 1; without cameras of each person.
    pub rows: u32,
    /// Galleries that are drawn, from 1.
    pub draws: u32,
    /// Seed of all of them.
    pub seed: u64,
}

impl Default for Shots {
    /// One row, ten times.
    fn default() -> Self {
        Self {
            rows: 1,
            draws: 10,
            seed: 0,
        }
    }
}

impl Shots {
    /// The people of gallery number `draw`: [`IGNORED`] for rows that are not drawn.
    pub(super) fn drawn(&self, of: &Candidates<'_>, draw: u32) -> Vec<u32> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(draw.into());
        let camera = |row: usize| of.cameras.map_or(0, |cameras| cameras.of_row[row]);
        let mut rows: Vec<usize> = (0..of.of_row.len()).collect();
        rows.retain(|row| of.of_row[*row] != IGNORED);
        rows.sort_by_key(|row| (of.of_row[*row], camera(*row)));
        let mut people = vec![IGNORED; of.of_row.len()];
        let alike =
            |a: &usize, b: &usize| (of.of_row[*a], camera(*a)) == (of.of_row[*b], camera(*b));
        for group in rows.chunk_by_mut(alike) {
            for place in 0..group.len().min(self.rows as usize) {
                let left = (group.len() - place) as u64;
                group.swap(place, place + below(&mut random, left) as usize);
                people[group[place]] = of.of_row[group[place]];
            }
        }
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_has_so_many_rows_of_each_person_and_camera() {
        let of_row: Vec<u32> = (0..200)
            .map(|row| if row % 17 == 0 { IGNORED } else { row % 7 })
            .collect();
        let camera: Vec<u32> = (0..200).map(|row| row / 50).collect();
        let cameras = Cameras {
            of_probe: &[],
            of_row: &camera,
        };
        let candidates = |cameras| Candidates {
            of_row: &of_row,
            cameras,
            ..Candidates::default()
        };
        for (rows, cameras, groups) in
            [(1, Some(cameras), 28), (3, Some(cameras), 28), (2, None, 7)]
        {
            let of = candidates(cameras);
            let shots = Shots {
                rows,
                draws: 4,
                seed: 9,
            };
            let mut met = [false; 200];
            for draw in 0..shots.draws {
                let people = shots.drawn(&of, draw);
                assert_eq!(people, shots.drawn(&of, draw));
                let kept: Vec<usize> = (0..200).filter(|row| people[*row] != IGNORED).collect();
                assert!(kept.iter().all(|row| people[*row] == of_row[*row]));
                assert_eq!(kept.len(), groups * rows as usize);
                let mut of_group: Vec<_> = (kept.iter())
                    .map(|row| (of_row[*row], cameras.map(|c| c.of_row[*row])))
                    .collect();
                of_group.sort_unstable();
                of_group.dedup();
                assert_eq!(of_group.len(), groups);
                kept.iter().for_each(|row| met[*row] = true);
            }
            // Draws differ.
            assert!(met.iter().filter(|met| **met).count() > groups * rows as usize);
        }
        let all = Shots {
            rows: 1000,
            draws: 1,
            seed: 0,
        };
        assert_eq!(all.drawn(&candidates(Some(cameras)), 0), of_row);
    }

    #[test]
    fn labels_and_cameras_are_one_for_each_row() {
        let two = &[0, 1][..];
        let whole = Candidates {
            of_probe: two,
            of_row: two,
            cameras: Some(Cameras {
                of_probe: two,
                of_row: two,
            }),
            same: false,
        };
        assert!(whole.check(2, 2).is_ok());
        assert!(Candidates::default().check(5, 5).is_ok());
        for (probes, rows) in [(3, 2), (2, 3)] {
            assert_eq!(
                whole.check(probes, rows).unwrap_err().code(),
                Code::Dimension
            );
        }
        let unlabelled = Candidates {
            of_row: &[],
            ..whole
        };
        assert_eq!(unlabelled.check(2, 2).unwrap_err().code(), Code::Dimension);
    }
}
