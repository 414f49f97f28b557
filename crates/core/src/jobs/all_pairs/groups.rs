//! Rates of groups of rows, at thresholds that all pairs share.
//!
//! The pairs within a group are all pairs of its rows, so each group is a pass of its own, and together they
//! compare no more pairs than the pass over all rows. The impostor pairs of a group with others are one pass more, of its
//! rows with all rows; over all groups that is the square of all rows, twice the pass over them. Each pass has some
//! milliseconds of its own, so a group that is too small for figures has none with others. All pairs of two groups together
//! are what is left over of the counts.

use super::across::across;
use super::{AllPairs, AllPairsOptions, PairSets, judge, judged};
use crate::error::{Code, Error, Result};
use crate::evaluation::{
    Accepted, Aggregated, FigureName, FigureOptions, Figures, GroupAccepted, GroupFigures,
    GroupRates, Interval, RateError, group_figures, rate_interval,
};
use crate::job::{Job, memory};
use crate::jobs::LabelledRows;
use crate::measure::Prepared;
use crate::rows::{Embeddings, IGNORED};

/// Groups of the rows of either set.
#[derive(Clone, Copy, Debug)]
pub struct RowGroups<'a> {
    /// For each row of the first set a place in `names`; `u32::MAX` for a row without a group.
    pub first: &'a [u32],
    /// The same for the second set, if there is one.
    pub second: &'a [u32],
    /// Names of the groups.
    pub names: &'a [String],
    /// Name of the pairs that are in no group: of two groups, or of a row without one.
    pub rest: &'a str,
}

/// The rows that all pairs were made of.
#[derive(Clone, Copy)]
pub struct Judged<'a> {
    /// The first set.
    pub first: LabelledRows<'a>,
    /// The second, if there is one.
    pub second: Option<LabelledRows<'a>>,
    /// The pass over them.
    pub pairs: &'a AllPairs,
}

/// Refuses groups of rows whose distances depend on other rows of the set, which a group leaves out (`EOPTION`).
pub fn require_groups_apart(rows: &Prepared<'_>) -> Result<()> {
    if rows.is_of_pairs_alone() {
        return Ok(());
    }
    let found = "groups with distances that depend on more rows than the two of a pair";
    let expected = "a metric or a model, or a normalisation against other rows without labels";
    let hint = "Leave out re-ranking, expansion, a cohort of the rows themselves and labels of the cohort, \
                or judge a list of the pairs";
    Err(Error::new(Code::Option, found, expected).with_hint(hint))
}

/// Judges each group at the operating points of `figures`, then what is in no group, if anything is; adds to
/// `figures` why a figure of a group is undefined. Of pairs in no group there are counts and rates alone.
///
/// Time: a pass over the pairs within each group, and one over its pairs with all rows. Memory: a copy of the rows of
/// one group, and that of [`all_pairs`](super::all_pairs).
/// Errors: `EOPTION` of [`require_groups_apart`], `EDIMENSION` for groups that do not fit, and those of [`all_pairs`](super::all_pairs), but that a group may
/// lack either kind of pairs.
pub fn all_pairs_groups<'a>(
    judged: &Judged<'a>,
    groups: &RowGroups<'_>,
    figures: &mut Figures,
    asked: &FigureOptions,
    options: &AllPairsOptions<'_>,
    job: &Job,
) -> Result<Vec<GroupFigures>> {
    require_groups_apart(judged.first.rows)?;
    let first = (judged.first, groups.first);
    let second = judged.second.map(|set| (set, groups.second));
    for (set, of) in [Some(first), second].iter().flatten() {
        require_fit(set, of, groups.names.len())?;
    }
    let reached = figures.operating.iter().filter_map(|at| at.reached);
    let thresholds: Vec<f64> = reached.map(|reached| reached.spot.threshold).collect();
    let options = AllPairsOptions {
        thresholds: &thresholds,
        worst: 0,
        checkpoint: None,
        shard: None,
        parts: &[],
        ..*options
    };
    let mut rates = Vec::with_capacity(groups.names.len() + 1);
    for group in 0..groups.names.len() as u32 {
        let mut renumbered = Renumbered::default();
        let mut split = |(set, of): (LabelledRows<'a>, &[u32])| -> Result<Split<'a>> {
            Ok(Split {
                own: Part::of(set, of, group, &mut renumbered)?,
                others: Others::of(set, of, group),
            })
        };
        let sets = (split(first)?, second.map(split).transpose()?);
        let mut of = within(&sets, judged.first.rows, (asked, &options), job)?;
        // In a pair of a group and others either row may come first.
        if judged.second.is_some() || judged.first.rows.is_symmetric() {
            of.across = Some(across(&sets, of.people, (asked, &options), job)?);
        }
        rates.push(of);
    }
    let rest = rest(judged.pairs, &rates, &thresholds, figures);
    let mut names: Vec<&str> = groups.names.iter().map(String::as_str).collect();
    if rest.genuine + rest.impostors > 0 {
        names.push(groups.rest);
        rates.push(rest);
    }
    let found = group_figures(names.into_iter().zip(rates), figures);
    if let Some(g) = found.iter().position(|group| group.name == groups.rest) {
        let reason = "pairs in no group are counted only";
        figures.explain(FigureName::GroupAuroc(g), reason);
        figures.explain(FigureName::GroupAurocInterval(g), reason);
    }
    Ok(found)
}

fn require_fit(set: &LabelledRows<'_>, of: &[u32], count: usize) -> Result<()> {
    let rows = set.rows.rows();
    let last = of.iter().filter(|group| **group != IGNORED).max();
    let found = match last {
        _ if of.len() != rows => format!("groups of {} rows", of.len()),
        Some(last) if *last as usize >= count => format!("group {last} of {count}"),
        _ => return Ok(()),
    };
    let expected = format!("a group, or none, of each of {rows} rows");
    Err(Error::new(Code::Dimension, found, expected))
}

/// Class numbers of a group, dense, the same in both sets.
#[derive(Default)]
struct Renumbered(std::collections::HashMap<u32, u32>);

impl Renumbered {
    fn of(&mut self, label: u32) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(label).or_insert(next)
    }
}

