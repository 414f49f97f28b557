//! Files that change under a job: the change is reported, not the rows that it leaves behind.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::all_pairs::{AllPairsOptions, all_pairs};
use super::audit::{AuditOptions, audit};
use super::covariance::{CovarianceRequest, ScatterOf, estimate_covariance};
use super::enrol::enrol_templates;
use super::fit::{FitRequest, fingerprint, fit_embeddings};
use super::inspect::inspect_rows;
use super::score::score_pairs;
use super::search::{Candidates, Fuse, Gallery, Query, templates};
use super::transform::transform_embeddings;
use super::*;
use crate::error::{Code, Result};
use crate::job::Job;
use crate::measure::{Measure, mean};
use crate::models::Side;
use crate::npy::Io;
use crate::rows::{Embeddings, TrainingRows};
use crate::testing::{Lcg, RowsFile, fitted, metric};

const ROWS: usize = 120;
const DIM: usize = 6;

/// What happens to the file between opening it and the job.
#[derive(Clone, Copy, Debug)]
enum Change {
    NotFinite,
    Zeroed,
    CutShort,
}

impl Change {
    fn make(self, path: &Path) {
        // A file system may keep times no finer than this.
        std::thread::sleep(Duration::from_millis(20));
        let mut bytes = std::fs::read(path).expect("read");
        let data = bytes.len() - ROWS * DIM * 4;
        match self {
            Self::NotFinite => bytes[data..].fill(0xff),
            Self::Zeroed => bytes[data..].fill(0),
            Self::CutShort => bytes.truncate(data + 8 * DIM * 4),
        }
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .expect("opened");
        file.set_len(bytes.len() as u64).expect("cut");
        std::io::Write::write_all(&mut &file, &bytes).expect("written");
    }
}

/// A job over an open file, with the change made by `change` before rows are asked for.
type Run = fn(&Arc<Embeddings>, &Bench, &dyn Fn()) -> Result<()>;

/// Inputs of the jobs that stay as they are.
struct Bench {
    labels: Vec<u32>,
    memory: Embeddings,
    model: crate::models::Model,
}

const JOBS: &[(&str, Run)] = &[
    ("score", |rows, _, change| {
        change();
        score_pairs(
            rows,
            &[0, 50],
            &[40, 110],
            Measure::Metric(&metric("cosine")),
            &Job::new(),
        )
        .map(drop)
    }),
    ("score, model", |rows, bench, change| {
        change();
        score_pairs(
            rows,
            &[0, 50],
            &[40, 110],
            Measure::Model(&bench.model),
            &Job::new(),
        )
        .map(drop)
    }),
    ("mean", |rows, _, change| {
        change();
        mean(rows, &Job::new()).map(drop)
    }),
    ("transform", |rows, bench, change| {
        change();
        transform_embeddings(
            rows,
            &bench.model,
            Side::Query,
            &mut |_| Ok(()),
            &Job::new(),
        )
    }),
    ("enrol", |rows, bench, change| {
        change();
        enrol_templates(rows, &bench.model, &[0, 60, 119], &[2, 1], &Job::new()).map(drop)
    }),
    ("templates", |rows, bench, change| {
        change();
        templates(rows, &bench.labels, &Job::new()).map(drop)
    }),
    ("gallery", |rows, _, change| {
        change();
        let (gallery, options) = (Gallery::default(), metric("cosine"));
        gallery
            .prepare(
                Arc::clone(rows),
                Measure::Metric(&options),
                None,
                &Job::new(),
            )
            .map(drop)
    }),
    ("search", |rows, bench, change| {
        search(rows, bench, change, "cosine", (None, false))
    }),
    ("search by bytes", |rows, bench, change| {
        search(rows, bench, change, "cosine", (Some(0), false))
    }),
    ("search by distances", |rows, bench, change| {
        search(rows, bench, change, "cityblock + cosine", (None, false))
    }),
    ("rank", |rows, bench, change| {
        search(rows, bench, change, "cosine", (None, true))
    }),
    ("fuse", |rows, bench, change| fuse(rows, bench, change)),
    ("all pairs", |rows, bench, change| {
        let options = metric("cosine");
        let prepared = Measure::Metric(&options).prepare(rows, &Job::new())?;
        change();
        let labelled = LabelledRows {
            rows: &prepared,
            labels: &bench.labels,
        };
        all_pairs(labelled, None, &AllPairsOptions::default(), &Job::new()).map(drop)
    }),
    ("all pairs, model", |rows, bench, change| {
        let prepared = Measure::Model(&bench.model).prepare(rows, &Job::new())?;
        change();
        let labelled = LabelledRows {
            rows: &prepared,
            labels: &bench.labels,
        };
        all_pairs(labelled, None, &AllPairsOptions::default(), &Job::new()).map(drop)
    }),
    ("fit", |rows, bench, change| {
        change();
        let pipeline = "plda".parse().expect("a preset");
        let mut request = FitRequest::new(&pipeline);
        request.rows.of_row = Some(&bench.labels);
        fit_embeddings(rows, &request, &Job::new()).map(drop)
    }),
    ("fingerprint", |rows, _, change| {
        change();
        fingerprint(rows, &Job::new()).map(drop)
    }),
    ("audit", |rows, bench, change| {
        change();
        let labels = Some((&bench.labels[..], 12));
        audit(&[rows], labels, &AuditOptions::default(), &[], &Job::new()).map(drop)
    }),
    ("inspect", |rows, _, change| {
        change();
        inspect_rows(rows, &Job::new()).map(drop)
    }),
    ("covariance", |rows, _, change| {
        change();
        let request = CovarianceRequest::new(TrainingRows::default(), ScatterOf::Total);
        estimate_covariance(rows, &request, &Job::new()).map(drop)
    }),
];

