//! The report of pairs (1:1): figures, folds, groups and the worst pairs.

use super::{
    FigureName, FigureOptions, Figures, FoldAccuracy, GroupRates, IntervalOptions, Menagerie,
    QualityFigures, Worst, fold_accuracy, group_rates, menagerie, quality_figures, seeded_folds,
    trial_figures, worst_pairs,
};
use crate::error::Result;
use crate::evaluation::Trials;
use crate::evaluation::intervals::Interval;
use crate::job::Job;

/// Pairs of either kind that a report names unless told otherwise.
pub const WORST: usize = 10;

/// Contents of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportOptions {
    /// Figures of the curve.
    pub figures: FigureOptions,
    /// Intervals of them.
    pub intervals: IntervalOptions,
    /// Folds of the LFW protocol. Default: none.
    pub folds: Folds,
    /// Groups of pairs. Default: none.
    pub groups: Option<Groups>,
    /// Quality of each pair, larger being better. Default: none.
    pub quality: Option<Vec<f64>>,
    /// Most alike impostor pairs and least alike genuine pairs to name. Default: [`WORST`].
    pub worst: usize,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            figures: FigureOptions::default(),
            intervals: IntervalOptions::default(),
            folds: Folds::default(),
            groups: None,
            quality: None,
            worst: WORST,
        }
    }
}

/// Assignment of pairs to folds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Folds {
    /// No folds.
    #[default]
    None,
    /// So many folds, drawn by the seed of the intervals.
    Seeded(usize),
    /// The fold of each pair, from 0.
    Given(Vec<u32>),
}

/// Assignment of pairs to groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The group of each pair, as a place in `names`.
    pub of: Vec<u32>,
    /// Names of the groups.
    pub names: Vec<String>,
}

/// A report of trials.
#[derive(Clone, Debug)]
pub struct Report {
    /// Figures of the curve.
    pub figures: Figures,
    /// People behind the pairs; `None` where they are not known.
    pub identities: Option<usize>,
    /// Accuracy over folds, where asked for.
    pub folds: Option<FoldAccuracy>,
    /// One for each group.
    pub groups: Vec<GroupFigures>,
    /// People by their mean scores; `None` where they are not known or too few.
    pub menagerie: Option<Menagerie>,
    /// Figures over quality, where it is given.
    pub quality: Option<QualityFigures>,
    /// Pairs to look at first.
    pub worst: Worst,
}

/// One group at the thresholds of the operating points.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFigures {
    /// Its name.
    pub name: String,
    /// Its genuine pairs.
    pub genuine: u64,
    /// Its impostor pairs.
    pub impostors: u64,
    /// Area under its own curve; `None` without both kinds.
    pub auroc: Option<f64>,
    /// Interval of it.
    pub auroc_interval: Option<Interval>,
    /// One for each operating point.
    pub at: Vec<GroupPoint>,
}

/// Rates of a group at the threshold of an operating point.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPoint {
    /// False accept rate asked for.
    pub far: f64,
    /// The group's own; `None` without impostors or where the rate is unresolved.
    pub group_far: Option<f64>,
    /// The group's own; `None` without genuine pairs or where the rate is unresolved.
    pub group_tar: Option<f64>,
    /// Interval of the false accept rate.
    pub far_interval: Option<Interval>,
    /// Interval of the true accept rate.
    pub tar_interval: Option<Interval>,
}

/// Reports everything asked for.
///
/// Errors: those of [`trial_figures`], [`fold_accuracy`], [`group_rates`] and [`quality_figures`].
pub fn report(trials: &Trials<'_>, options: &ReportOptions, job: &Job) -> Result<Report> {
    let mut figures = trial_figures(trials, &options.figures, &options.intervals, job)?;
    let identities = trials.people.map(|people| people.occurring());
    if identities.is_none() {
        let reason = "the input does not tell who is in a pair";
        figures.explain(FigureName::Identities, reason);
    }
    job.check()?;
    let folds = fold_figures(trials, options)?;
    if folds.is_none() {
        figures.explain(FigureName::Folds, "not asked for");
    }
    job.check()?;
    let groups = match &options.groups {
        Some(groups) if !groups.names.is_empty() => {
            let reached = figures.operating.iter().filter_map(|at| at.reached);
            let thresholds: Vec<f64> = reached.map(|reached| reached.spot.threshold).collect();
            let (names, level) = (&groups.names, options.figures.level);
            let rates = group_rates(trials, &groups.of, names.len(), &thresholds, level)?;
            group_figures(names.iter().map(String::as_str).zip(rates), &mut figures)
        }
        _ => vec![],
    };
    job.check()?;
    let quality = over_quality(trials, options, &mut figures)?;
    let menagerie = menagerie(trials);
    if menagerie.is_none() {
        let reason = match identities {
            None => "the input does not tell who is in a pair",
            Some(_) => "fewer than eight people have a genuine and an impostor pair",
        };
        figures.explain(FigureName::Menagerie, reason);
    }
    Ok(Report {
        figures,
        identities,
        folds,
        groups,
        menagerie,
        quality,
        worst: worst_pairs(trials, options.worst),
    })
}

