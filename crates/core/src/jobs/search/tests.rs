//! The search against every pair scored, sorted, and cut off.

use super::*;
use crate::evaluation::identification::{Mate, Searches};
use crate::jobs::score::score_pairs;
use crate::kernels::testing::on_every_isa;
use crate::measure::{Cohort, Measure, MetricOptions, NORMS, ScoreNorm, Selection};
use crate::rows::{Embeddings, IGNORED};
use crate::testing::{Lcg, fitted, metric};

const METRICS: &[&str] = &[
    "cosine",
    "angular",
    "correlation",
    "dot",
    "sqeuclidean",
    "euclidean",
    "seuclidean",
    "mahalanobis",
    "cityblock",
    "canberra",
    "cosine + 0.5*cityblock",
];

struct Draw(Lcg);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(Lcg(seed))
    }

    /// Rows of very different lengths; `step` above 0 puts them on a grid, for many ties.
    fn rows(&mut self, rows: usize, dim: usize, step: f32) -> Embeddings {
        let mut values = Vec::with_capacity(rows * dim);
        for row in 0..rows {
            let length = if step > 0.0 {
                1.0
            } else {
                [1.0, 30.0, 0.01][row % 3]
            };
            for _ in 0..dim {
                let value = self.0.single();
                values.push(match step {
                    0.0 => length * value,
                    _ => (value / step).round() * step + 0.01,
                });
            }
        }
        Embeddings::from_vec(values, rows, dim).expect("rows")
    }
}

/// All rows of `probes`, then all of `gallery`: what lists of pairs are scored in.
fn joined(probes: &Embeddings, gallery: &Embeddings) -> Embeddings {
    let mut values = probes.as_f32().expect("in memory").to_vec();
    values.extend(gallery.as_f32().expect("in memory"));
    Embeddings::from_vec(values, probes.rows() + gallery.rows(), probes.dim()).expect("rows")
}

/// Distances of all pairs of a probe and a gallery row, probe by probe.
fn every(
    probes: &Embeddings,
    gallery: &Embeddings,
    score: impl Fn(&Embeddings, &[u32], &[u32]) -> Vec<f64>,
) -> Vec<f64> {
    let both = joined(probes, gallery);
    let (n, m) = (probes.rows() as u32, gallery.rows() as u32);
    let a: Vec<u32> = (0..n).flat_map(|i| (0..m).map(move |_| i)).collect();
    let b: Vec<u32> = (0..n).flat_map(|_| (0..m).map(|j| n + j)).collect();
    score(&both, &a, &b)
}

fn naive(
    distances: &[f64],
    probes: usize,
    k: usize,
    accepts: impl Fn(u32, u32) -> bool,
    people: Option<&[u32]>,
) -> Hits {
    let gallery = distances.len() / probes;
    let k = k.min(gallery);
    let (mut starts, mut rows, mut kept) = (vec![0], Vec::new(), Vec::new());
    for (probe, distances) in distances.chunks_exact(gallery).enumerate() {
        let mut order: Vec<u32> = (0..gallery as u32)
            .filter(|row| accepts(probe as u32, *row))
            .collect();
        order.sort_by(|a, b| {
            distances[*a as usize]
                .total_cmp(&distances[*b as usize])
                .then(a.cmp(b))
        });
        if let Some(people) = people {
            let mut seen = Vec::new();
            order.retain(|row| {
                let person = people[*row as usize];
                let new = !seen.contains(&person);
                seen.push(person);
                new
            });
        }
        order.truncate(k);
        kept.extend(order.iter().map(|row| distances[*row as usize]));
        rows.extend(order);
        starts.push(rows.len() as u32);
    }
    Hits {
        starts,
        rows,
        distances: kept,
    }
}

