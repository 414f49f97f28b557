//! Published values of other projects' evaluation, where the data are at hand.

mod common;

use common::{column, data_dir, oracle, read_npy};
use hackface_core::evaluation::identification::{
    IdentificationOptions, Mate, Searches, identification,
};
use hackface_core::evaluation::{
    Curve, Orientation, TarRule, area, auroc, calibration, d_prime, equal_error_rate,
    threshold_at_far,
};
use serde_json::Value;

fn close(found: f64, expected: &Value, tolerance: f64, what: &str) {
    let expected = expected.as_f64().unwrap();
    let error = (found - expected).abs();
    assert!(error <= tolerance, "{what}: {found}, not {expected}");
}

/// The curve of similarities given by kind.
fn curve(genuine: &[f64], impostors: &[f64]) -> Curve {
    let scores = [genuine, impostors].concat();
    let same: Vec<u8> = (0..scores.len())
        .map(|pair| u8::from(pair < genuine.len()))
        .collect();
    Curve::of(&scores, &same, Orientation::Similarity).unwrap()
}

#[test]
fn bob_measure() {
    let Some((dir, expected)) = oracle("bob_measure") else {
        return;
    };
    let of = |name: &str| {
        let read = |kind: &str| read_npy(&dir.join(format!("{name}-{kind}.npy"))).1;
        curve(&read("positives"), &read("negatives"))
    };
    let (linsep, nonsep) = (of("linsep"), of("nonsep"));
    close(area(&nonsep), &expected["roc_auc_nonsep"], 1e-14, "AUROC");
    assert_eq!(area(&linsep), 1.0);
    let separated = equal_error_rate(&linsep);
    assert_eq!(separated.linear, 0.0);
    let gap = &expected["eer_threshold_linsep"];
    close(separated.threshold, gap, 1e-12, "gap");
    let hull = &expected["rocch_eer_nonsep(Bosaris 1.06)"];
    close(equal_error_rate(&nonsep).hull, hull, 1e-12, "ROCCH-EER");
    let cllr = |curve: &Curve| calibration(curve);
    close(cllr(&nonsep).cllr, &expected["cllr_nonsep"], 1e-5, "Cllr");
    close(cllr(&linsep).cllr, &expected["cllr_linsep"], 1e-9, "Cllr");
    assert_eq!(cllr(&linsep).min_cllr, 0.0);
    let least = &expected["min_cllr_nonsep"]["from the ROC convex hull (computed here, two ways)"];
    close(cllr(&nonsep).min_cllr, least, 1e-12, "min Cllr");
    let asked = &expected["roc_for_far_nonsep"];
    let requested = asked["requested_far"].as_array().unwrap();
    for (i, far) in requested.iter().enumerate() {
        let far = far.as_f64().unwrap();
        let point = threshold_at_far(&nonsep, far, TarRule::AtMost).point;
        close(nonsep.far(point), &asked["far"][i], 1e-12, "FAR");
        close(nonsep.frr(point), &asked["frr"][i], 1e-12, "FRR");
    }
}

#[test]
fn bob_thresholds_among_ties() {
    let Some((_, expected)) = oracle("bob_measure") else {
        return;
    };
    for case in expected["far_frr_threshold_cases"].as_array().unwrap() {
        let numbers = |key: &str| -> Vec<f64> {
            let list = case[key].as_array().unwrap().iter();
            list.map(|v| v.as_f64().unwrap()).collect()
        };
        let curve = curve(&numbers("pos"), &numbers("neg"));
        for (key, value) in case.as_object().unwrap() {
            let Some(far) = key.strip_prefix("far_threshold(") else {
                continue;
            };
            let far: f64 = far.trim_end_matches(')').parse().unwrap();
            let found = threshold_at_far(&curve, far, TarRule::AtMost).threshold;
            match value.as_str() {
                Some(beyond) => {
                    let beyond: f64 = beyond.trim_start_matches("> ").parse().unwrap();
                    assert!(found > beyond, "{key}: {found}");
                }
                None => close(found, value, 0.0, key),
            }
        }
    }
}

#[test]
fn pyeer() {
    let Some((dir, expected)) = oracle("pyeer_examples") else {
        return;
    };
    for (name, values) in expected["experiments"].as_object().unwrap() {
        let read = |kind: &str| -> Vec<f64> {
            let text = std::fs::read_to_string(dir.join(format!("{name}_{kind}.txt"))).unwrap();
            let last = |line: &str| line.split_whitespace().last()?.parse().ok();
            text.lines().filter_map(last).collect()
        };
        let curve = curve(&read("true"), &read("false"));
        assert_eq!(curve.genuine(), values["genuine"].as_u64().unwrap());
        assert_eq!(curve.impostors(), values["impostor"].as_u64().unwrap());
        let eer = equal_error_rate(&curve);
        let at = threshold_at_far(&curve, 1e-3, TarRule::AtMost).point;
        for (found, key, tolerance) in [
            (area(&curve), "mann_whitney_auroc_here", 1e-14),
            (area(&curve), "auc", 1e-12),
            (eer.linear, "eer_interpolated_here", 1e-12),
            (d_prime(&curve).unwrap(), "decidability", 1e-9),
            (curve.tar(at), "tar_at_far_1e-3_here", 1e-12),
        ] {
            close(found, &values[key], tolerance, name);
        }
    }
}

