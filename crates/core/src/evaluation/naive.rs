//! The obvious twin of every fast path of this module, compiled for tests only.

use super::Orientation;

/// AUROC by looking at every genuine–impostor pair of scores: 1 when the genuine one is more
/// alike, ½ for a tie.
pub(super) fn auroc(scores: &[f64], same: &[u8], orientation: Orientation) -> f64 {
    let (mut doubled_wins, mut comparisons) = (0u64, 0u64);
    for (genuine, _) in scores.iter().zip(same).filter(|(_, s)| **s == 1) {
        for (impostor, _) in scores.iter().zip(same).filter(|(_, s)| **s == 0) {
            let (better, worse) = match orientation {
                Orientation::Distance => (impostor, genuine),
                Orientation::Similarity => (genuine, impostor),
            };
            doubled_wins += u64::from(better > worse) * 2 + u64::from(better == worse);
            comparisons += 2;
        }
    }
    doubled_wins as f64 / comparisons as f64
}
