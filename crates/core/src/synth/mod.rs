//! The challenge's world redrawn: matrices of its shapes, with a shift between train and test.
//!
//! People are Gaussian in an identity basis, images add a nuisance in another basis, and test
//! images of low quality drift into common directions. Two replicas, fitted to published figures,
//! rank families of methods; neither predicts a score on the real files.
//!
//! Reading order: `spec` and `parameters` say what is asked for; `world` draws what all images
//! share; `recipe` mixes one image; `images` streams the rows of a side; `classes` and `pairs` draw
//! the labels. `stream`, `distributions`, `ziggurat`, `panels` and `orthogonal` are the arithmetic below,
//! which gives the same bits on every machine.

mod classes;
mod distributions;
mod images;
mod orthogonal;
mod pairs;
mod panels;
mod parameters;
mod recipe;
mod replica;
mod spec;
mod stream;
mod world;
mod ziggurat;

pub use replica::Replica;
pub use spec::SynthSpec;

use crate::error::{Error, Result};
use crate::job::Job;
use images::Side;
use pairs::{Crowd, Pairs};
use recipe::Recipe;
use stream::{Purpose, Stream};
use world::World;

/// Share of the train rows of R2 that show another person than their label says.
const WRONG_LABELS: f64 = 0.06;

/// The label tables of a synthetic challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynthTables {
    /// Class of each train row: 0, 0, …, 1, 1, … — grouped, every class twice or more.
    pub train_classes: Vec<u32>,
    /// First row of each test pair.
    pub index1: Vec<u32>,
    /// Second row of each test pair; never the first row, and no two rows are paired twice.
    pub index2: Vec<u32>,
    /// 1 for a pair of one person, 0 for two people.
    pub same: Vec<u8>,
}

/// Draws a synthetic challenge and streams its rows: first the train matrix to `train`, then the
/// test matrix to `test`, each call whole rows of `spec.dim` numbers, all finite, in order.
///
/// Runs on the current rayon pool; install one to choose the threads. The bytes depend on `spec`
/// alone: not on threads, batches, vector width or operating system.
///
/// In R2 and None impostors share a group where there are groups; wrong labels (6 % of the train
/// rows of R2 and None) are rows that show another person than the class they stand in, so that
/// rows stay grouped. The pairs' `same` is always the truth.
///
/// # Errors
///
/// `EOPTION` for a request out of range or for pairs that do not exist, `EMEMORY`, `EABORTED`
/// within a batch of a cancelled job, and whatever the sinks return.
///
/// Cost: 2 d² flops for each row and as much again for each person; beside the tables 4 KiB · d for
/// each thread, and about seven (d, d) matrices of doubles while the bases are drawn. Phases "basis", "train" and "test" of the job.
pub fn generate(
    spec: &SynthSpec,
    train: &mut dyn FnMut(&[f32]) -> Result<()>,
    test: &mut dyn FnMut(&[f32]) -> Result<()>,
    job: &Job,
) -> Result<SynthTables> {
    spec.check()?;
    let parameters = parameters::parameters(spec.replica, spec.set)
        .ok_or_else(|| Error::internal("a checked set without parameters"))?;
    // The tables first: a request for pairs that do not exist fails before any work.
    let crowd = Crowd::new(spec)?;
    let Pairs {
        index1,
        index2,
        same,
    } = crowd.pairs(spec, job)?;
    let train_classes = classes::train_classes(spec)?;
    let world = World::new(spec, &parameters, job)?;

    let (train_recipe, test_recipe, wrong) = match spec.replica {
        Replica::R2 => (Recipe::Clean, Recipe::Shifted, WRONG_LABELS),
        Replica::None => (Recipe::Clean, Recipe::Clean, WRONG_LABELS),
        Replica::R1 => (Recipe::Degraded, Recipe::Degraded, 0.0),
    };
    let mut side = Side {
        seed: spec.seed,
        dim: spec.dim,
        parameters: &parameters.train_side(spec.replica),
        recipe: train_recipe,
        purposes: (Purpose::TrainPeople, Purpose::TrainImages),
        identity: &world.identity,
        nuisance: &world.train_nuisance,
        people: &train_classes,
        wrong,
        n_people: spec.train_classes as u32,
        groups: Vec::new(),
        common: &world.common,
        drift: &world.train_drift,
    };
    job.begin("train", spec.train_rows as u64);
    side.stream_rows(train, job)?;

    side = Side {
        parameters: &parameters,
        recipe: test_recipe,
        purposes: (Purpose::TestPeople, Purpose::TestImages),
        nuisance: world
            .test_nuisance
            .as_ref()
            .unwrap_or(&world.train_nuisance),
        people: &crowd.people,
        wrong: 0.0,
        groups: if spec.replica == Replica::R2 {
            group_vectors(spec, &world, crowd.groups)
        } else {
            Vec::new()
        },
        drift: &world.test_drift,
        ..side
    };
    job.begin("test", spec.test_rows as u64);
    side.stream_rows(test, job)?;
    Ok(SynthTables {
        train_classes,
        index1,
        index2,
        same,
    })
}

/// One vector of the identity basis for each group of test people.
fn group_vectors(spec: &SynthSpec, world: &World, groups: usize) -> Vec<f32> {
    let mut coordinates = vec![0.0; groups * spec.dim];
    Stream::new(spec.seed, Purpose::Groups, 0).fill_normal(&mut coordinates);
    let mut vectors = vec![0.0; groups * spec.dim];
    world.identity.multiply(&coordinates, &mut vectors);
    vectors
}