/// The rows of one set: those of a group, and those of other groups.
pub(super) struct Split<'a> {
    pub(super) own: Part,
    pub(super) others: Others<'a>,
}

/// The rows of a group in one set.
pub(super) struct Part {
    rows: Embeddings,
    labels: Vec<u32>,
    /// The same people by their numbers in the whole.
    pub(super) people: Vec<u32>,
}

impl Part {
    fn of(set: LabelledRows<'_>, of: &[u32], group: u32, classes: &mut Renumbered) -> Result<Self> {
        let own = |row: &usize| of[*row] == group && set.labels[*row] != IGNORED;
        let rows: Vec<usize> = (0..of.len()).filter(own).collect();
        let people: Vec<u32> = rows.iter().map(|row| set.labels[*row]).collect();
        Ok(Self {
            labels: people.iter().map(|person| classes.of(*person)).collect(),
            people,
            rows: (set.rows.embeddings())
                .while_unchanged(|| copied(set.rows.embeddings(), &rows))?,
        })
    }

    /// Its rows under the measure of `reference`; `None` without rows.
    pub(super) fn beside<'a>(
        &'a self,
        reference: &'a Prepared<'_>,
        job: &Job,
    ) -> Result<Option<Prepared<'a>>> {
        let any = !self.people.is_empty();
        any.then(|| reference.beside(&self.rows, job)).transpose()
    }
}

/// A set with the people of other groups alone.
pub(super) struct Others<'a> {
    pub(super) rows: &'a Prepared<'a>,
    /// The person of each row; `IGNORED` for rows of the group, and of none.
    pub(super) people: Vec<u32>,
}

impl<'a> Others<'a> {
    fn of(set: LabelledRows<'a>, of: &[u32], group: u32) -> Self {
        let other = |(of, label): (&u32, &u32)| match *of == group || *of == IGNORED {
            true => IGNORED,
            false => *label,
        };
        Self {
            rows: set.rows,
            people: of.iter().zip(set.labels).map(other).collect(),
        }
    }
}

/// These rows in memory, in the precision that they are compared in.
fn copied(from: &Embeddings, rows: &[usize]) -> Result<Embeddings> {
    let (what, dim) = ("the rows of a group", from.dim());
    let count = rows.len().saturating_mul(dim);
    if let Some(values) = from.as_f32() {
        let mut own = memory::reserve(what, count)?;
        for row in rows {
            own.extend_from_slice(&values[row * dim..][..dim]);
        }
        return Embeddings::from_vec(own, rows.len(), dim);
    }
    let mut own = memory::filled(what, count, 0.0)?;
    for (values, row) in own.chunks_exact_mut(dim).zip(rows) {
        from.read_rows(*row, values)?;
    }
    Embeddings::from_doubles(own, rows.len(), dim)
}