fn assert_same(found: &Hits, expected: &Hits, name: &str) {
    assert_eq!(found.rows, expected.rows, "{name}");
    assert_eq!(found.starts, expected.starts, "{name}");
    let bits = |hits: &Hits| {
        hits.distances
            .iter()
            .map(|d| d.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(found), bits(expected), "{name}");
}

/// Searches on every instruction set, with and without an index, in little memory, in one thread and three.
fn check(
    probes: &Prepared<'_>,
    gallery: &Prepared<'_>,
    distances: &[f64],
    accepts: Accepts<'_>,
    name: &str,
) {
    let people: Vec<u32> = (0..gallery.rows() as u32)
        .map(|row| row % 23 * (row % 3))
        .collect();
    for people in [None, Some(&people[..])] {
        let name = format!("{name} {}", people.is_some());
        check_people(probes, gallery, distances, accepts, people, &name);
    }
}

fn check_people(
    probes: &Prepared<'_>,
    gallery: &Prepared<'_>,
    distances: &[f64],
    accepts: Accepts<'_>,
    people: Option<&[u32]>,
    name: &str,
) {
    let job = Job::new();
    for k in [1, 2, 7, 40, 100_000] {
        let expected = naive(distances, probes.rows(), k, accepts, people);
        let options = SearchOptions {
            k,
            accepts: Some(accepts),
            people,
            memory: 20_000,
        };
        on_every_isa(|isa| {
            let bytes = ByteProducts::for_isa(isa);
            let index = Index::at(bytes, gallery, &job).expect("an index");
            for threads in [1, 3] {
                let pool = crate::job::threads::pool(threads).expect("a pool");
                for codes in [Codes::Chunks(bytes), Codes::Index(&index)] {
                    let found = pool.install(|| {
                        let all = 0..probes.rows();
                        search_codes(codes, probes, all, gallery, &options, &job)
                    });
                    let indexed = matches!(codes, Codes::Index(_));
                    let name = format!("{name} k={k} {isa:?} {threads} {indexed}");
                    assert_same(&found.expect("hits"), &expected, &name);
                }
            }
        });
        let part = 3.min(probes.rows())..probes.rows();
        let found = search(probes, part.clone(), gallery, None, &options, &job).expect("hits");
        let found_all = naive(distances, probes.rows(), k, accepts, people);
        assert_eq!(
            found.rows,
            found_all.rows[found_all.starts[part.start] as usize..],
            "{name} k={k} part"
        );
    }
}

/// Distances of all pairs of a probe and a gallery row under a measure.
fn scored(measure: Measure<'_>, probes: &Embeddings, gallery: &Embeddings) -> Vec<f64> {
    every(probes, gallery, |both, a, b| {
        score_pairs(both, a, b, measure, &Job::new()).expect("scores")
    })
}

/// The rows of a gallery under a measure.
fn prepared<'a>(measure: Measure<'a>, gallery: &'a Embeddings) -> Prepared<'a> {
    measure
        .prepare(gallery, &Job::new())
        .expect("prepared rows")
}

/// Probes beside the rows of a gallery.
fn beside<'a>(gallery: &'a Prepared<'_>, probes: &'a Embeddings) -> Prepared<'a> {
    gallery.beside(probes, &Job::new()).expect("prepared rows")
}

fn check_metric(text: &str, probes: &Embeddings, gallery: &Embeddings, name: &str) {
    let options = MetricOptions {
        reference: Some(gallery),
        ..metric(text)
    };
    let measure = Measure::Metric(&options);
    let stored = prepared(measure, gallery);
    let asked = beside(&stored, probes);
    let distances = scored(measure, probes, gallery);
    let name = format!("{text} {name}");
    check(&asked, &stored, &distances, &|_, _| true, &name);
}

#[test]
fn metrics_find_what_sorting_finds() {
    for metric in METRICS {
        for (probes, gallery, dim) in [(1, 1, 3), (9, 300, 17), (70, 33, 64)] {
            if *metric == "mahalanobis" && gallery <= dim || *metric == "seuclidean" && gallery < 2
            {
                continue;
            }
            let mut draw = Draw::new(7 + gallery as u64);
            let (p, g) = (draw.rows(probes, dim, 0.0), draw.rows(gallery, dim, 0.0));
            check_metric(metric, &p, &g, &format!("{probes}×{gallery}×{dim}"));
        }
    }
}