fn over_quality(
    trials: &Trials<'_>,
    options: &ReportOptions,
    figures: &mut Figures,
) -> Result<Option<QualityFigures>> {
    let Some(quality) = &options.quality else {
        figures.explain(FigureName::Quality, "no quality is given");
        return Ok(None);
    };
    let reached = figures
        .operating
        .iter()
        .filter_map(|at| Some((at.far, at.reached?)));
    let thresholds: Vec<(f64, f64)> = reached.map(|(far, at)| (far, at.spot.threshold)).collect();
    quality_figures(trials, quality, &thresholds, options.figures.level).map(Some)
}

fn fold_figures(trials: &Trials<'_>, options: &ReportOptions) -> Result<Option<FoldAccuracy>> {
    let seeded;
    let (fold, count) = match &options.folds {
        Folds::None => return Ok(None),
        Folds::Seeded(count) => {
            seeded = seeded_folds(trials.same, *count, options.intervals.seed);
            (&seeded, *count)
        }
        Folds::Given(fold) => {
            let last = fold.iter().max().map_or(0, |fold| *fold as usize);
            (fold, last + 1)
        }
    };
    fold_accuracy(trials, fold, count).map(Some)
}

/// Groups at the operating points that have a threshold, one entry of their rates for each; adds to `figures` why
/// a figure of a group is undefined.
pub(crate) fn group_figures<'n>(
    named: impl Iterator<Item = (&'n str, GroupRates)>,
    figures: &mut Figures,
) -> Vec<GroupFigures> {
    let groups = named.map(|(name, rates)| at_points(name, rates, figures));
    let groups: Vec<_> = groups.collect();
    explain_groups(&groups, figures);
    groups
}

fn at_points(name: &str, rates: GroupRates, figures: &Figures) -> GroupFigures {
    let rate = |accepted: u64, all: u64| (all > 0).then(|| accepted as f64 / all as f64);
    // Thresholds exist for resolved points only.
    let mut accepted = rates.at.into_iter();
    let at = figures.operating.iter().map(|at| {
        let found = at.reached.and_then(|_| accepted.next());
        GroupPoint {
            far: at.far,
            group_far: (found.as_ref()).and_then(|at| rate(at.accepted.impostors, rates.impostors)),
            group_tar: (found.as_ref()).and_then(|at| rate(at.accepted.genuine, rates.genuine)),
            far_interval: found.as_ref().and_then(|at| at.far_interval.clone()),
            tar_interval: found.and_then(|at| at.tar_interval),
        }
    });
    GroupFigures {
        name: name.to_owned(),
        genuine: rates.genuine,
        impostors: rates.impostors,
        auroc: rates.auroc,
        auroc_interval: rates.auroc_interval,
        at: at.collect(),
    }
}

fn explain_groups(groups: &[GroupFigures], figures: &mut Figures) {
    let no_rate = "the group has no such pairs, or the rate is unresolved";
    for (g, group) in groups.iter().enumerate() {
        if group.auroc.is_none() {
            figures.explain(FigureName::GroupAuroc(g), "the group lacks a kind of pairs");
        }
        if group.auroc_interval.is_none() {
            let reason = "the group lacks a kind of pairs, or nobody in it differs";
            figures.explain(FigureName::GroupAurocInterval(g), reason);
        }
        for (point, at) in group.at.iter().enumerate() {
            if at.group_far.is_none() {
                figures.explain(FigureName::GroupFar(g, point), no_rate);
            }
            if at.group_tar.is_none() {
                figures.explain(FigureName::GroupTar(g, point), no_rate);
            }
        }
    }
}
