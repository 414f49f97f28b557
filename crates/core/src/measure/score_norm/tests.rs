//! Test-only: every normalisation against a slow twin that follows its definition.

use super::*;
use crate::job::threads;
use crate::kernels::Isa;
use crate::measure::MetricOptions;
use crate::models::Model;
use crate::testing::{Lcg, fitted, metric};

const DIM: usize = 9;

fn values(seed: u64, rows: usize) -> Vec<f32> {
    let mut random = Lcg(seed);
    // Away from 0, so that distances to the cohort have a mean, and no row is far from all others.
    let value = |_| random.single() + 0.3;
    (0..rows * DIM).map(value).collect()
}

fn rows_of(values: &[f32]) -> Embeddings {
    Embeddings::from_vec(values.to_vec(), values.len() / DIM, DIM).expect("rows")
}

/// Distances of all pairs of a row of either set, by lists of pairs.
struct Distances<'a> {
    measure: Measure<'a>,
    /// The rows, then those of the cohort.
    both: Embeddings,
}

impl Distances<'_> {
    fn of(&self, pairs: &[(u32, u32)]) -> Vec<f64> {
        let (a, b): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
        let job = Job::new();
        (self.measure.pair_distances(&self.both, &a, &b, &job)).expect("distances")
    }
}

/// The definition: for a row on a side, the numbers of the cohort rows that count.
fn twin(norm: &ScoreNorm<'_>, rows: &[f32], cohort: &[f32], pairs: &[(u32, u32)]) -> Vec<f64> {
    let own = matches!(norm.cohort, Cohort::Own);
    let (n, m) = (rows.len() / DIM, cohort.len() / DIM);
    let both = rows_of(&[rows, cohort].concat());
    let measure = norm.measure;
    let distances = Distances { measure, both };
    let counts = |row: u32, c: u32| {
        let person = norm
            .people
            .is_some_and(|p| p.of_row[row as usize] == p.of_cohort[c as usize]);
        !(own && row == c || person)
    };
    // The distances of a row to cohort rows, as its side has them.
    let to = |row: u32, cohort: &[u32], first: bool| {
        let pair = |c: &u32| {
            let c = n as u32 + c;
            if first { (row, c) } else { (c, row) }
        };
        distances.of(&cohort.iter().map(pair).collect::<Vec<_>>())
    };
    let selected = |row: u32, first: bool| -> Vec<u32> {
        let all: Vec<u32> = (0..m as u32).filter(|c| counts(row, *c)).collect();
        let found = to(row, &all, first);
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by(|a, b| found[*a].total_cmp(&found[*b]));
        let most = match norm.norm.selection {
            Selection::All => all.len(),
            _ => norm.top.unwrap_or(DEFAULT_TOP),
        };
        order.into_iter().take(most).map(|at| all[at]).collect()
    };
    let term = |distance: f64, found: &[f64]| {
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        let squares: f64 = found.iter().map(|d| (d - mean).powi(2)).sum();
        let less = f64::from(u8::from(norm.deviation == Deviation::Sample));
        (distance - mean) / (squares / (found.len() as f64 - less)).sqrt()
    };
    let row_term = |distance: f64, row: u32, other: u32, first: bool| {
        let mut cohort = match norm.norm.selection {
            Selection::Other => selected(other, !first),
            _ => selected(row, first),
        };
        cohort.retain(|c| counts(row, *c));
        term(distance, &to(row, &cohort, first))
    };
    // The distances of each cohort row to the others that count for it.
    let of_cohort = |c: u32| {
        let is_met = |other: u32| {
            let same = |p: CohortPeople<'_>| p.of_cohort[c as usize] == p.of_cohort[other as usize];
            other != c && !norm.people.is_some_and(same)
        };
        let others: Vec<u32> = (0..m as u32).filter(|other| is_met(*other)).collect();
        to(n as u32 + c, &others, true)
    };
    let cohort: Vec<Vec<f64>> = match norm.norm.terms {
        Terms::Chain => (0..m as u32).map(of_cohort).collect(),
        Terms::Sum(_) => vec![],
    };
    (pairs.iter().zip(distances.of(pairs)))
        .map(|((a, b), distance)| match norm.norm.terms {
            Terms::Sum([of_a, of_b]) => [(of_a, *a, *b, true), (of_b, *b, *a, false)]
                .into_iter()
                .filter(|(weight, ..)| *weight > 0.0)
                .map(|(weight, row, other, first)| weight * row_term(distance, row, other, first))
                .sum(),
            Terms::Chain => {
                let met: Vec<u32> = (0..m as u32).filter(|c| counts(*b, *c)).collect();
                let met = met.iter().zip(to(*b, &met, false));
                let terms = met.map(|(c, distance)| term(distance, &cohort[*c as usize]));
                term(row_term(distance, *a, *b, true), &terms.collect::<Vec<_>>())
            }
        })
        .collect()
}

