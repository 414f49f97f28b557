//! Every measure against its naive twin, and by hand.

use super::search_twin::Table;
use super::*;
use crate::error::Code;
use crate::evaluation::intervals::slope;
use crate::evaluation::trial_twin::Draw;
use crate::evaluation::{Interval, Rates, Resolution, Spread, student_quantile, wilson};

fn judged(searches: &Searches, options: &IdentificationOptions) -> Identification {
    identification(searches, options).unwrap()
}

fn close(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() < 1e-12,
        "{what}: {found}, not {expected}"
    );
}

/// In the order of [`Table::retrieval`].
fn means(closed: &ClosedSet) -> [&Estimate; 5] {
    [
        &closed.mean_reciprocal_rank,
        &closed.mean_average_precision,
        &closed.r_precision,
        &closed.map_at_r,
        &closed.mean_inverse_negative_penalty,
    ]
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[test]
fn closed_set_measures_are_those_of_the_sorted_table() {
    let mut draw = Draw::new(201);
    let (mut mated_cases, mut tied_cases) = (0, 0);
    for _ in 0..600 {
        let table = Table::draw(&mut draw);
        let searches = table.searches();
        let mated = table.mated();
        let ranks: Vec<u64> = (1..=table.gallery.len() as u64 + 1).collect();
        let options = IdentificationOptions {
            ranks: Some(ranks.clone()),
            ..IdentificationOptions::default()
        };
        let found = judged(&searches, &options);
        assert_eq!(
            (found.mated, found.probes),
            (mated.len(), table.probes.len())
        );
        let Some(closed) = found.closed else {
            assert!(mated.is_empty());
            continue;
        };
        mated_cases += 1;
        for (rank, at) in ranks.iter().zip(&closed.ranks) {
            let within = |probe: &usize| f64::from(u8::from(table.within(*probe, *rank)));
            close(at.rate.value, mean(mated.iter().map(within)), "rate");
            let chance = |probe: &usize| table.chance_within(*probe, *rank);
            close(at.expected, mean(mated.iter().map(chance)), "expected");
            tied_cases += usize::from(at.expected != at.rate.value);
            // The steps of the curve say the same.
            let held = closed.cmc.rank.partition_point(|of| of <= rank) - 1;
            assert_eq!(closed.cmc.rate[held], at.rate.value);
            assert_eq!(closed.cmc.expected[held], at.expected);
        }
        assert_eq!(closed.cmc.rate.last(), Some(&1.0));
        let of = means(&closed);
        for (i, of) in of.into_iter().enumerate() {
            let expected = mean(mated.iter().map(|probe| table.retrieval(*probe)[i]));
            close(of.value, expected, "retrieval");
        }
        let trapezoid = IdentificationOptions {
            average_precision: PrecisionRule::Trapezoid,
            ..IdentificationOptions::default()
        };
        let by_trapezoids = judged(&searches, &trapezoid).closed.unwrap();
        let expected = mean(mated.iter().map(|probe| table.trapezoids(*probe)));
        let of = &by_trapezoids.mean_average_precision;
        close(of.value, expected, "trapezoids");
        let first = |probe: &usize| {
            let within = |rank: &u64| table.within(*probe, *rank);
            ranks.iter().copied().find(within).unwrap() as f64
        };
        let mut firsts: Vec<f64> = mated.iter().map(first).collect();
        firsts.sort_by(f64::total_cmp);
        let middle = firsts[(firsts.len() - 1) / 2] + firsts[firsts.len() / 2];
        assert_eq!(closed.median_rank, middle / 2.0);
    }
    assert!(
        mated_cases > 400 && tied_cases > 400,
        "{mated_cases} {tied_cases}"
    );
}

#[test]
fn open_set_rates_are_those_of_trying_every_threshold() {
    let mut draw = Draw::new(202);
    let mut cases = [0, 0];
    for case in 0..900 {
        let table = Table::draw(&mut draw);
        let searches = table.searches();
        let rank = 1 + draw.below(3);
        let fpirs = vec![0.1, 0.25, 1.0 / 3.0, 0.5, 0.9, 1.0];
        let convention = Convention::ALL[case % 2];
        let options = IdentificationOptions {
            fpirs,
            rank,
            convention,
            ..IdentificationOptions::default()
        };
        let found = judged(&searches, &options);
        let Some(open) = found.open else {
            assert!(table.mated().is_empty() || table.non_mated().is_empty());
            continue;
        };
        let non_mated = table.non_mated();
        assert_eq!(open.least_fpir, 1.0 / non_mated.len() as f64);
        for at in &open.points {
            let Some(reached) = &at.reached else {
                assert!(at.fpir < open.least_fpir);
                continue;
            };
            cases[case % 2] += 1;
            let spot = reached.spot;
            let naive = match convention {
                Convention::AtMost => {
                    let all = table.thresholds();
                    let all = all.iter().map(|t| table.rates(rank, |d| d <= *t));
                    let allowed = all.filter(|rates| rates.0 <= at.fpir);
                    let best =
                        allowed.fold((0.0, 0.0), |a: (f64, f64), b| (a.0.max(b.0), a.1.max(b.1)));
                    assert_eq!(table.rates(rank, |d| d <= spot.threshold), best);
                    best
                }
                Convention::InsightFace => {
                    let nearest = |probe: &usize| {
                        let row = &table.distances[*probe];
                        row.iter().copied().fold(f64::INFINITY, f64::min)
                    };
                    let mut nearest: Vec<f64> = non_mated.iter().map(nearest).collect();
                    nearest.sort_by(f64::total_cmp);
                    let place = (non_mated.len() as f64 * at.fpir).floor() - 1.0;
                    let threshold = nearest[place.max(0.0) as usize];
                    assert_eq!(spot.threshold, threshold);
                    table.rates(rank, |d| d < threshold)
                }
            };
            assert_eq!((spot.fpir, spot.tpir), naive);
            let alarms = naive.0 * non_mated.len() as f64;
            assert_eq!(reached.false_positives, alarms.round() as u64);
        }
        for spot in &open.curve {
            let naive = table.rates(rank, |d| d <= spot.threshold);
            assert_eq!((spot.fpir, spot.tpir), naive);
        }
        assert_eq!((open.curve[0].fpir, open.curve[0].tpir), (0.0, 0.0));
        assert_eq!(open.curve.last().unwrap().fpir, 1.0);
        assert!(
            open.curve
                .is_sorted_by(|a, b| a.threshold < b.threshold && a.fpir <= b.fpir)
        );
    }
    assert!(cases.iter().all(|cases| *cases > 500), "{cases:?}");
}

/// Half the width of an interval, taken back from the scale of logit.
fn half_width(value: f64, interval: &Interval) -> f64 {
    let logit = |p: f64| (p / (1.0 - p)).ln();
    (logit(interval.high) - logit(interval.low)) / 2.0 * value * (1.0 - value)
}

/// A crowd whose people differ in how hard they are to find; every third has no mate, the others
/// have two.
fn crowd(draw: &mut Draw, people: u32, images: usize) -> Table {
    let enrolled = (0..people).filter(|person| person % 3 != 0);
    let enrolled: Vec<u32> = enrolled.flat_map(|person| [person, person]).collect();
    let hard: Vec<f64> = (0..people).map(|_| 1.2 * draw.normal()).collect();
    let probes: Vec<u32> = (0..people)
        .flat_map(|person| vec![person; images])
        .collect();
    let row = |probe: &u32| -> Vec<f64> {
        let one = |candidate: &u32| {
            let shift = if candidate == probe { 0.0 } else { 2.5 };
            shift + hard[*probe as usize] * (1.0 - shift / 4.0) + 0.7 * draw.normal()
        };
        enrolled.iter().map(one).collect()
    };
    let distances = probes.iter().map(row).collect();
    Table {
        probes,
        gallery: enrolled,
        distances,
    }
}

#[test]
fn errors_are_derivatives_by_the_weight_of_a_person() {
    let mut draw = Draw::new(203);
    for _ in 0..10 {
        let table = crowd(&mut draw, 24, 3);
        let searches = table.searches();
        let options = IdentificationOptions {
            fpirs: vec![0.1, 0.3],
            ..IdentificationOptions::default()
        };
        let found = judged(&searches, &options);
        let (closed, open) = (found.closed.unwrap(), found.open.unwrap());
        let (mated, non_mated) = (table.mated(), table.non_mated());
        assert_eq!((closed.identities, open.non_mated_identities), (16, 8));
        // Means of probes, moved by one person's weight.
        let weighted = |probes: &[usize], of: &dyn Fn(usize) -> f64, person: u32, weight: f64| {
            let of_person = |p: usize| table.probes[p] == person;
            let weight = |p: usize| if of_person(p) { weight } else { 1.0 };
            let sum: f64 = probes.iter().map(|p| weight(*p) * of(*p)).sum();
            sum / probes.iter().map(|p| weight(*p)).sum::<f64>()
        };
        let spread = |measure: &dyn Fn(u32, f64) -> f64| {
            let step = 1e-5;
            let slope =
                |person| (measure(person, 1.0 + step) - measure(person, 1.0 - step)) / (2.0 * step);
            Spread::of((0..24).map(slope), 0.0)
        };
        let spread_of = |of: &dyn Fn(usize) -> f64| {
            spread(&|person, weight| weighted(&mated, of, person, weight))
        };
        let same = |interval: &Option<Interval>, rate: f64, spread: Spread, people: f64| {
            let interval = interval.as_ref().unwrap();
            let inside = rate > 0.0 && rate < 1.0;
            let (trials, freedom) = match inside {
                true => (rate * (1.0 - rate) / spread.variance(), spread.freedom()),
                false => (people, f64::INFINITY),
            };
            let (low, high) = wilson(rate, trials, student_quantile(0.975, freedom));
            assert!((interval.low - low).abs() + (interval.high - high).abs() < 1e-6);
        };
        let measures = means(&closed);
        for (i, of) in measures.into_iter().enumerate() {
            let naive = spread_of(&|probe| table.retrieval(probe)[i]);
            let interval = of.interval.as_ref().unwrap();
            let half = student_quantile(0.975, naive.freedom());
            let half = half * naive.with_unmet(of.value, 16.0).sqrt();
            assert!((half_width(of.value, interval) - half).abs() < 1e-6);
            assert_eq!(interval.method, "identity influence");
        }
        for at in &closed.ranks {
            let within = |probe| f64::from(u8::from(table.within(probe, at.rank)));
            same(&at.rate.interval, at.rate.value, spread_of(&within), 16.0);
        }
        let detection = Detection::of(&searches, 1).unwrap();
        for at in &open.points {
            let reached = at.reached.as_ref().unwrap();
            let threshold = reached.spot.threshold;
            let slope = slope(&detection, detection.at_fpir(at.fpir, Convention::AtMost).1);
            let alarm = |probe: usize| {
                let passes = table.distances[probe].iter().any(|d| *d <= threshold);
                f64::from(u8::from(passes))
            };
            let hit = |probe: usize| {
                let nearest = searches.mates_of(&searches.probes[probe])[0].distance;
                f64::from(u8::from(table.within(probe, 1) && nearest <= threshold))
            };
            let fpir = |person, weight| weighted(&non_mated, &alarm, person, weight);
            let tpir = |person, weight| {
                weighted(&mated, &hit, person, weight) - slope * fpir(person, weight)
            };
            let (of_fpir, of_tpir) = (spread(&fpir), spread(&tpir));
            same(&reached.fpir_interval, reached.spot.fpir, of_fpir, 8.0);
            same(&reached.tpir_interval, reached.spot.tpir, of_tpir, 16.0);
        }
    }
}

/// Over draws of people from one world, intervals hold what they estimate about as often as they
/// say, and intervals that take probes as independent would not. Prints both.
#[test]
fn intervals_by_identity_cover_the_truth() {
    let mut draw = Draw::new(204);
    let options = IdentificationOptions {
        ranks: Some(vec![1]),
        fpirs: vec![0.2],
        ..IdentificationOptions::default()
    };
    // People of one size of gallery; truth from many draws.
    let mut draws = vec![];
    for _ in 0..300 {
        let found = judged(&crowd(&mut draw, 90, 4).searches(), &options);
        draws.push((found.closed.unwrap(), found.open.unwrap()));
    }
    let rank = |(closed, _): &(ClosedSet, OpenSet)| closed.ranks[0].rate.clone();
    let map = |(closed, _): &(ClosedSet, OpenSet)| closed.mean_average_precision.clone();
    let tpir = |(_, open): &(ClosedSet, OpenSet)| {
        let reached = open.points[0].reached.as_ref().unwrap();
        Estimate {
            value: reached.spot.tpir,
            interval: reached.tpir_interval.clone(),
        }
    };
    let coverage = |of: &dyn Fn(&(ClosedSet, OpenSet)) -> Estimate, width: f64| {
        let truth = mean(draws.iter().map(|d| of(d).value));
        let holds = |estimate: Estimate| {
            let interval = estimate.interval.unwrap();
            let (below, above) = (
                estimate.value - interval.low,
                interval.high - estimate.value,
            );
            estimate.value - width * below <= truth && truth <= estimate.value + width * above
        };
        let held = draws.iter().filter(|d| holds(of(d))).count();
        100.0 * held as f64 / draws.len() as f64
    };
    let found = [
        coverage(&rank, 1.0),
        coverage(&map, 1.0),
        coverage(&tpir, 1.0),
    ];
    eprintln!("95 % intervals hold rank 1, mAP and TPIR in {found:.1?} %");
    assert!(found.iter().all(|share| (90.0..=99.0).contains(share)));
    // Such intervals at half the width would not do.
    assert!(coverage(&rank, 0.5) < 80.0);
}

#[test]
fn bob_ranks_its_toy_alike() {
    // Similarities of bob.measure's test_cmc, turned over; the best mate counts.
    let toy: [(&[f64], &[f64]); 4] = [
        (&[0.3, 1.1, 0.5], &[0.7]),
        (&[1.4, -1.3, 0.6], &[0.2]),
        (&[0.8, 0.0, 1.5], &[-0.8, 1.8]),
        (&[2.0, 1.3, 1.6, 0.9], &[2.4]),
    ];
    let mut searches = Searches::default();
    for (identity, (others, mates)) in toy.into_iter().enumerate() {
        let mut mates: Vec<f64> = mates.iter().map(|s| -s).collect();
        mates.sort_by(f64::total_cmp);
        let mates = mates.into_iter().map(|distance| Mate {
            distance,
            nearer: others.iter().filter(|s| -**s < distance).count() as u32,
            tied: 0,
        });
        let nearest_other = others.iter().map(|s| -s).fold(f64::INFINITY, f64::min);
        searches.push(identity as u32, mates, nearest_other);
    }
    let ranks = Ranks::of(&searches).unwrap();
    let found: Vec<f64> = (1..=5).map(|rank| ranks.rate(rank)).collect();
    assert_eq!(found, [0.5, 0.75, 1.0, 1.0, 1.0]);
    let curve = ranks.curve(&[]);
    assert_eq!(curve.rank, [1, 2, 3]);
    assert_eq!(curve.rate, [0.5, 0.75, 1.0]);
}

/// Seven mated probes and two strangers at the threshold of bob.measure's open-set tests; one mate
/// is beaten, one stranger passes. Their detection and identification rate (6/7) and false alarm
/// rate (1/2) are TPIR and FPIR. Their recognition rate is another measure: it divides by all
/// probes (6/9), or with a threshold by the mated ones and the strangers that pass (6/8).
#[test]
fn bob_detects_alike() {
    let mut searches = Searches::default();
    for identity in 0..9 {
        let mate = (identity < 7).then_some(Mate {
            distance: 0.4,
            nearer: u32::from(identity == 6),
            tied: 0,
        });
        let nearest_other = match identity {
            6 | 8 => 0.3,
            _ => 0.9,
        };
        searches.push(identity, mate, nearest_other);
    }
    let detection = Detection::of(&searches, 1).unwrap();
    let (threshold, point) = detection.at_fpir(0.5, Convention::AtMost);
    assert_eq!((threshold, detection.false_rate(point)), (0.4, 0.5));
    assert_eq!(detection.true_rate(point), 6.0 / 7.0);
    // InsightFace: the nearest stranger's distance, which mates must undercut.
    let (threshold, point) = detection.at_fpir(0.5, Convention::InsightFace);
    assert_eq!((threshold, detection.true_rate(point)), (0.3, 0.0));
    // At rank 2 the beaten mate counts too.
    let detection = Detection::of(&searches, 2).unwrap();
    let (_, point) = detection.at_fpir(0.5, Convention::AtMost);
    assert_eq!(detection.true_rate(point), 1.0);
}

#[test]
fn several_mates_among_ties() {
    // Two mates and two others equally near: of the six orders of mates and others, one has no
    // mate among the first two, and three have one first.
    let mate = Mate {
        distance: 1.0,
        nearer: 3,
        tied: 2,
    };
    let mut searches = Searches::default();
    searches.push(0, [mate, mate], 0.0);
    let ranks = Ranks::of(&searches).unwrap();
    let expected: Vec<f64> = (3..=6).map(|rank| ranks.expected(rank)).collect();
    for (found, sixths) in expected.iter().zip([0.0, 3.0, 5.0, 6.0]) {
        close(*found, sixths / 6.0, "expected");
    }
    assert_eq!((ranks.rate(5), ranks.rate(6)), (0.0, 1.0));
}

#[test]
fn a_curve_of_many_ranks_stays_small() {
    let mut draw = Draw::new(205);
    let mut searches = Searches::default();
    for identity in 0..20_000 {
        let nearer = (10f64.powf(7.0 * draw.unit().powi(2)) - 1.0) as u32;
        let mate = Mate {
            distance: f64::from(nearer),
            nearer,
            tied: draw.below(2) as u32,
        };
        searches.push(identity, [mate], 0.0);
    }
    let ranks = Ranks::of(&searches).unwrap();
    let curve = ranks.curve(&[1, 12_345]);
    assert!(curve.rank.len() < 800, "{}", curve.rank.len());
    assert!(curve.rank.is_sorted_by(|a, b| a < b) && curve.rank.contains(&12_345));
    assert_eq!(
        (curve.rate.last(), curve.expected.last()),
        (Some(&1.0), Some(&1.0))
    );
    for (i, rank) in curve.rank.iter().enumerate() {
        assert_eq!(curve.rate[i], ranks.rate(*rank));
        if i > 0 && *rank > 100 {
            let step = (*rank as f64 / curve.rank[i - 1] as f64).log10();
            assert!(curve.rate[i] - curve.rate[i - 1] < 2.0 / 256.0 || step < 2.0 / 64.0);
        }
    }
}

fn one_person(images: usize, mated: bool) -> Searches {
    let mate = Mate {
        distance: 0.1,
        nearer: 0,
        tied: 1,
    };
    let mut searches = Searches::default();
    for _ in 0..images {
        searches.push(0, mated.then_some(mate), 0.1);
    }
    searches
}

#[test]
fn what_is_undefined_says_why_and_what_is_odd_is_warned_of() {
    let options = IdentificationOptions::default();
    let codes = |found: &Identification| -> Vec<&str> {
        found.warnings.iter().map(|warning| warning.code).collect()
    };
    let missing = |found: &Identification| -> Vec<FigureName> {
        found.undefined.iter().map(|u| u.figure).collect()
    };
    let found = judged(&one_person(3, true), &options);
    assert_eq!(codes(&found), ["tied-ranks", "few-people"]);
    let closed = found.closed.as_ref().unwrap();
    assert_eq!(closed.ranks.len(), 1, "no mate has rank 5");
    assert!(closed.ranks[0].rate.interval.is_none());
    let expected = [
        FigureName::RankRateInterval(0),
        FigureName::MeanReciprocalRankInterval,
        FigureName::MeanAveragePrecisionInterval,
        FigureName::RPrecisionInterval,
        FigureName::MapAtRInterval,
        FigureName::MeanInverseNegativePenaltyInterval,
        FigureName::OpenSet,
    ];
    assert_eq!(missing(&found), expected);
    assert!(found.undefined[0].reason.contains("one person"));

    let found = judged(&one_person(2, false), &options);
    assert_eq!(codes(&found), ["no-mates"]);
    assert_eq!(
        missing(&found),
        [FigureName::ClosedSet, FigureName::OpenSet]
    );

    let mut both = one_person(10, true);
    both.probes.extend(one_person(10, false).probes);
    for probe in &mut both.probes[10..] {
        probe.identity = 1;
        probe.mates = 10..10;
    }
    let found = judged(&both, &options);
    let few = [
        "probes-without-mate",
        "tied-ranks",
        "few-people",
        "few-non-mated",
    ];
    assert_eq!(codes(&found)[..4], few);
    let open = found.open.as_ref().unwrap();
    let resolutions: Vec<_> = open.points.iter().map(|at| at.resolution).collect();
    assert_eq!(
        resolutions,
        [
            Resolution::Unresolved,
            Resolution::Unresolved,
            Resolution::Unstable
        ]
    );
    assert!(open.points[0].reached.is_none() && open.points[2].reached.is_some());
    for figure in [FigureName::OpenPoint(0), FigureName::FpirInterval(2)] {
        assert!(missing(&found).contains(&figure), "{figure:?} of {found:?}");
    }
}

#[test]
fn searches_in_several_galleries_are_means_over_them() {
    let mut draw = Draw::new(207);
    let (mut all, mut values) = (Searches::default(), vec![]);
    let options = |draws| IdentificationOptions {
        ranks: Some(vec![1]),
        draws,
        ..IdentificationOptions::default()
    };
    let (probes, gallery): (Vec<u32>, Vec<u32>) =
        ((0..24).map(|p| p % 9).collect(), (0..8).collect());
    for _ in 0..3 {
        let row = |_: &u32| gallery.iter().map(|_| draw.normal()).collect();
        let table = Table {
            distances: probes.iter().map(row).collect(),
            probes: probes.clone(),
            gallery: gallery.clone(),
        };
        let searches = table.searches();
        let closed = judged(&searches, &options(1)).closed.unwrap();
        values.push((
            closed.ranks[0].rate.value,
            closed.mean_average_precision.value,
        ));
        all.append(searches);
    }
    let found = judged(&all, &options(3));
    assert_eq!((found.probes, found.mated, found.non_mated), (24, 22, 2));
    let closed = found.closed.unwrap();
    close(
        closed.ranks[0].rate.value,
        mean(values.iter().map(|v| v.0)),
        "rank 1",
    );
    close(
        closed.mean_average_precision.value,
        mean(values.iter().map(|v| v.1)),
        "mAP",
    );
    // A person counts once, however often they are searched.
    assert_eq!((found.identities, closed.identities), (9, 8));
    let refused = identification(&all, &options(5)).unwrap_err();
    assert_eq!(refused.code(), Code::Dimension);
}

#[test]
fn open_set_rates_in_several_galleries_are_those_of_trying_every_threshold_in_all() {
    let (mut draw, mut cases) = (Draw::new(208), [0, 0]);
    for case in 0..120 {
        let first = Table::draw(&mut draw);
        let again = |table: &Table, draw: &mut Draw| {
            let moved =
                |row: &Vec<f64>| row.iter().map(|d| d + 0.5 * draw.below(3) as f64).collect();
            Table {
                distances: table.distances.iter().map(moved).collect(),
                probes: table.probes.clone(),
                gallery: table.gallery.clone(),
            }
        };
        let tables = [again(&first, &mut draw), again(&first, &mut draw), first];
        let mut searches = Searches::default();
        tables
            .iter()
            .for_each(|table| searches.append(table.searches()));
        let (rank, convention) = (1 + draw.below(2), Convention::ALL[case % 2]);
        let options = IdentificationOptions {
            fpirs: vec![0.1, 0.25, 0.5, 1.0],
            rank,
            convention,
            draws: tables.len(),
            ..IdentificationOptions::default()
        };
        let Some(open) = judged(&searches, &options).open else {
            assert!(tables[0].mated().is_empty() || tables[0].non_mated().is_empty());
            continue;
        };
        let non_mated = tables[0].non_mated().len() as f64;
        assert_eq!(open.least_fpir, 1.0 / non_mated);
        // The rates in each gallery at one threshold, and their means.
        let rates = |passes: &dyn Fn(f64) -> bool| {
            let each = tables.each_ref().map(|table| table.rates(rank, passes));
            let of = |one: fn(&(f64, f64)) -> f64| mean(each.iter().map(one));
            (of(|rates| rates.0), of(|rates| rates.1))
        };
        for at in &open.points {
            let Some(reached) = &at.reached else {
                assert!(at.fpir < open.least_fpir);
                continue;
            };
            cases[case % 2] += 1;
            let spot = reached.spot;
            let naive = match convention {
                Convention::AtMost => {
                    let all = tables.iter().flat_map(Table::thresholds);
                    let all = all.map(|t| rates(&|d| d <= t));
                    let allowed = all.filter(|rates| rates.0 <= at.fpir + 1e-12);
                    allowed.fold((0.0, 0.0), |a: (f64, f64), b| (a.0.max(b.0), a.1.max(b.1)))
                }
                Convention::InsightFace => rates(&|d| d < spot.threshold),
            };
            close(spot.fpir, naive.0, "FPIR");
            close(spot.tpir, naive.1, "TPIR");
            let alarms = naive.0 * non_mated * tables.len() as f64;
            assert_eq!(reached.false_positives, alarms.round() as u64);
        }
        for spot in &open.curve {
            let naive = rates(&|d| d <= spot.threshold);
            close(spot.fpir, naive.0, "curve");
            close(spot.tpir, naive.1, "curve");
        }
    }
    assert!(cases.iter().all(|cases| *cases > 50), "{cases:?}");
}

#[test]
fn the_same_gallery_again_moves_no_figure_and_no_interval() {
    let table = crowd(&mut Draw::new(209), 24, 3);
    let options = |draws| IdentificationOptions {
        fpirs: vec![0.1, 0.3],
        draws,
        ..IdentificationOptions::default()
    };
    let (once, mut thrice) = (table.searches(), table.searches());
    (0..2).for_each(|_| thrice.append(table.searches()));
    let (once, thrice) = (judged(&once, &options(1)), judged(&thrice, &options(3)));
    let of = |found: Identification| found.open.unwrap();
    let (once, thrice) = (of(once), of(thrice));
    assert_eq!(once.least_fpir, thrice.least_fpir);
    for (one, three) in once.points.iter().zip(&thrice.points) {
        assert_eq!(one.resolution, three.resolution);
        let (one, three) = (one.reached.clone().unwrap(), three.reached.clone().unwrap());
        assert_eq!(one.spot, three.spot);
        assert_eq!(3 * one.false_positives, three.false_positives);
        for (one, three) in [
            (one.fpir_interval, three.fpir_interval),
            (one.tpir_interval, three.tpir_interval),
        ] {
            let (one, three) = (one.unwrap(), three.unwrap());
            close(one.low, three.low, "low");
            close(one.high, three.high, "high");
        }
    }
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let options = IdentificationOptions::default();
    let fails = |searches: Searches, options: &IdentificationOptions| {
        identification(&searches, options).unwrap_err().code()
    };
    assert_eq!(fails(Searches::default(), &options), Code::Empty);
    let mut wrong = one_person(2, true);
    wrong.probes[1].mates = 1..3;
    assert_eq!(fails(wrong, &options), Code::Index);
    let mut wrong = one_person(2, true);
    wrong.mates[1].distance = f64::NAN;
    assert_eq!(fails(wrong, &options), Code::NotFinite);
    let mut wrong = one_person(2, true);
    wrong.probes[0].mates = 0..2;
    wrong.mates[0].distance = 0.2;
    assert_eq!(fails(wrong, &options), Code::Domain);
    let mut wrong = one_person(1, false);
    wrong.probes[0].nearest_other = f64::INFINITY;
    assert_eq!(fails(wrong, &options), Code::Domain);
    for wrong in [
        IdentificationOptions {
            ranks: Some(vec![1, 0]),
            ..options.clone()
        },
        IdentificationOptions {
            rank: 0,
            ..options.clone()
        },
        IdentificationOptions {
            fpirs: vec![0.0],
            ..options.clone()
        },
        IdentificationOptions {
            draws: 0,
            ..options.clone()
        },
    ] {
        assert_eq!(fails(one_person(1, true), &wrong), Code::Option);
    }
}

/// The case that docs/identification.md works out.
#[test]
fn the_documented_case() {
    let table = Table {
        probes: vec![0, 1, 1, 2, 3, 4],
        gallery: vec![0, 0, 1, 2],
        distances: [
            [0.2, 0.6, 0.15, 0.9],
            [0.7, 0.8, 0.3, 0.3],
            [0.9, 0.45, 0.4, 0.8],
            [0.8, 0.9, 0.7, 0.1],
            [0.6, 0.7, 0.4, 0.9],
            [0.8, 0.9, 0.8, 0.7],
        ]
        .map(Vec::from)
        .into(),
    };
    let searches = table.searches();
    let options = IdentificationOptions {
        ranks: Some(vec![1, 2]),
        fpirs: vec![0.5, 0.1],
        ..IdentificationOptions::default()
    };
    let found = judged(&searches, &options);
    assert_eq!((found.mated, found.non_mated, found.identities), (4, 2, 5));
    let (closed, open) = (found.closed.unwrap(), found.open.unwrap());
    let rate = |at: &RankRate| (at.rate.value, at.expected);
    let rates: Vec<_> = closed.ranks.iter().map(rate).collect();
    assert_eq!(rates, [(0.5, 0.625), (1.0, 1.0)]);
    let interval = closed.ranks[0].rate.interval.as_ref().unwrap();
    assert!((interval.low - 0.05945).abs() < 5e-6 && (interval.high - 0.94055).abs() < 5e-6);
    assert_eq!(closed.median_rank, 1.5);
    close(closed.mean_reciprocal_rank.value, 0.75, "MRR");
    close(closed.mean_average_precision.value, 37.0 / 48.0, "mAP");
    close(closed.r_precision.value, 0.625, "R-precision");
    close(closed.map_at_r.value, 0.5625, "MAP@R");
    close(
        closed.mean_inverse_negative_penalty.value,
        19.0 / 24.0,
        "mINP",
    );
    let trapezoid = IdentificationOptions {
        average_precision: PrecisionRule::Trapezoid,
        ..options.clone()
    };
    let by_trapezoids = judged(&searches, &trapezoid).closed.unwrap();
    close(
        by_trapezoids.mean_average_precision.value,
        2.0 / 3.0,
        "mAP by trapezoids",
    );
    let reached = |open: &OpenSet| {
        let reached = open.points[0].reached.as_ref().unwrap();
        let OpenSpot {
            threshold,
            fpir,
            tpir,
        } = reached.spot;
        (threshold, fpir, tpir, reached.false_positives)
    };
    assert_eq!(reached(&open), (0.4, 0.5, 0.5, 1));
    assert_eq!(open.points[1].resolution, Resolution::Unresolved);
    assert_eq!(
        (open.points[1].reached.is_none(), open.least_fpir),
        (true, 0.5)
    );
    let curve: Vec<_> = open.curve.iter().map(|s| (s.fpir, s.tpir)).collect();
    assert_eq!(curve, [(0.0, 0.0), (0.0, 0.25), (0.5, 0.5), (1.0, 0.5)]);
    let thresholds: Vec<_> = open.curve[1..].iter().map(|s| s.threshold).collect();
    assert_eq!(thresholds, [0.1, 0.4, 0.7]);
    let within_two = IdentificationOptions {
        rank: 2,
        ..options.clone()
    };
    let open = judged(&searches, &within_two).open.unwrap();
    assert_eq!(reached(&open), (0.4, 0.5, 1.0, 1));
    let strictly = IdentificationOptions {
        convention: Convention::InsightFace,
        ..options
    };
    let open = judged(&searches, &strictly).open.unwrap();
    assert_eq!(reached(&open), (0.4, 0.0, 0.25, 0));
}
