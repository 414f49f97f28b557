//! Closed set: at which rank the best mate of a probe comes.

use super::Searches;

/// Ranks up to this one are all in a curve; beyond it those that a drawing can tell apart.
const EVERY: u64 = 100;
/// Steps of the rate, and of each power of ten of the rank, that a drawing can tell apart.
const RATE_STEP: f64 = 1.0 / 256.0;
const RANK_STEP: f64 = 1.0 / 64.0;

/// Where the best mate of each mated probe comes, by two conventions about candidates of other
/// people that are exactly as near.
///
/// **Pessimistic**: they come first. **Expected**: all that are equally near come in random order.
/// Optimistic ranks, and those of whatever order a sort leaves, are not offered: constant
/// distances would look perfect.
#[derive(Clone, Debug)]
pub struct Ranks {
    /// Pessimistic ranks, ascending.
    pessimistic: Vec<u64>,
    /// The same of those that are not tied with anybody.
    clear: Vec<u64>,
    ties: Vec<Tie>,
}

/// A best mate with other people as near as it is.
#[derive(Clone, Copy, Debug)]
struct Tie {
    nearer: u64,
    others: u64,
    mates: u64,
}

impl Tie {
    /// Chance that a mate is among the first `rank` candidates: 1 − C(t, j)/C(t + m, j), t others
    /// and m mates being equally near and j of them within the rank; j/(t + 1) for one mate.
    fn within(&self, rank: u64) -> f64 {
        let drawn = rank.saturating_sub(self.nearer);
        if drawn > self.others {
            return 1.0;
        }
        let left = self.others - drawn;
        let missed = (1..=self.mates).map(|i| (left + i) as f64 / (self.others + i) as f64);
        1.0 - missed.product::<f64>()
    }
}

/// A CMC curve as columns: rates hold from their rank up to the next.
///
/// Every rank up to 100 at which a rate changes, and beyond those that a drawing can tell apart;
/// the last one is the largest rank that occurs, where both rates are 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cmc {
    /// Ranks from 1, ascending.
    pub rank: Vec<u64>,
    /// Share of mated probes whose best mate is within the rank, pessimistic.
    pub rate: Vec<f64>,
    /// The same, expected.
    pub expected: Vec<f64>,
}

impl Ranks {
    /// Ranks of the best mates; `None` without a mated probe.
    pub fn of(searches: &Searches) -> Option<Self> {
        let (mut pessimistic, mut clear, mut ties) = (vec![], vec![], vec![]);
        for (_, mates) in searches.mated() {
            let best = mates[0];
            pessimistic.push(best.rank(0));
            if best.tied == 0 {
                clear.push(best.rank(0));
                continue;
            }
            let as_near = mates.iter().take_while(|m| m.distance == best.distance);
            ties.push(Tie {
                nearer: best.nearer.into(),
                others: best.tied.into(),
                mates: as_near.count() as u64,
            });
        }
        pessimistic.sort_unstable();
        clear.sort_unstable();
        (!pessimistic.is_empty()).then_some(Self {
            pessimistic,
            clear,
            ties,
        })
    }

    /// Searches of mated probes.
    pub fn searches(&self) -> usize {
        self.pessimistic.len()
    }

    /// Those of them whose best mate has other people at its distance.
    pub fn tied(&self) -> usize {
        self.ties.len()
    }

    /// Share of mated probes whose best mate is within `rank`, pessimistic.
    pub fn rate(&self, rank: u64) -> f64 {
        within(&self.pessimistic, rank) as f64 / self.pessimistic.len() as f64
    }

    /// The same, expected over random orders of what is equally near.
    pub fn expected(&self, rank: u64) -> f64 {
        let tied: f64 = self.ties.iter().map(|tie| tie.within(rank)).sum();
        (within(&self.clear, rank) as f64 + tied) / self.pessimistic.len() as f64
    }

    /// Median of the pessimistic ranks; the mean of the two in the middle of an even number.
    pub fn median(&self) -> f64 {
        let probes = self.pessimistic.len();
        let middle = [(probes - 1) / 2, probes / 2].map(|place| self.pessimistic[place] as f64);
        0.5 * (middle[0] + middle[1])
    }

    /// The largest pessimistic rank.
    pub fn worst(&self) -> u64 {
        self.pessimistic[self.pessimistic.len() - 1]
    }

    /// The CMC curve; the ranks `asked` for are points of it as far as they occur.
    pub fn curve(&self, asked: &[u64]) -> Cmc {
        let worst = self.worst();
        let mut ranks: Vec<u64> = (1..=worst.min(EVERY)).chain([worst]).collect();
        ranks.extend(asked.iter().filter(|rank| **rank <= worst));
        ranks.extend(self.apart());
        ranks.sort_unstable();
        ranks.dedup();
        let mut curve = Cmc::default();
        for rank in ranks {
            let (rate, expected) = (self.rate(rank), self.expected(rank));
            let same = curve.rate.last() == Some(&rate) && curve.expected.last() == Some(&expected);
            if same && !asked.contains(&rank) {
                continue;
            }
            curve.rank.push(rank);
            curve.rate.push(rate);
            curve.expected.push(expected);
        }
        curve
    }

    /// Ranks beyond [`EVERY`] at which a rate changes, or ties begin, visibly apart.
    fn apart(&self) -> Vec<u64> {
        let begins = self.ties.iter().map(|tie| tie.nearer + 1);
        let changes = self.pessimistic.iter().copied().chain(begins);
        let mut changes: Vec<u64> = changes.filter(|rank| *rank > EVERY).collect();
        changes.sort_unstable();
        changes.dedup();
        let mut kept = (EVERY, self.rate(EVERY));
        changes.retain(|rank| {
            let rate = self.rate(*rank);
            let apart = rate - kept.1 >= RATE_STEP
                || libm::log10(*rank as f64 / kept.0 as f64) >= RANK_STEP;
            if apart {
                kept = (*rank, rate);
            }
            apart
        });
        changes
    }
}

/// Number of the ascending ranks that are at most `rank`.
fn within(ranks: &[u64], rank: u64) -> usize {
    ranks.partition_point(|of| *of <= rank)
}