#[test]
fn ties_are_broken_by_row() {
    for metric in ["cosine", "sqeuclidean", "dot", "cityblock"] {
        for step in [0.25, 0.5] {
            let mut draw = Draw::new(3);
            let (p, g) = (draw.rows(20, 4, step), draw.rows(700, 4, step));
            check_metric(metric, &p, &g, "ties");
        }
    }
}

#[test]
fn sizes_beyond_single_precision_are_measured() {
    for size in [1e-25f32, 1e25] {
        let mut draw = Draw::new(5);
        let scaled = |e: Embeddings| {
            let values = e
                .as_f32()
                .expect("in memory")
                .iter()
                .map(|v| v * size)
                .collect();
            Embeddings::from_vec(values, e.rows(), e.dim()).expect("rows")
        };
        let (p, g) = (scaled(draw.rows(5, 8, 0.0)), scaled(draw.rows(90, 8, 0.0)));
        for metric in ["dot", "sqeuclidean", "cosine"] {
            check_metric(metric, &p, &g, &format!("{size}"));
        }
    }
}

/// Rows of which a few are as large as single precision holds, next to nothing, or zero.
fn odd(mut draw: Draw, rows: usize, dim: usize, zeros: bool) -> Embeddings {
    let mut values = draw
        .rows(rows, dim, 0.0)
        .as_f32()
        .expect("in memory")
        .to_vec();
    let factors = [1e18, 1e-20, 1e37, if zeros { 0.0 } else { 1.0 }];
    for (i, factor) in factors.into_iter().enumerate() {
        let row = (i + 1) * rows / 5;
        values[row * dim..][..dim]
            .iter_mut()
            .for_each(|v| *v *= factor);
    }
    Embeddings::from_vec(values, rows, dim).expect("rows")
}

#[test]
fn odd_rows_among_others_are_found_as_sorting_finds_them() {
    for (metric, zeros) in [("sqeuclidean", true), ("dot", true), ("cosine", false)] {
        let (p, g) = (
            odd(Draw::new(23), 30, 9, zeros),
            odd(Draw::new(29), 600, 9, zeros),
        );
        check_metric(metric, &p, &g, "odd rows on both sides");
        check_metric(
            metric,
            &Draw::new(31).rows(20, 9, 0.0),
            &g,
            "odd rows of a gallery",
        );
        check_metric(metric, &p, &Draw::new(37).rows(200, 9, 0.0), "odd probes");
    }
}

#[test]
fn an_odd_row_takes_the_bound_from_no_other() {
    let rows = odd(Draw::new(41), 1000, 8, true);
    let options = metric("sqeuclidean");
    let set = prepared(Measure::Metric(&options), &rows);
    let shape = set.key_shape().expect("keys");
    let bytes = ByteProducts::for_isa(set.isa());
    let (stored, _) = codes::Stored::of(&set, shape, bytes, (0, 1000)).expect("codes");
    assert_eq!(stored.unbounded(&(0..1000)), [200, 400, 600]);
    assert_eq!(stored.unbounded(&(256..500)), [400]);
    let asked = codes::Asked::of(&set, shape, bytes, &set.run(150, 256).expect("a batch"));
    assert_eq!(asked.expect("codes").unbounded(), [50, 250]);
}

/// A gallery of these parts, the first of them as it was opened with.
fn grown(measure: Measure<'_>, parts: Vec<Embeddings>, memory: Option<usize>) -> Gallery {
    let mut gallery = Gallery::default();
    for rows in parts {
        let part = gallery.prepare(rows.into(), measure, memory, &Job::new());
        gallery.push(part.expect("rows")).expect("few rows");
    }
    gallery
}

