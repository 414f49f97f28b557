//! Labelled embeddings to a learned metric, judged on people it has not seen.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};
use crate::evaluation::{
    Difference, Orientation, People, TAR_AT, TarRule, Trials, Verification, compare, verify,
};
use crate::job::Job;
use crate::jobs::score::score_pairs;
use crate::measure::{Measure, MetricOptions, Undefined};
use crate::metrics::Expression;
use crate::models::{FitOptions, FitReport, Fitted, Holdout, Model, Pipeline, fit};
use crate::rows::Embeddings;
use crate::rows::TrainingRows;
use crate::rows::{Classes, IGNORED};

/// Most genuine and impostor pairs that a hold-out is judged on; beyond, they are drawn by seed.
const MOST_GENUINE: usize = 500_000;
const MOST_IMPOSTORS: usize = 1_000_000;
/// Rows hashed at a time. Part of the fingerprint.
const PIECE_ROWS: usize = 2048;

/// What to fit and to which rows.
pub struct FitRequest<'a> {
    /// The rows to learn from; without labels for a pipeline that needs no classes.
    pub rows: TrainingRows<'a>,
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// What the first `center` of the pipeline subtracts in place of its own mean.
    pub center: Option<&'a [f64]>,
    /// Share of the classes that are set aside to judge the model on.
    pub holdout: Option<f64>,
    /// Selects the classes set aside and the pairs drawn from them.
    pub seed: u64,
}

/// A model and what is known of it.
pub struct FitOutcome {
    /// The model; its card holds the rest of this as text.
    pub model: Model,
    /// What happened while fitting.
    pub report: FitReport,
    /// The model on people it has not seen, if some were set aside.
    pub held_out: Option<HeldOut>,
}

/// A model against cosine on held-out people.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// People set aside.
    pub identities: usize,
    /// Genuine pairs judged.
    pub genuine: usize,
    /// Impostor pairs judged.
    pub impostors: usize,
    /// Figures of the model.
    pub model: Verification,
    /// Figures of cosine on the same pairs.
    pub cosine: Verification,
    /// AUROC of the model less that of cosine.
    pub difference: Difference,
}

/// Fits a pipeline to the rows of the request.
///
/// With a hold-out the model is fitted on the other classes only, so that its figures are its own.
/// Errors: those of [`crate::models::fit`] and [`TrainingRows::classes`],
/// `EONECLASS` for a hold-out without genuine pairs, `EINPUTCHANGED`.
pub fn fit_embeddings(
    embeddings: &Embeddings,
    request: &FitRequest<'_>,
    job: &Job,
) -> Result<FitOutcome> {
    let rows = embeddings.rows();
    if rows == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "rows to fit on")));
    }
    if let Some(file) = embeddings.file() {
        file.arm();
        file.advise_sequential();
    }
    let pipeline = request
        .pipeline
        .clone()
        .centered(request.center.is_some())?;
    let used = request
        .rows
        .classes(rows)
        .map_err(|e| embeddings.blame(e))?;
    let classes = Classes::new(&used)?;
    let split = match request.holdout {
        Some(_) if !request.rows.labelled() => {
            return Err(Error::new(
                Code::Option,
                "a hold-out without labels",
                "labels for it",
            ));
        }
        Some(share) => Some(Holdout::split(&classes, share, request.seed)?),
        None => None,
    };
    let options = FitOptions {
        center: request.center,
        invalid: request.rows.invalid(),
        ..FitOptions::default()
    };
    let train = match &split {
        Some(split) => Some(Classes::new(&split.train)?),
        None => None,
    };
    let train = train.as_ref().unwrap_or(&classes);
    let given = (!request.rows.everything()).then_some(train);
    let fitted = fit(&pipeline, embeddings, given, &options, job);
    embeddings.check_unchanged()?;
    let Fitted { mut model, report } = fitted.map_err(|e| embeddings.blame(e))?;
    let held_out = match &split {
        Some(split) => Some(judge(embeddings, split, &model, request, job)?),
        None => None,
    };
    write_card(
        &mut model,
        embeddings,
        request,
        &report,
        held_out.as_ref(),
        job,
    )?;
    embeddings.check_unchanged()?;
    Ok(FitOutcome {
        model,
        report,
        held_out,
    })
}

