//! The test side's people and its list of pairs.

use super::replica::Replica;
use super::spec::SynthSpec;
use super::stream::{Purpose, Stream};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::reserve;

/// Images of one test person; the last person may have fewer.
const IMAGES: usize = 3;
/// Genuine pairs of the whole challenge, and its pairs: the default share.
const SHARE: (u128, u128) = (11_604, 31_444);
/// Groups of people, and the least people a group is worth having for.
const GROUPS: usize = 10;
const LEAST_GROUP: usize = 8;
/// Draws between two looks at whether to stop.
const CHECK_EVERY: usize = 1 << 16;

/// Who is on which test row.
pub(super) struct Crowd {
    /// Person of each row, in an order that tells nothing.
    pub(super) people: Vec<u32>,
    /// People fall into this many groups, by person modulo groups.
    pub(super) groups: usize,
}

/// A list of pairs.
pub(super) struct Pairs {
    pub(super) index1: Vec<u32>,
    pub(super) index2: Vec<u32>,
    pub(super) same: Vec<u8>,
}

impl Crowd {
    /// Three rows for each person, shuffled. R2 has ten groups (fewer below 80 people), the others
    /// one.
    pub(super) fn new(spec: &SynthSpec) -> Result<Self> {
        let mut people = reserve("the test people", spec.test_rows)?;
        people.extend((0..spec.test_rows).map(|row| (row / IMAGES) as u32));
        Stream::new(spec.seed, Purpose::TestOrder, 0).shuffle(&mut people);
        let groups = match spec.replica {
            Replica::R2 => (spec.test_rows.div_ceil(IMAGES) / LEAST_GROUP).clamp(1, GROUPS),
            Replica::R1 | Replica::None => 1,
        };
        Ok(Self { people, groups })
    }

    /// Group of a person.
    pub(super) fn group(&self, person: u32) -> usize {
        person as usize % self.groups
    }

    /// Draws the pairs: genuine ones of the same person, impostors of two people of one group,
    /// none twice, none of a row with itself, in random order and with random sides.
    ///
    /// The genuine share is the challenge's 36.9 % where the people have so many pairs; fails with
    /// `EOPTION` where the rows have too few pairs of either kind.
    pub(super) fn pairs(&self, spec: &SynthSpec, job: &Job) -> Result<Pairs> {
        let mut stream = Stream::new(spec.seed, Purpose::Pairs, 0);
        let mut genuine = self.genuine()?;
        let impostors = self.count_impostors(genuine.len() as u64);
        let wanted = spec.pairs as u64;
        let share = (u128::from(wanted) * SHARE.0 + SHARE.1 / 2) / SHARE.1;
        let n_genuine = (share as u64)
            .max(wanted.saturating_sub(impostors))
            .min(genuine.len() as u64);
        let n_impostors = wanted - n_genuine;
        if n_impostors > impostors || n_impostors == 0 || n_genuine == 0 {
            return Err(Error::new(
                Code::Option,
                format!("{wanted} pairs of {} test rows", spec.test_rows),
                format!(
                    "at most the {} genuine and {impostors} impostor pairs there are, some of each",
                    genuine.len()
                ),
            )
            .with_hint("Ask for fewer pairs or more test rows"));
        }
        stream.shuffle(&mut genuine);
        genuine.truncate(n_genuine as usize);
        let drawn = if n_impostors > impostors / 2 {
            let mut all = self.every_impostor(impostors as usize, job)?;
            stream.shuffle(&mut all);
            all.truncate(n_impostors as usize);
            all
        } else {
            self.some_impostors(n_impostors as usize, &mut stream, job)?
        };
        self.list(genuine, drawn, &mut stream)
    }

    /// Every pair of rows of one person, smaller row first.
    fn genuine(&self) -> Result<Vec<(u32, u32)>> {
        let n_people = self.people.len().div_ceil(IMAGES);
        let mut rows = reserve("the rows of each person", n_people)?;
        rows.resize(n_people, ([0u32; IMAGES], 0usize));
        for (row, person) in self.people.iter().enumerate() {
            let (places, count) = &mut rows[*person as usize];
            places[*count] = row as u32;
            *count += 1;
        }
        let mut pairs = reserve("the genuine pairs", n_people * IMAGES)?;
        for (places, count) in &rows {
            for second in 1..*count {
                pairs.extend((0..second).map(|first| (places[first], places[second])));
            }
        }
        Ok(pairs)
    }

    /// How many pairs of different people share a group.
    fn count_impostors(&self, genuine: u64) -> u64 {
        let mut sizes = vec![0u64; self.groups];
        self.people
            .iter()
            .for_each(|person| sizes[self.group(*person)] += 1);
        sizes
            .iter()
            .map(|n| n * n.saturating_sub(1) / 2)
            .sum::<u64>()
            - genuine
    }