#[test]
fn a_gallery_of_parts_gives_the_hits_of_one() {
    let mut draw = Draw::new(43);
    let (p, g) = (draw.rows(20, 6, 0.0), draw.rows(90, 6, 0.0));
    let cut = |range: Range<usize>| {
        let values = g.as_f32().expect("in memory");
        let values = values[range.start * 6..range.end * 6].to_vec();
        Embeddings::from_vec(values, range.len(), 6).expect("rows")
    };
    let options = metric("cosine");
    let measure = Measure::Metric(&options);
    let distances = scored(measure, &p, &g);
    let query = Query {
        probes: &p,
        range: 0..20,
        candidates: Candidates::default(),
        fuse: None,
        memory: None,
    };
    for memory in [None, Some(0)] {
        let none = || Embeddings::from_vec(Vec::new(), 0, 6).expect("no rows");
        for parts in [
            vec![cut(0..90)],
            vec![cut(0..1), cut(1..50), cut(50..90)],
            vec![none(), cut(0..40), cut(40..90)],
        ] {
            let mut gallery = grown(measure, parts, memory);
            for k in [1, 8, 200] {
                let found = gallery
                    .search(measure, &query, k, &Job::new())
                    .expect("hits");
                let expected = naive(&distances, 20, k, |_, _| true, None);
                assert_same(&found, &expected, "all");
            }
            gallery.remove(&[3, 41, 3]).expect("removed");
            assert_eq!((gallery.rows(), gallery.size()), (90, 88));
            let found = gallery
                .search(measure, &query, 200, &Job::new())
                .expect("hits");
            let expected = naive(&distances, 20, 200, |_, row| row != 3 && row != 41, None);
            assert_same(&found, &expected, "without two");
            assert_eq!(gallery.remove(&[90]).unwrap_err().code(), Code::Index);
        }
    }
}

#[test]
fn hits_are_candidates_and_draws_are_galleries_of_their_own() {
    let mut draw = Draw::new(67);
    let (p, g) = (draw.rows(25, 6, 0.0), draw.rows(90, 6, 0.0));
    let options = metric("cosine");
    let (measure, job) = (Measure::Metric(&options), Job::new());
    let distances = scored(measure, &p, &g);
    let of_row: Vec<u32> = (0..90u32)
        .map(|row| if row % 13 == 0 { IGNORED } else { row % 9 })
        .collect();
    let of_probe: Vec<u32> = (0..25).map(|row| row % 9).collect();
    let camera: Vec<u32> = (0..90).map(|row| row / 9 % 3).collect();
    let candidates = Candidates {
        same: false,
        of_probe: &of_probe,
        of_row: &of_row,
        cameras: Some(Cameras {
            of_probe: &camera[..25],
            of_row: &camera,
        }),
    };
    let query = Query {
        probes: &p,
        range: 0..25,
        candidates,
        fuse: None,
        memory: None,
    };
    let gallery = grown(measure, vec![copy_of(&g)], None);
    let accepts = |probe, row| candidates.accepts(probe, row);
    let hits = gallery.search(measure, &query, 60, &job).expect("hits");
    let expected = naive(&distances, 25, 60, accepts, None);
    assert_same(&hits, &expected, "candidates");
    let shots = Shots {
        rows: 1,
        draws: 3,
        seed: 5,
    };
    let found = gallery.rank(measure, &query, Some(shots), &job);
    let mut expected = Searches::default();
    for draw in 0..3 {
        let of_row = &shots.drawn(&candidates, draw);
        let drawn = Candidates {
            of_row,
            ..candidates
        };
        expected.append(naive_searches(&distances, &drawn, None));
    }
    assert_eq!(found.expect("ranks"), expected);
    let short = Candidates {
        of_row: &of_row[1..],
        ..candidates
    };
    let wrong = Query {
        candidates: short,
        ..query
    };
    let refused = gallery.rank(measure, &wrong, None, &job).unwrap_err();
    assert_eq!(refused.code(), Code::Dimension);
    let refused = gallery.search(measure, &wrong, 1, &job).unwrap_err();
    assert_eq!(refused.code(), Code::Dimension);
}