/// Pairs of held-out rows with the class on either side.
#[derive(Default)]
struct Pairs {
    index1: Vec<u32>,
    index2: Vec<u32>,
    same: Vec<u8>,
    first: Vec<u32>,
    second: Vec<u32>,
}

impl Pairs {
    fn push(&mut self, a: (u32, u32), b: (u32, u32)) {
        self.index1.push(a.0);
        self.index2.push(b.0);
        self.same.push(u8::from(a.1 == b.1));
        self.first.push(a.1);
        self.second.push(b.1);
    }
}

fn judge(
    embeddings: &Embeddings,
    split: &Holdout,
    model: &Model,
    request: &FitRequest<'_>,
    job: &Job,
) -> Result<HeldOut> {
    let pairs = held_out_pairs(embeddings, split, request)?;
    let genuine = pairs.same.iter().filter(|same| **same == 1).count();
    let impostors = pairs.same.len() - genuine;
    if genuine == 0 || impostors == 0 {
        let found =
            format!("{genuine} genuine and {impostors} impostor pairs among the held-out rows");
        return Err(
            Error::new(Code::OneClass, found, "both kinds, to judge the model on")
                .with_hint("Hold out more classes, or classes with two rows and more"),
        );
    }
    let cosine = Expression::parse("cosine")?;
    let cosine = MetricOptions {
        undefined: Undefined::Max,
        ..MetricOptions::new(&cosine)
    };
    let score = |measure| score_pairs(embeddings, &pairs.index1, &pairs.index2, measure, job);
    let by_model = score(Measure::Model(model))?;
    let by_cosine = score(Measure::Metric(&cosine))?;
    // Identities numbered among themselves, for the count of them in the standard error.
    let numbers: std::collections::HashMap<u32, u32> = (0..)
        .zip(&split.classes)
        .map(|(i, class)| (*class, i))
        .collect();
    let numbered = |classes: &[u32]| -> Vec<u32> { classes.iter().map(|c| numbers[c]).collect() };
    let (first, second) = (numbered(&pairs.first), numbered(&pairs.second));
    let identities = split.classes.len();
    let trials = |distances| Trials {
        scores: distances,
        same: &pairs.same,
        orientation: Orientation::Distance,
        people: Some(People {
            first: &first,
            second: &second,
            count: identities,
        }),
    };
    let (by_model, by_cosine) = (trials(&by_model), trials(&by_cosine));
    Ok(HeldOut {
        identities,
        genuine,
        impostors,
        model: verify(&by_model)?,
        cosine: verify(&by_cosine)?,
        difference: compare(&by_model, &by_cosine, &[], TarRule::AtMost)?.auroc,
    })
}

/// Every pair of the held-out rows, or as many of either kind as the limits say, drawn by seed.
fn held_out_pairs(
    embeddings: &Embeddings,
    split: &Holdout,
    request: &FitRequest<'_>,
) -> Result<Pairs> {
    let mut rows: Vec<(u32, u32)> = Vec::new();
    let mut scratch = vec![0.0; embeddings.dim()];
    for (row, class) in split
        .test
        .iter()
        .enumerate()
        .filter(|(_, class)| **class != IGNORED)
    {
        if request.rows.skip_invalid {
            embeddings.read_rows(row, &mut scratch)?;
            if scratch.iter().any(|v| !v.is_finite()) {
                continue;
            }
        }
        rows.push((row as u32, *class));
    }
    rows.sort_by_key(|(row, class)| (*class, *row));
    let mut random = ChaCha8Rng::seed_from_u64(request.seed);
    let mut pairs = Pairs::default();
    let people: Vec<&[(u32, u32)]> = rows.chunk_by(|a, b| a.1 == b.1).collect();
    let pairs_of = |n: usize| n * n.saturating_sub(1) / 2;
    let genuine: usize = people.iter().map(|person| pairs_of(person.len())).sum();
    let all_genuine = genuine <= MOST_GENUINE;
    let kept = MOST_GENUINE as f64 / genuine.max(1) as f64;
    for person in &people {
        for (i, a) in person.iter().enumerate() {
            for b in &person[i + 1..] {
                if all_genuine || uniform(&mut random) < kept {
                    pairs.push(*a, *b);
                }
            }
        }
    }
    if pairs_of(rows.len()) - genuine <= MOST_IMPOSTORS {
        for (i, a) in rows.iter().enumerate() {
            for b in rows[i + 1..].iter().filter(|b| b.1 != a.1) {
                pairs.push(*a, *b);
            }
        }
    } else {
        let mut drawn = 0;
        while drawn < MOST_IMPOSTORS {
            let pick =
                |random: &mut ChaCha8Rng| rows[(uniform(random) * rows.len() as f64) as usize];
            let (a, b) = (pick(&mut random), pick(&mut random));
            if a.1 != b.1 {
                pairs.push(a, b);
                drawn += 1;
            }
        }
    }
    Ok(pairs)
}

