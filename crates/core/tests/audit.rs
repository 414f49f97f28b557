//! The audit on real sets: known faults, and faults put in.

mod common;

use std::collections::BTreeSet;

use common::{Set, numbered};
use hackface_core::jobs::audit::{Audit, AuditOptions, audit};
use hackface_core::{Embeddings, Job};

struct Numbered {
    embeddings: Embeddings,
    labels: Vec<u32>,
    classes: usize,
}

fn load(name: &str) -> Option<Numbered> {
    let set = Set::load(name)?;
    let labels = numbered(&set.names);
    let values = set.rows.iter().map(|v| *v as f32).collect();
    Some(Numbered {
        embeddings: Embeddings::from_vec(values, labels.len(), set.dim).unwrap(),
        classes: labels.iter().max().map_or(0, |last| *last as usize + 1),
        labels,
    })
}

impl Numbered {
    fn audit(&self, labels: &[u32], classes: usize) -> Audit {
        let (rows, labels) = (&[&self.embeddings], Some((labels, classes)));
        audit(rows, labels, &AuditOptions::default(), &[], &Job::new()).unwrap()
    }
}

/// Numbers below a bound, the same in every run: SplitMix64.
fn below(state: &mut u64, bound: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % bound as u64) as usize
}

#[test]
fn the_two_wrong_labels_of_lfw10_are_all_that_is_suspect() {
    let Some(set) = load("lfw10") else { return };
    let found = set.audit(&set.labels, set.classes);
    let labelled = found.labelled.unwrap();
    let rows: Vec<_> = labelled.suspects.entries.iter().map(|s| s.row).collect();
    assert_eq!(rows, [1316, 972]);
    assert_eq!(labelled.look_alikes.total, 0);
    assert_eq!(found.conflicting.total + found.repeated.total, 0);
}

#[test]
fn exchanged_labels_come_first() {
    let Some(set) = load("lfw353_facenet128") else {
        return;
    };
    for seed in 0..5 {
        let mut labels = set.labels.clone();
        let mut touched = BTreeSet::new();
        let mut state = seed;
        while touched.len() < 100 {
            let (a, b) = (
                below(&mut state, labels.len()),
                below(&mut state, labels.len()),
            );
            if labels[a] != labels[b] && !touched.contains(&a) && !touched.contains(&b) {
                labels.swap(a, b);
                touched.extend([a, b]);
            }
        }
        let labelled = set.audit(&labels, set.classes).labelled.unwrap();
        let first = labelled.suspects.entries.iter().take(120);
        let hits = first
            .filter(|s| touched.contains(&(s.row as usize)))
            .count();
        println!(
            "seed {seed}: {hits} of 100 in the first 120 of {}",
            labelled.suspects.total
        );
        assert!(hits >= 98, "seed {seed}: {hits}");
        // The class that each looks like is the one it was taken from.
        let right = labelled.suspects.entries.iter().take(100);
        let right = right
            .filter(|s| set.labels[s.row as usize] == s.other_class)
            .count();
        assert!(right >= 95, "seed {seed}: {right}");
    }
}

#[test]
fn people_split_in_two_labels_are_found() {
    let Some(set) = load("lfw353_facenet128") else {
        return;
    };
    let mut labels = set.labels.clone();
    let mut split = BTreeSet::new();
    for class in (0..set.classes as u32).step_by(7) {
        let rows: Vec<_> = (0..labels.len()).filter(|&r| labels[r] == class).collect();
        let new = set.classes as u32 + split.len() as u32;
        rows.iter().step_by(2).for_each(|&row| labels[row] = new);
        split.insert((class, new));
    }
    let found = set.audit(&labels, set.classes + split.len());
    let pairs = found.labelled.unwrap().look_alikes.entries;
    let hits = pairs
        .iter()
        .filter(|p| split.contains(&(p.class1, p.class2)))
        .count();
    println!(
        "{hits} of {} found, {} others",
        split.len(),
        pairs.len() - hits
    );
    assert!(hits * 100 >= split.len() * 95);
    assert!(pairs.len() - hits <= 3);
}