#[test]
fn an_empty_gallery_finds_nobody() {
    let probes = Draw::new(47).rows(3, 4, 0.0);
    let none = || Embeddings::from_vec(Vec::new(), 0, 4).expect("no rows");
    for (text, opens) in [("cosine", true), ("cityblock", true), ("seuclidean", false)] {
        let options = metric(text);
        let measure = Measure::Metric(&options);
        let part = Gallery::default().prepare(none().into(), measure, None, &Job::new());
        assert_eq!(part.is_ok(), opens, "{text}");
        let Ok(part) = part else { continue };
        let mut gallery = Gallery::default();
        gallery.push(part).expect("no rows");
        let mut query = Query {
            probes: &probes,
            range: 0..3,
            candidates: Candidates::default(),
            fuse: None,
            memory: None,
        };
        let hits = gallery
            .search(measure, &query, 5, &Job::new())
            .expect("no hits");
        assert_eq!((&hits.starts[..], hits.rows.len()), (&[0, 0, 0, 0][..], 0));
        let wide = Draw::new(1).rows(2, 5, 0.0);
        query.probes = &wide;
        let refused = gallery.search(measure, &query, 5, &Job::new()).unwrap_err();
        assert_eq!(refused.code(), Code::Dimension);
    }
}

#[test]
fn refused_pairs_are_no_hits() {
    let rows = Draw::new(11).rows(150, 12, 0.0);
    let options = metric("cosine");
    let measure = Measure::Metric(&options);
    let space = prepared(measure, &rows);
    let distances = scored(measure, &rows, &rows);
    check(&space, &space, &distances, &|a, b| a != b, "all but itself");
    check(&space, &space, &distances, &|a, b| b < 3 && a > 1, "few");
}

#[test]
fn models_find_what_sorting_finds() {
    let mut draw = Draw::new(13);
    let (p, g) = (draw.rows(30, 12, 0.0), draw.rows(400, 12, 0.0));
    let labels: Vec<u32> = (0..400).map(|row| row % 25).collect();
    for pipeline in [
        "plda",
        "lda",
        "kissme",
        "htplda",
        "center, wccn, sqeuclidean",
    ] {
        let model = fitted(pipeline, &g, &labels);
        let measure = Measure::Model(&model);
        let stored = prepared(measure, &g);
        let asked = beside(&stored, &p);
        let distances = scored(measure, &p, &g);
        check(&asked, &stored, &distances, &|_, _| true, pipeline);
    }
}

#[test]
fn recalled_rows_are_searched_alike() {
    let mut draw = Draw::new(17);
    let (p, g) = (draw.rows(4, 9, 0.0), draw.rows(100, 9, 0.0));
    let options = metric("seuclidean");
    let measure = Measure::Metric(&options);
    let job = Job::new();
    let stored = prepared(measure, &g);
    let survey = prepared(measure, &g).into_survey();
    let recalled = measure.recall(&g, survey.as_ref()).expect("prepared rows");
    let hits = |stored: &Prepared<'_>| {
        let asked = beside(stored, &p);
        search(&asked, 0..4, stored, None, &SearchOptions::default(), &job).expect("hits")
    };
    assert_same(&hits(&recalled), &hits(&stored), "recalled");
    assert!(measure.recall(&p, survey.as_ref()).is_err());
}

