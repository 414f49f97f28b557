//! Shards of a job: contiguous parts, which all of them together cover once.

use std::ops::Range;

use crate::error::{Code, Error, Result};

/// Refuses shard `i` of `n` where there is none (`EOPTION`).
pub(super) fn require_shard((i, n): (usize, usize)) -> Result<()> {
    if i < n {
        return Ok(());
    }
    Err(Error::new(
        Code::Option,
        format!("shard {i} of {n}"),
        format!("a shard from 0 to {}", n.saturating_sub(1)),
    ))
}

/// The items of shard `i` of `n`, what they cost, and what all cost: shards differ by an item at most in what they cost.
pub(super) fn of_equal_cost(
    costs: impl Iterator<Item = u64>,
    (i, n): (usize, usize),
) -> (Range<usize>, u64, u64) {
    let mut before = vec![0u64];
    for cost in costs {
        before.push(before[before.len() - 1] + cost);
    }
    let (items, all) = (before.len() - 1, before[before.len() - 1]);
    let border = |i: usize| {
        let wanted = u128::from(all) * i as u128;
        before[..items].partition_point(|cost| u128::from(*cost) * (n as u128) < wanted)
    };
    // What costs nothing belongs to the last.
    let part = border(i)..if i + 1 < n { border(i + 1) } else { items };
    let cost = before[part.end] - before[part.start];
    (part, cost, all)
}

/// The places of parts in the order of their items; refuses items in two parts, and items in none (`EOPTION`).
pub(super) fn in_order(
    items: &str,
    parts: &[(Range<usize>, String)],
    all: usize,
) -> Result<Vec<usize>> {
    let refuse = |found: String, hint: &'static str| {
        let error = Error::new(Code::Option, found, "parts that follow one another");
        Err(error.with_hint(hint))
    };
    let (mut order, mut end, mut last) = (Vec::new(), 0, "the start");
    let mut left: Vec<usize> = (0..parts.len())
        .filter(|at| !parts[*at].0.is_empty())
        .collect();
    while end < all || !left.is_empty() {
        let first = (0..left.len()).min_by_key(|at| parts[left[*at]].0.start);
        let next = first.map(|at| left.swap_remove(at));
        let (start, until, name) = match next {
            Some(at) => (parts[at].0.start, parts[at].0.end, &parts[at].1[..]),
            None => (all, all, "the end"),
        };
        if start > end {
            let found = format!("{items} {end}:{start} in no part, between {last} and {name}");
            return refuse(
                found,
                "Run the shard that is missing, and name its part as well",
            );
        }
        if start < end {
            let both = end.min(until);
            if name == last {
                let found = format!("{items} {start}:{both} twice, since {name} is named twice");
                return refuse(found, "Name each part once");
            }
            let found = format!("{items} {start}:{both} both in {last} and in {name}");
            return refuse(found, "Leave one of the two out");
        }
        order.extend(next);
        (end, last) = (until, name);
    }
    Ok(order)
}