/// Rates of the pairs within a group.
fn within(
    (first, second): &(Split<'_>, Option<Split<'_>>),
    reference: &Prepared<'_>,
    (asked, options): (&FigureOptions, &AllPairsOptions<'_>),
    job: &Job,
) -> Result<GroupRates> {
    let (first, second) = (&first.own, second.as_ref().map(|split| &split.own));
    let queries = first.beside(reference, job)?;
    let stored = match second {
        Some(second) => second.beside(reference, job)?,
        None => None,
    };
    let data = match (&queries, second, &stored) {
        (Some(rows), None, _) => {
            let set = labelled(rows, &first.labels);
            PairSets::new(set, set, true)?
        }
        (Some(rows), Some(second), Some(others)) => PairSets::new(
            labelled(rows, &first.labels),
            labelled(others, &second.labels),
            false,
        )?,
        _ => return Ok(none(options.thresholds.len(), 0)),
    };
    if data.genuine() + data.impostors() == 0 {
        return Ok(none(options.thresholds.len(), 1));
    }
    let pairs = judged(judge(&data, options, job)?)?;
    rates(&pairs, options.thresholds, asked)
}

pub(super) fn labelled<'a>(rows: &'a Prepared<'a>, labels: &'a [u32]) -> LabelledRows<'a> {
    LabelledRows { rows, labels }
}

fn none(thresholds: usize, people: usize) -> GroupRates {
    GroupRates {
        genuine: 0,
        impostors: 0,
        auroc: None,
        auroc_interval: None,
        at: vec![counted(0, 0); thresholds],
        people: Some(people),
        own: vec![],
        across: None,
    }
}

fn counted(genuine: u64, impostors: u64) -> GroupAccepted {
    GroupAccepted {
        accepted: Accepted { genuine, impostors },
        far_interval: None,
        tar_interval: None,
        errors: [None; 2],
    }
}

fn rates(pairs: &AllPairs, thresholds: &[f64], asked: &FigureOptions) -> Result<GroupRates> {
    let level = asked.level;
    let (genuine, impostors) = (pairs.genuine.len() as u64, pairs.impostors);
    let people = pairs.people_with_genuine().max(1) as f64;
    let strangers = (pairs.people_with_impostors() / 2).max(1) as f64;
    let both = genuine > 0 && impostors > 0;
    let at = thresholds.iter().map(|threshold| {
        let mut at = counted(
            pairs.genuine_within(*threshold),
            pairs.impostors_within(*threshold),
        );
        if let Some(spreads) = pairs.rate_spreads(*threshold, &[(1.0, 0.0), (0.0, 1.0)]) {
            let interval =
                |accepted: u64, all: u64, kind: usize, people: f64| -> Option<Interval> {
                    let rate = accepted as f64 / all as f64;
                    (all > 0).then(|| rate_interval(rate, &spreads[kind], people, level))
                };
            at.tar_interval = interval(at.accepted.genuine, genuine, 0, people);
            at.far_interval = interval(at.accepted.impostors, impostors, 1, strangers);
            at.errors = [&spreads[1], &spreads[0]].map(|spread| Some(RateError::of(spread)));
        }
        at
    });
    let own = FigureOptions {
        far: asked.far.clone(),
        rule: asked.rule,
        level,
        ..FigureOptions::default()
    };
    Ok(GroupRates {
        genuine,
        impostors,
        auroc: both.then_some(pairs.auroc),
        auroc_interval: both
            .then(|| Interval::by_identity(pairs.auroc, &pairs.area_spread(), people, level))
            .flatten(),
        at: at.collect(),
        people: Some(pairs.identities),
        own: if both {
            pairs.figures(&own)?.operating
        } else {
            vec![]
        },
        across: None,
    })
}

/// The counts of all pairs beyond the groups.
fn rest(
    pairs: &AllPairs,
    groups: &[GroupRates],
    thresholds: &[f64],
    figures: &Figures,
) -> GroupRates {
    let all = |of: &dyn Fn(&GroupRates) -> u64| groups.iter().map(of).sum::<u64>();
    let at = thresholds.iter().enumerate().map(|(i, threshold)| {
        let genuine = pairs.genuine_within(*threshold);
        let impostors = pairs.impostors_within(*threshold);
        counted(
            genuine - all(&|group| group.at[i].accepted.genuine),
            // Counts at the edges of bins, where there are more than a million of either kind, need not agree.
            impostors.saturating_sub(all(&|group| group.at[i].accepted.impostors)),
        )
    });
    GroupRates {
        genuine: figures.genuine - all(&|group| group.genuine),
        impostors: figures.impostors - all(&|group| group.impostors),
        at: at.collect(),
        people: None,
        ..none(0, 0)
    }
}