#[test]
fn an_index_is_made_for_the_set_that_the_metric_chose() {
    let rows = Draw::new(19).rows(40, 8, 0.0);
    on_every_isa(|isa| {
        let options = MetricOptions {
            isa,
            ..metric("cosine")
        };
        let set = prepared(Measure::Metric(&options), &rows);
        let index = Index::new(&set, &Job::new()).expect("an index");
        let expected = ByteProducts::for_isa(isa).largest_unsigned();
        assert_eq!(index.byte_products().largest_unsigned(), expected);
    });
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let rows = Draw::new(1).rows(5, 3, 0.0);
    let options = metric("cosine");
    let job = Job::new();
    let space = prepared(Measure::Metric(&options), &rows);
    let code = |range, k| {
        let options = SearchOptions {
            k,
            ..SearchOptions::default()
        };
        search(&space, range, &space, None, &options, &job)
            .unwrap_err()
            .code()
    };
    assert_eq!(code(0..5, 0), Code::Option);
    assert_eq!(code(0..6, 1), Code::Index);
    let none = search(&space, 2..2, &space, None, &SearchOptions::default(), &job);
    assert!(none.expect("no hits").rows.is_empty());
    job.cancel();
    assert_eq!(code(0..5, 1), Code::Aborted);
}

/// Candidates of each probe, counted row by row; people in the place of rows where they are fused.
fn naive_searches(distances: &[f64], of: &Candidates<'_>, fuse: Option<Fuse>) -> Searches {
    let (probes, gallery) = (of.of_probe, of.of_row);
    let mut searches = Searches::default();
    for (probe, distances) in distances.chunks_exact(gallery.len()).enumerate() {
        let own_camera = |row: usize| {
            of.cameras
                .is_some_and(|cameras| cameras.of_probe[probe] == cameras.of_row[row])
        };
        let candidates = (distances.iter().zip(gallery).enumerate())
            .filter(|(row, (_, person))| {
                let own = **person == probes[probe];
                !(of.same && *row == probe || **person == IGNORED || own && own_camera(*row))
            })
            .map(|(_, (distance, person))| (*distance, *person));
        let mut candidates: Vec<(f64, u32)> = candidates.collect();
        if let Some(fuse) = fuse {
            let people = gallery.iter().filter(|person| **person != IGNORED);
            let people = people.max().map_or(0, |person| person + 1);
            let fused = (0..people).filter_map(|person| {
                let own: Vec<f64> = (candidates.iter())
                    .filter(|(_, other)| *other == person)
                    .map(|(distance, _)| *distance)
                    .collect();
                let value = match fuse {
                    Fuse::Nearest => own.iter().copied().fold(f64::INFINITY, f64::min),
                    Fuse::Mean => own.iter().sum::<f64>() / own.len() as f64,
                };
                (!own.is_empty()).then_some((value, person))
            });
            candidates = fused.collect();
        }
        let others = |test: &dyn Fn(f64) -> bool| {
            let others = candidates
                .iter()
                .filter(|(_, person)| *person != probes[probe]);
            others.filter(|(distance, _)| test(*distance)).count() as u32
        };
        let mut mates: Vec<f64> = (candidates.iter())
            .filter(|(_, person)| *person == probes[probe])
            .map(|(distance, _)| *distance)
            .collect();
        mates.sort_by(f64::total_cmp);
        let mates = mates.iter().map(|mate| Mate {
            distance: *mate,
            nearer: others(&|distance| distance < *mate),
            tied: others(&|distance| distance == *mate),
        });
        let nearest_other = (candidates.iter())
            .filter(|(_, person)| *person != probes[probe])
            .map(|(distance, _)| *distance)
            .fold(f64::INFINITY, f64::min);
        if probes[probe] != IGNORED {
            searches.push(probes[probe], mates, nearest_other);
        }
    }
    searches
}