#[test]
fn evalify() {
    let Some((_, expected)) = oracle("evalify_lfw353") else {
        return;
    };
    let Some(data) = data_dir("lfw353_facenet128") else {
        return;
    };
    let (shape, values) = read_npy(&data.join("embeddings.npy"));
    let labels = column(&data.join("labels.csv"), 1);
    let rows: Vec<&[f64]> = values.chunks(shape[1]).take(1000).collect();
    let (mut scores, mut same) = (vec![], vec![]);
    for (i, a) in rows.iter().enumerate() {
        for (j, b) in rows.iter().enumerate().skip(i + 1) {
            let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            scores.push(dot(a, b) / (dot(a, a) * dot(b, b)).sqrt());
            same.push(u8::from(labels[i] == labels[j]));
        }
    }
    let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
    let found = auroc(&scores, &same, Orientation::Similarity).unwrap();
    assert_eq!(found, area(&curve));
    // One pair of these 32-bit rows may change places in another arithmetic.
    let published = &expected["roc_auc"]["cosine_similarity"];
    close(found, published, 1e-9, "AUROC");
    let eer = equal_error_rate(&curve);
    let published = &expected["eer"]["cosine_similarity"];
    close(eer.nearest, &published["EER"], 1e-9, "EER, nearest");
    close(eer.threshold, &published["threshold"], 1e-5, "threshold");
    close(eer.linear, &0.004_725_00.into(), 1e-8, "EER, linear");
    close(eer.hull, &0.004_706_59.into(), 1e-8, "EER, hull");
    for far in ["0.01", "0.001"] {
        let published = &expected["tar_at_far"]["cosine_similarity"][far];
        let point = threshold_at_far(&curve, far.parse().unwrap(), TarRule::AtMost).point;
        close(curve.tar(point), published, 1e-9, far);
    }
    // Where the rules part: fewer than five impostors.
    for (rule, tar) in [
        (TarRule::AtMost, 0.7628),
        (TarRule::Nearest, 0.8091),
        (TarRule::Quantile, 0.8068),
    ] {
        let point = threshold_at_far(&curve, 1e-5, rule).point;
        close(curve.tar(point), &tar.into(), 5e-5, rule.as_str());
    }
}

/// One more probe, whose mates come behind so many other people.
fn push(searches: &mut Searches, nearer: impl Iterator<Item = u32>) {
    let mates = nearer.map(|nearer| Mate {
        distance: nearer.into(),
        nearer,
        tied: 0,
    });
    searches.push(searches.probes.len() as u32, mates, 0.0);
}

#[test]
fn bob_cumulative_matches() {
    let Some((dir, expected)) = oracle("bob_measure") else {
        return;
    };
    let expected = &expected["cmc_file"];
    let read = |kind: &str| read_npy(&dir.join(format!("test-cmc-{kind}.npy")));
    let ((shape, negatives), (_, positives)) = (read("neg"), read("pos"));
    let mut searches = Searches::default();
    for (others, mate) in negatives.chunks(shape[1]).zip(&positives) {
        assert!(!others.contains(mate));
        let nearer = others.iter().filter(|other| *other > mate).count();
        push(&mut searches, [nearer as u32].into_iter());
    }
    let cmc = expected["cmc"].as_array().unwrap();
    let options = IdentificationOptions {
        ranks: Some((1..=cmc.len() as u64).collect()),
        ..IdentificationOptions::default()
    };
    let found = identification(&searches, &options).unwrap().closed.unwrap();
    let rate = found.ranks[0].rate.value;
    close(rate, &expected["recognition_rate"], 0.0, "rank 1");
    for (at, expected) in found.ranks.iter().zip(cmc) {
        close(at.rate.value, expected, 1e-15, "CMC");
        assert_eq!(at.expected, at.rate.value);
    }
}

/// Five neighbours of each query are known; what is not among them is put out of reach.
#[test]
fn pytorch_metric_learning_retrieves_alike() {
    const FAR_AWAY: u32 = 4_000_000_000;
    let Some((_, all)) = oracle("pml_retrieval") else {
        return;
    };
    let numbers = |of: &Value| -> Vec<u64> {
        let list = of.as_array().unwrap().iter();
        list.map(|v| v.as_u64().unwrap()).collect()
    };
    let queries = numbers(&all["query_labels"]);
    for (key, skipped) in [
        ("ref_excludes_query", 0),
        (
            "ref_includes_query (first neighbour dropped, counts - 1)",
            1,
        ),
    ] {
        let mut searches = Searches::default();
        for (query, row) in queries.iter().zip(all["knn_labels"].as_array().unwrap()) {
            let labels = &numbers(row)[skipped..];
            let mates = labels
                .iter()
                .enumerate()
                .filter(|(_, label)| *label == query);
            let nearer = mates
                .enumerate()
                .map(|(before, (at, _))| (at - before) as u32);
            let nearer: Vec<u32> = nearer.collect();
            let count = all["label_counts"][query.to_string()].as_u64().unwrap() as usize;
            let missing = count - skipped - nearer.len();
            let out_of_reach = std::iter::repeat_n(FAR_AWAY, missing);
            push(&mut searches, nearer.into_iter().chain(out_of_reach));
        }
        let found = identification(&searches, &IdentificationOptions::default());
        let (expected, found) = (&all[key], found.unwrap().closed.unwrap());
        for (found, measure, tolerance) in [
            (found.ranks[0].rate.value, "precision_at_1", 1e-15),
            (found.r_precision.value, "r_precision", 1e-15),
            (found.map_at_r.value, "map_at_r", 1e-15),
            // Mates out of reach still add a little.
            (found.mean_average_precision.value, "map", 1e-8),
            (found.mean_reciprocal_rank.value, "mrr", 1e-8),
        ] {
            close(found, &expected[measure], tolerance, key);
        }
    }
}