    fn is_impostor(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.people[a as usize], self.people[b as usize]);
        a != b && self.group(a) == self.group(b)
    }

    /// All impostor pairs: for requests that take most of them.
    fn every_impostor(&self, count: usize, job: &Job) -> Result<Vec<(u32, u32)>> {
        let mut pairs = reserve("the impostor pairs", count)?;
        for second in 0..self.people.len() as u32 {
            job.check()?;
            pairs.extend(
                (0..second)
                    .map(|first| (first, second))
                    .filter(|(a, b)| self.is_impostor(*a, *b)),
            );
        }
        Ok(pairs)
    }

    /// Distinct impostor pairs, each equally likely: draws with repetition, drops what came twice
    /// and draws again for what is missing. For requests that take the smaller part of them.
    fn some_impostors(
        &self,
        count: usize,
        stream: &mut Stream,
        job: &Job,
    ) -> Result<Vec<(u32, u32)>> {
        let rows = self.people.len() as u64;
        let mut pairs = reserve("the impostor pairs", count)?;
        while pairs.len() < count {
            job.check()?;
            for _ in 0..CHECK_EVERY.min(count - pairs.len()) {
                let pair = loop {
                    let (a, b) = (stream.below(rows) as u32, stream.below(rows) as u32);
                    if self.is_impostor(a, b) {
                        break (a.min(b), a.max(b));
                    }
                };
                pairs.push(pair);
            }
            if pairs.len() == count {
                pairs.sort_unstable();
                pairs.dedup();
            }
        }
        Ok(pairs)
    }

    /// Both kinds in one random order.
    fn list(
        &self,
        genuine: Vec<(u32, u32)>,
        impostors: Vec<(u32, u32)>,
        stream: &mut Stream,
    ) -> Result<Pairs> {
        let mut all = reserve("the pairs", genuine.len() + impostors.len())?;
        all.extend(genuine);
        all.extend(impostors);
        stream.shuffle(&mut all);
        let what = "the pair table";
        let mut index1 = reserve(what, all.len())?;
        let mut index2 = reserve(what, all.len())?;
        let mut same = reserve(what, all.len())?;
        for (a, b) in all {
            let (left, right) = if stream.bits() & 1 == 0 {
                (a, b)
            } else {
                (b, a)
            };
            index1.push(left);
            index2.push(right);
            same.push(u8::from(self.people[a as usize] == self.people[b as usize]));
        }
        Ok(Pairs {
            index1,
            index2,
            same,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(replica: Replica, test_rows: usize, pairs: usize) -> Result<(Crowd, Pairs)> {
        let spec = SynthSpec {
            replica,
            test_rows,
            pairs,
            ..SynthSpec::challenge()
        };
        let crowd = Crowd::new(&spec)?;
        let pairs = crowd.pairs(&spec, &Job::new())?;
        Ok((crowd, pairs))
    }

    fn check(replica: Replica, test_rows: usize, n: usize) -> usize {
        let (crowd, pairs) = draw(replica, test_rows, n).unwrap();
        assert_eq!(
            (pairs.index1.len(), pairs.index2.len(), pairs.same.len()),
            (n, n, n)
        );
        let mut seen = std::collections::HashSet::new();
        for ((a, b), same) in pairs.index1.iter().zip(&pairs.index2).zip(&pairs.same) {
            assert!(a != b && (*a as usize) < test_rows && (*b as usize) < test_rows);
            assert!(seen.insert((a.min(b), a.max(b))), "({a}, {b}) twice");
            let (p, q) = (crowd.people[*a as usize], crowd.people[*b as usize]);
            assert_eq!(*same == 1, p == q);
            assert_eq!(crowd.group(p), crowd.group(q));
        }
        pairs.same.iter().map(|s| usize::from(*s)).sum()
    }

    #[test]
    fn the_challenge_lists_every_genuine_pair_and_impostors_of_one_group() {
        assert_eq!(check(Replica::R2, 11_605, 31_444), 11_604);
        assert_eq!(check(Replica::R1, 11_605, 31_444), 11_604);
    }

    #[test]
    fn small_and_exhaustive_requests_are_met_to_the_last_pair() {
        assert_eq!(check(Replica::R2, 300, 200), 74);
        // 9 rows, one group: 9 genuine and 27 impostor pairs, and not one more.
        assert_eq!(check(Replica::R2, 9, 36), 9);
        assert_eq!(draw(Replica::R2, 9, 37).err().unwrap().code(), Code::Option);
        assert_eq!(check(Replica::R1, 4, 2), 1);
        // 240 rows of 80 people in ten groups of 24 rows.
        assert_eq!(check(Replica::R2, 240, 10 * 24 * 23 / 2), 240);
    }

    #[test]
    fn rows_tell_nothing_about_people() {
        let (crowd, pairs) = draw(Replica::R2, 11_605, 31_444).unwrap();
        let neighbours = crowd.people.windows(2).filter(|w| w[0] == w[1]).count();
        assert!(neighbours < 12, "{neighbours} neighbours of 2 expected");
        // Sides and order of the list neither.
        let ordered = pairs
            .index1
            .iter()
            .zip(&pairs.index2)
            .filter(|(a, b)| a < b)
            .count();
        assert!(ordered.abs_diff(15_722) < 500, "{ordered}");
        let early: usize = pairs.same[..7_861].iter().map(|s| usize::from(*s)).sum();
        assert!(early.abs_diff(2_901) < 200, "{early}");
    }
}