/// Ranks under these candidates; then with cameras and rows of either side left out.
fn check_ranks(
    probes: &Prepared<'_>,
    gallery: &Prepared<'_>,
    distances: &[f64],
    of: Candidates<'_>,
    name: &str,
) {
    check_candidates(probes, gallery, distances, &of, name);
    let camera = |rows: usize| (0..rows as u32).map(|row| row * row % 5 % 3).collect();
    let cameras: [Vec<u32>; 2] = [camera(probes.rows()), camera(gallery.rows())];
    let without = |labels: &[u32], every: usize| {
        let mut labels = labels.to_vec();
        labels.iter_mut().step_by(every).for_each(|l| *l = IGNORED);
        labels
    };
    let (of_row, of_probe) = (without(of.of_row, 7), without(of.of_probe, 11));
    let few = Candidates {
        same: of.same,
        of_probe: if of.same { &of_row } else { &of_probe },
        of_row: &of_row,
        cameras: Some(Cameras {
            of_probe: &cameras[0],
            of_row: if of.same { &cameras[0] } else { &cameras[1] },
        }),
    };
    check_candidates(probes, gallery, distances, &few, name);
}

fn check_candidates(
    probes: &Prepared<'_>,
    gallery: &Prepared<'_>,
    distances: &[f64],
    of: &Candidates<'_>,
    name: &str,
) {
    let job = Job::new();
    let name = format!("{name} {} {}", of.cameras.is_some(), of.refuse_some());
    for fuse in [None, Some(Fuse::Nearest), Some(Fuse::Mean)] {
        let expected = naive_searches(distances, of, fuse);
        let accepts = |probe: u32, row: u32| of.accepts(probe, row);
        let slice = Slice {
            rows: gallery,
            of_row: of.of_row,
            accepts: &accepts,
        };
        for (threads, memory) in [(1, 1 << 20), (3, 1)] {
            let ranked = |range: Range<usize>| match fuse {
                None => rank_mates(probes, range, gallery, (of, memory), &job),
                Some(fuse) => {
                    let people = (&[slice][..], fuse);
                    rank_people(probes, range, people, of.of_probe, &job)
                }
            };
            let pool = crate::job::threads::pool(threads).expect("a pool");
            let found = pool.install(|| ranked(0..probes.rows())).expect("ranks");
            assert_eq!(found, expected, "{name} {fuse:?}");
            let third = probes.rows() / 3;
            let mut parts = pool.install(|| ranked(0..third)).expect("ranks");
            parts.append(
                pool.install(|| ranked(third..probes.rows()))
                    .expect("ranks"),
            );
            assert_eq!(parts, expected, "{name} {fuse:?} parts");
        }
        let Some(fuse) = fuse else { continue };
        for k in [1, 3, 100] {
            let all = 0..probes.rows();
            let people = (&[slice][..], fuse);
            let hits =
                search_people(probes, all, people, (k, &|person| person), &job).expect("hits");
            let ranked = (0..probes.rows()).filter(|probe| of.of_probe[*probe] != IGNORED);
            for (own, probe) in expected.probes.iter().zip(ranked) {
                let place = hits.rows[hits.starts[probe] as usize..hits.starts[probe + 1] as usize]
                    .iter()
                    .position(|person| *person == own.identity);
                if let Some(mate) = expected.mates_of(own).first() {
                    let ahead = (mate.nearer..=mate.nearer + mate.tied)
                        .any(|ahead| place == Some(ahead as usize));
                    assert!(
                        ahead || mate.nearer + mate.tied >= k as u32,
                        "{name} {probe}"
                    );
                }
            }
        }
    }
}

#[test]
fn ranks_are_those_of_a_whole_ranking() {
    for (text, step) in [
        ("cosine", 0.0),
        ("euclidean", 0.0),
        ("cityblock", 0.0),
        ("sqeuclidean", 0.5),
        ("cosine", 0.5),
        ("chebyshev", 0.25),
    ] {
        let dim = if step > 0.0 { 3 } else { 14 };
        let mut draw = Draw::new(23);
        let (p, g) = (draw.rows(90, dim, step), draw.rows(350, dim, step));
        let options = metric(text);
        let measure = Measure::Metric(&options);
        let stored = prepared(measure, &g);
        let asked = beside(&stored, &p);
        // Some probes have no mate, some people one row, some many.
        let of_row: Vec<u32> = (0..350u32).map(|row| (row * row % 61).min(40)).collect();
        let dense = numbered(&of_row);
        let of_probe: Vec<u32> = (0..90u32).map(|row| row % 45).collect();
        let name = format!("{text} {step}");
        let (of_asked, of_stored) = (scored(measure, &p, &g), scored(measure, &g, &g));
        let whole = Candidates {
            of_probe: &of_probe,
            of_row: &dense,
            ..Candidates::default()
        };
        check_ranks(&asked, &stored, &of_asked, whole, &name);
        let own = Candidates {
            same: true,
            of_probe: &dense,
            ..whole
        };
        check_ranks(&stored, &stored, &of_stored, own, &name);
    }
}

