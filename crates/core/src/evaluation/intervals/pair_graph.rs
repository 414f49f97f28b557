//! Identities from a list of pairs: rows joined by genuine pairs are one person.

use std::collections::HashMap;

/// Facts of the list that need no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairGraph {
    /// Identity on either side of each pair: the set of rows that genuine pairs join.
    pub first: Vec<u32>,
    /// Of the second row of each pair.
    pub second: Vec<u32>,
    /// Number of identities; a row in no genuine pair is one by itself.
    pub count: usize,
    /// Identities of a single row.
    pub single_rows: usize,
    /// Pairs of the same two rows, in either order, that are in the list again.
    pub repeated: usize,
    /// Genuine pairs, other than repeated ones, that close a loop: their truth follows from the
    /// truth of others.
    pub loops: usize,
    /// First pair of the list that contradicts others: an impostor pair within an identity.
    pub contradiction: Option<usize>,
    /// Pairs that do.
    pub contradictions: usize,
}

/// Reads identities off a list of pairs and its truth. Three equally long lists.
///
/// Cost: nearly linear in the pairs.
pub fn pair_graph(index1: &[u32], index2: &[u32], same: &[u8]) -> PairGraph {
    let mut rows: HashMap<u32, u32> = HashMap::new();
    let mut number = |row: u32| {
        let next = rows.len() as u32;
        *rows.entry(row).or_insert(next)
    };
    let edges: Vec<(u32, u32)> = index1
        .iter()
        .zip(index2)
        .map(|(a, b)| (number(*a), number(*b)))
        .collect();
    let mut sets = Sets((0..rows.len() as u32).collect());
    let mut seen: HashMap<(u32, u32), ()> = HashMap::with_capacity(edges.len());
    let (mut repeated, mut loops) = (0, 0);
    for ((a, b), same) in edges.iter().zip(same) {
        if seen.insert((*a.min(b), *a.max(b)), ()).is_some() {
            repeated += 1;
        } else if *same == 1 && !sets.join(*a, *b) && a != b {
            loops += 1;
        }
    }
    // A repeated pair may be called genuine only the second time.
    for ((a, b), same) in edges.iter().zip(same) {
        if *same == 1 {
            sets.join(*a, *b);
        }
    }
    let mut names: HashMap<u32, u32> = HashMap::new();
    let mut members: Vec<usize> = vec![];
    let of_row: Vec<u32> = (0..rows.len() as u32)
        .map(|row| {
            let next = names.len() as u32;
            let name = *names.entry(sets.root(row)).or_insert(next);
            if name == next {
                members.push(0);
            }
            members[name as usize] += 1;
            name
        })
        .collect();
    let first: Vec<u32> = edges.iter().map(|(a, _)| of_row[*a as usize]).collect();
    let second: Vec<u32> = edges.iter().map(|(_, b)| of_row[*b as usize]).collect();
    let wrong: Vec<usize> = (0..edges.len())
        .filter(|pair| same[*pair] == 0 && first[*pair] == second[*pair])
        .collect();
    PairGraph {
        count: members.len(),
        single_rows: members.iter().filter(|size| **size == 1).count(),
        first,
        second,
        repeated,
        loops,
        contradiction: wrong.first().copied(),
        contradictions: wrong.len(),
    }
}

/// Disjoint sets by parent, halved on the way to the root.
struct Sets(Vec<u32>);

impl Sets {
    fn root(&mut self, mut row: u32) -> u32 {
        while self.0[row as usize] != row {
            let up = self.0[self.0[row as usize] as usize];
            self.0[row as usize] = up;
            row = up;
        }
        row
    }

    /// Joins two sets; true if they were apart. The smaller root stays, so the order of the pairs decides nothing.
    fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangles_repetitions_and_contradictions_are_found() {
        // 10–20–30 is a triangle; 10–20 comes again the other way round; 10–40 is an impostor
        // pair, 50–60 another.
        let graph = pair_graph(
            &[10, 20, 10, 20, 10, 50],
            &[20, 30, 30, 10, 40, 60],
            &[1, 1, 1, 1, 0, 0],
        );
        assert_eq!((graph.loops, graph.repeated), (1, 1));
        assert_eq!((graph.count, graph.single_rows), (4, 3));
        assert_eq!(graph.first, [0, 0, 0, 0, 0, 2]);
        assert_eq!(graph.second, [0, 0, 0, 0, 1, 3]);
        assert_eq!(graph.contradiction, None);
        let wrong = pair_graph(&[1, 2, 1, 2], &[2, 3, 3, 1], &[1, 1, 0, 0]);
        assert_eq!((wrong.contradiction, wrong.contradictions), (Some(2), 2));
        let late = pair_graph(&[1, 2], &[2, 1], &[0, 1]);
        assert_eq!((late.contradiction, late.repeated), (Some(0), 1));
    }
}