fn scored(norm: &ScoreNorm<'_>, rows: &Embeddings, pairs: &[(u32, u32)]) -> Result<Vec<f64>> {
    let (a, b): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    Measure::Normalized(norm).pair_distances(rows, &a, &b, &Job::new())
}

fn pairs_of(rows: u32) -> Vec<(u32, u32)> {
    (0..rows).map(|row| (row, (7 * row + 3) % rows)).collect()
}

fn models() -> Vec<Model> {
    let train = rows_of(&values(99, 120));
    let labels: Vec<u32> = (0..120).map(|row| row / 4).collect();
    [
        "center, wccn, cosine",
        "center, length-norm, plda",
        "center, dot",
    ]
    .map(|pipeline| fitted(pipeline, &train, &labels))
    .into()
}

const METRICS: [&str; 9] = [
    "cosine",
    "dot",
    "correlation",
    "sqeuclidean",
    "euclidean",
    "angular",
    "cityblock",
    "offset-cosine(offset=0.1, norm-offset=0.2, form=original)",
    "cosine * sqrt(euclidean)",
];

#[test]
fn every_normalisation_is_its_definition() {
    let (rows, others) = (values(1, 40), values(2, 57));
    let (of_row, of_cohort): (Vec<u32>, Vec<u32>) = (
        (0..40).map(|r| r / 3).collect(),
        (0..57).map(|r| r / 4).collect(),
    );
    let (embeddings, other) = (rows_of(&rows), rows_of(&others));
    let options: Vec<MetricOptions<'_>> = METRICS.iter().map(|text| metric(text)).collect();
    let models = models();
    let measures = (options.iter().map(Measure::Metric)).chain(models.iter().map(Measure::Model));
    let pairs = pairs_of(40);
    for (place, measure) in measures.enumerate() {
        for norm in &NORMS {
            for (own, known) in [(true, false), (true, true), (false, false), (false, true)] {
                let cohort = if own {
                    Cohort::Own
                } else {
                    Cohort::Rows(&other)
                };
                let of_cohort = if own { &of_row } else { &of_cohort };
                let people = CohortPeople {
                    of_row: &of_row,
                    of_cohort,
                };
                let mut asked = ScoreNorm::new(measure, norm, cohort);
                asked.people = known.then_some(people);
                asked.top = (norm.selection != Selection::All).then_some(11);
                if known {
                    asked.deviation = Deviation::Sample;
                }
                let met = if own { &rows } else { &others };
                let expected = twin(&asked, &rows, met, &pairs);
                let found = scored(&asked, &embeddings, &pairs);
                let what = format!("{place} {} own {own} known {known}", norm.name);
                let found = found.unwrap_or_else(|e| panic!("{what}: {e}"));
                for (found, expected) in found.iter().zip(expected) {
                    let off = (found - expected).abs();
                    assert!(
                        off <= 1e-8 * expected.abs().max(1.0),
                        "{what}: {found} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_closed_form_is_the_explicit_cohort() {
    let (rows, other) = (rows_of(&values(3, 70)), rows_of(&values(4, 2500)));
    let labels: Vec<u32> = (0..70).map(|row| row / 5).collect();
    let of_cohort: Vec<u32> = (0..2500).map(|row| row % 30).collect();
    let options = [metric("cosine"), metric("dot")];
    let models = models();
    let measures = (options.iter().map(Measure::Metric)).chain(models.iter().map(Measure::Model));
    let job = Job::new();
    for measure in measures {
        for own in [true, false] {
            let cohort = if own {
                Cohort::Own
            } else {
                Cohort::Rows(&other)
            };
            let of_cohort = if own { &labels } else { &of_cohort };
            let people = CohortPeople {
                of_row: &labels,
                of_cohort,
            };
            let norm = ScoreNorm::new(measure, &NORMS[2], cohort);
            let prepared = measure.prepare(&rows, &job).expect("rows");
            let beside = prepared.plain_beside(&other, &job).expect("cohort");
            let which = all(&prepared);
            for people in [None, Some(people)] {
                let norm = ScoreNorm { people, ..norm };
                let exclusion = norm.exclusion(70).expect("people");
                for side in [Side::Query, Side::Stored] {
                    let facing = Facing {
                        rows: &prepared,
                        which: &which,
                        cohort: if own { &prepared } else { &beside },
                        side,
                        normed: None,
                    };
                    let form = closed::affine(&prepared).expect("an inner product");
                    let closed = closed::statistics(&norm, &facing, form, &exclusion, &job);
                    let passed = pass::summaries(&facing, Take::All, &exclusion, &job)
                        .and_then(|found| explicit(&norm, &facing, &found));
                    for (a, b) in (closed.expect("closed").iter()).zip(passed.expect("explicit")) {
                        assert!((a.mean - b.mean).abs() <= 1e-12 * b.mean.abs().max(1.0));
                        assert!(
                            (a.deviation / b.deviation - 1.0).abs() <= 1e-11,
                            "{a:?} {b:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn bits_depend_neither_on_threads_nor_on_the_instruction_set() {
    let (rows, other) = (rows_of(&values(5, 90)), rows_of(&values(6, 2100)));
    let pairs = pairs_of(90);
    for text in ["cosine", "sqeuclidean", "cityblock"] {
        for norm in &NORMS {
            let mut first: Option<Vec<u64>> = None;
            for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
                for count in [1, 3] {
                    let mut options = metric(text);
                    options.isa = isa;
                    let asked =
                        ScoreNorm::new(Measure::Metric(&options), norm, Cohort::Rows(&other));
                    let pool = threads::pool(count).expect("threads");
                    let found = pool
                        .install(|| scored(&asked, &rows, &pairs))
                        .expect("scores");
                    let bits: Vec<u64> = found.iter().map(|d| d.to_bits()).collect();
                    let first = first.get_or_insert_with(|| bits.clone());
                    assert_eq!(*first, bits, "{text} {} {isa:?} {count}", norm.name);
                }
            }
        }
    }
}

#[test]
fn whole_sets_have_the_distances_of_lists_and_key_rows_their_order() {
    let (rows, other) = (rows_of(&values(7, 60)), rows_of(&values(8, 80)));
    let options: Vec<MetricOptions<'_>> = METRICS[..8].iter().map(|text| metric(text)).collect();
    let models = models();
    let measures = (options.iter().map(Measure::Metric)).chain(models.iter().map(Measure::Model));
    let job = Job::new();
    let pairs = pairs_of(60);
    for measure in measures {
        for norm in NORMS
            .iter()
            .filter(|norm| norm.selection != Selection::Other)
        {
            for cohort in [Cohort::Own, Cohort::Rows(&other)] {
                let mut asked = ScoreNorm::new(measure, norm, cohort);
                asked.top = (norm.selection != Selection::All).then_some(20);
                let whole = Measure::Normalized(&asked);
                let prepared = whole.prepare(&rows, &job).expect("rows");
                let sides = super::super::Sides::new(&prepared, &prepared);
                let batch = prepared.run(0, 60).expect("a batch");
                let shape = prepared.key_shape();
                let keys = |side| {
                    let width = shape.map_or(0, |shape| shape.width);
                    let (mut keys, mut own) = (vec![0.0; 60 * width], vec![0.0; 60]);
                    let filled = prepared.fill_keys(&batch, side, &mut keys, &mut own);
                    filled.expect("key rows");
                    (width, keys, own)
                };
                let listed = scored(&asked, &rows, &pairs).expect("scores");
                let mut scratch = super::super::Scratch::default();
                for ((a, b), listed) in pairs.iter().zip(listed) {
                    let (a, b) = (*a as usize, *b as usize);
                    let found = sides.distance((&batch, a), (&batch, b), &mut scratch);
                    assert_eq!(found.expect("a distance").to_bits(), listed.to_bits());
                    let Some(shape) = shape else { continue };
                    let (width, u, of_u) = keys(Side::Query);
                    let (_, v, of_v) = keys(Side::Stored);
                    let (u, v) = (&u[a * width..][..width], &v[b * width..][..width]);
                    let product: f64 = u.iter().zip(v).map(|(u, v)| u * v).sum();
                    let by_key = shape.distance_of(product - of_u[a] - of_v[b]);
                    assert!(
                        (by_key - listed).abs() < 1e-9,
                        "{} {by_key} {listed}",
                        norm.name
                    );
                }
            }
        }
    }
}

#[test]
fn what_no_cohort_makes_good_is_refused() {
    let rows = rows_of(&values(9, 6));
    let constant = rows_of(&[0.5; 4 * DIM]);
    let wide = Embeddings::from_vec(vec![1.0; 8], 2, 4).expect("rows");
    let one = rows_of(&values(10, 1));
    let (cosine, s_norm) = (metric("cosine"), &NORMS[2]);
    let base = ScoreNorm::new(Measure::Metric(&cosine), s_norm, Cohort::Own);
    let refused = |norm: ScoreNorm<'_>| {
        let pairs: Vec<(u32, u32)> = vec![(0, 1), (2, 3)];
        scored(&norm, &rows, &pairs)
            .expect_err("a refusal")
            .to_string()
    };
    let against = |rows| ScoreNorm {
        cohort: Cohort::Rows(rows),
        ..base
    };
    let adaptive = |top| ScoreNorm {
        norm: &NORMS[4],
        top: Some(top),
        ..base
    };
    for (asked, part) in [
        (against(&wide), "a cohort of 4 columns, expected 9"),
        (against(&one), "a cohort of 1 row, expected at least 2"),
        (
            against(&constant),
            "row 0: found a row that is as far from every row of the cohort",
        ),
        (adaptive(7), "the 7 most alike of 6 cohort rows"),
        (
            adaptive(6),
            "5 cohort rows that count for the row, expected 6",
        ),
        (adaptive(1), "fewer than 2 cohort rows"),
        (
            ScoreNorm {
                top: Some(3),
                ..base
            },
            "under s-norm, expected as-norm or as-norm2",
        ),
        (
            ScoreNorm {
                floor: Some(0.0),
                ..base
            },
            "a smallest deviation of 0",
        ),
    ] {
        let error = refused(asked);
        assert!(error.contains(part), "{error}");
    }
    let floored = ScoreNorm {
        floor: Some(0.5),
        ..against(&constant)
    };
    assert!(scored(&floored, &rows, &[(0, 1)]).is_ok());
    let people = CohortPeople {
        of_row: &[0; 6],
        of_cohort: &[0; 6],
    };
    let alone = ScoreNorm {
        people: Some(people),
        ..base
    };
    assert!(refused(alone).contains("0 cohort rows that count"));
    let whole = ScoreNorm {
        norm: &NORMS[5],
        ..base
    };
    let error = Measure::Normalized(&whole).prepare(&rows, &Job::new());
    let error = error.err().expect("a refusal").to_string();
    assert!(
        error.contains("as-norm2, whose statistics are those of a pair"),
        "{error}"
    );
    assert!(Norm::parse("x-norm").is_err() && Norm::parse("as-norm2").is_ok());
}