/// The same people with numbers from 0 and no gaps.
fn numbered(people: &[u32]) -> Vec<u32> {
    let mut seen = Vec::new();
    let number = |person: &u32| match seen.iter().position(|other| other == person) {
        Some(number) => number as u32,
        None => {
            seen.push(*person);
            seen.len() as u32 - 1
        }
    };
    people.iter().map(number).collect()
}

#[test]
fn ranks_of_a_model_are_exact() {
    let mut draw = Draw::new(29);
    let (p, g) = (draw.rows(40, 12, 0.0), draw.rows(400, 12, 0.0));
    let labels: Vec<u32> = (0..400).map(|row| row % 25).collect();
    let of_probe: Vec<u32> = (0..40).map(|row| row % 30).collect();
    for pipeline in ["plda", "lda", "htplda"] {
        let model = fitted(pipeline, &g, &labels);
        let measure = Measure::Model(&model);
        let stored = prepared(measure, &g);
        let asked = beside(&stored, &p);
        let distances = scored(measure, &p, &g);
        let of = Candidates {
            of_probe: &of_probe,
            of_row: &labels,
            ..Candidates::default()
        };
        check_ranks(&asked, &stored, &distances, of, pipeline);
    }
}

#[test]
fn normalised_distances_are_found_as_sorting_finds_them() {
    let mut draw = Draw::new(61);
    let (set, other) = (draw.rows(150, 12, 0.0), draw.rows(400, 12, 0.0));
    for text in ["cosine", "dot", "sqeuclidean", "euclidean"] {
        let options = metric(text);
        for norm in NORMS
            .iter()
            .filter(|norm| norm.selection != Selection::Other)
        {
            for cohort in [Cohort::Own, Cohort::Rows(&other)] {
                let norm = ScoreNorm::new(Measure::Metric(&options), norm, cohort);
                let measure = Measure::Normalized(&norm);
                let stored = prepared(measure, &set);
                let (a, b): (Vec<u32>, Vec<u32>) = (0..150u32)
                    .flat_map(|a| (0..150u32).map(move |b| (a, b)))
                    .unzip();
                let job = Job::new();
                let distances = score_pairs(&set, &a, &b, measure, &job).expect("scores");
                let name = format!("{} of {text}", norm.norm.name);
                check(&stored, &stored, &distances, &|a, b| a != b, &name);
                // A gallery keeps the statistics of its rows, and has them for probes.
                let gallery = grown(measure, vec![copy_of(&set)], None);
                let query = Query {
                    probes: &set,
                    range: 0..150,
                    candidates: Candidates::default(),
                    fuse: None,
                    memory: None,
                };
                let hits = gallery.search(measure, &query, 3, &job).expect("hits");
                let beside = beside(&stored, &set);
                let options = SearchOptions {
                    k: 3,
                    ..SearchOptions::default()
                };
                let expected = search(&beside, 0..150, &stored, None, &options, &job);
                let expected = expected.expect("hits");
                assert_eq!(hits.rows, expected.rows, "{name}");
                assert_eq!(hits.distances, expected.distances, "{name}");
            }
        }
    }
}

/// A copy of rows in memory.
fn copy_of(rows: &Embeddings) -> Embeddings {
    let values = rows.as_f32().expect("in memory").to_vec();
    Embeddings::from_vec(values, rows.rows(), rows.dim()).expect("rows")
}