/// In [0, 1).
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

fn write_card(
    model: &mut Model,
    embeddings: &Embeddings,
    request: &FitRequest<'_>,
    report: &FitReport,
    held_out: Option<&HeldOut>,
    job: &Job,
) -> Result<()> {
    let mut set = |name: &str, value: String| model.set_card(name, value);
    set(
        "tool",
        format!("hackface-native {}", env!("CARGO_PKG_VERSION")),
    );
    set(
        "data_shape",
        format!("{}x{}", embeddings.rows(), embeddings.dim()),
    );
    set("data_sha256", fingerprint(embeddings, job)?);
    set("rows", report.rows.to_string());
    set("classes", report.classes.to_string());
    set("singletons", report.singletons.to_string());
    set("skipped_rows", report.skipped.to_string());
    set("seed", request.seed.to_string());
    if let Some(most) = request.rows.max_per_class {
        set("max_per_class", most.to_string());
    }
    for decision in &report.decisions {
        set(
            &format!("{}.{}", decision.step, decision.name),
            decision.value.to_string(),
        );
    }
    if let Some(last) = report.log_likelihood.last() {
        set("log_likelihood", last.to_string());
        set(
            "em_iterations",
            (report.log_likelihood.len() - 1).to_string(),
        );
    }
    if let (Some(held), Some(share)) = (held_out, request.holdout) {
        set("holdout", share.to_string());
        set("holdout.identities", held.identities.to_string());
        set("holdout.genuine", held.genuine.to_string());
        set("holdout.impostors", held.impostors.to_string());
        for (name, figures) in [("model", &held.model), ("cosine", &held.cosine)] {
            set(&format!("holdout.{name}.auroc"), figures.auroc.to_string());
            set(
                &format!("holdout.{name}.auroc_error"),
                figures.auroc_error.to_string(),
            );
            set(&format!("holdout.{name}.eer"), figures.eer.to_string());
            if let Some(tar) = figures.tar {
                set(
                    &format!("holdout.{name}.tar_at_far_{TAR_AT}"),
                    tar.to_string(),
                );
            }
        }
        set("holdout.difference", held.difference.value.to_string());
        set(
            "holdout.difference_error",
            held.difference.error.to_string(),
        );
    }
    Ok(())
}

/// What a card says of the data of its model: SHA-256 over the SHA-256 of each piece of 2048 rows as
/// little-endian `f32`; pieces so that all threads help. Errors: `EINPUTCHANGED`, `EABORTED`.
pub fn fingerprint(embeddings: &Embeddings, job: &Job) -> Result<String> {
    use crate::rows::RowSource;
    let (rows, dim) = (embeddings.rows(), embeddings.dim());
    job.begin("fingerprint", rows as u64);
    let pieces: Vec<Result<[u8; 32]>> = (0..rows.div_ceil(PIECE_ROWS))
        .into_par_iter()
        .map(|piece| {
            job.check()?;
            let first = piece * PIECE_ROWS;
            let count = PIECE_ROWS.min(rows - first);
            let mut hash = Sha256::new();
            let mut bytes = vec![0u8; dim * 4];
            let mut row = vec![0.0f32; dim];
            for i in first..first + count {
                embeddings.read_rows_f32(i, &mut row)?;
                let (fours, _) = bytes.as_chunks_mut::<4>();
                for (four, value) in fours.iter_mut().zip(&row) {
                    *four = value.to_le_bytes();
                }
                hash.update(&bytes);
            }
            job.advance(count as u64);
            Ok(hash.finalize().into())
        })
        .collect();
    let mut whole = Sha256::new();
    for piece in pieces {
        whole.update(piece?);
    }
    Ok(whole
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