fn query<'a>(bench: &'a Bench, fuse: Option<Fuse>) -> Query<'a> {
    Query {
        probes: &bench.memory,
        range: 0..ROWS,
        candidates: Candidates {
            of_probe: &bench.labels,
            of_row: &bench.labels,
            ..Candidates::default()
        },
        fuse,
        memory: None,
    }
}

fn search(
    rows: &Arc<Embeddings>,
    bench: &Bench,
    change: &dyn Fn(),
    text: &str,
    (memory, rank): (Option<usize>, bool),
) -> Result<()> {
    let (mut gallery, options, job) = (Gallery::default(), metric(text), Job::new());
    let measure = Measure::Metric(&options);
    gallery.push(gallery.prepare(Arc::clone(rows), measure, memory, &job)?)?;
    change();
    let query = query(bench, None);
    if rank {
        return gallery.rank(measure, &query, None, &job).map(drop);
    }
    gallery.search(measure, &query, 5, &job).map(drop)
}

fn fuse(rows: &Arc<Embeddings>, bench: &Bench, change: &dyn Fn()) -> Result<()> {
    let (mut gallery, options, job) = (Gallery::default(), metric("cosine"), Job::new());
    let measure = Measure::Metric(&options);
    gallery.push(gallery.prepare(Arc::clone(rows), measure, None, &job)?)?;
    change();
    gallery
        .search(measure, &query(bench, Some(Fuse::Mean)), 5, &job)
        .map(drop)
}

#[test]
fn a_file_that_changed_is_named_whatever_its_rows_hold_now() {
    let mut draw = Lcg(53);
    let values: Vec<f32> = (0..ROWS * DIM).map(|_| draw.single()).collect();
    let memory = Embeddings::from_vec(values.clone(), ROWS, DIM).expect("rows");
    let labels: Vec<u32> = (0..ROWS as u32).map(|row| row % 12).collect();
    let model = fitted("plda", &memory, &labels);
    let bench = Bench {
        labels,
        memory,
        model,
    };
    for io in [Io::Mmap, Io::Read] {
        for (name, run) in JOBS {
            let file = RowsFile::new(&values, DIM);
            let untouched = run(&file.open(io).into(), &bench, &|| ());
            assert!(untouched.is_ok(), "{name}: {}", untouched.unwrap_err());
            for change in [Change::NotFinite, Change::Zeroed, Change::CutShort] {
                let file = RowsFile::new(&values, DIM);
                let path = file.path();
                let error = run(&file.open(io).into(), &bench, &|| change.make(path)).unwrap_err();
                let what = format!("{name} {io:?} {change:?}: {error}");
                assert_eq!(error.code(), Code::InputChanged, "{what}");
                assert_eq!(error.file(), Some(path), "{what}");
            }
        }
    }
}
