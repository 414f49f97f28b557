//! The report of pairs (1:1): figures, folds, groups and the worst pairs.

use super::{
    Across, Fairness, FigureName, FigureOptions, Figures, FoldAccuracy, GroupRates,
    IntervalOptions, LEAST_PEOPLE, Menagerie, OperatingFigures, QualityFigures, RateError, Worst,
    fairness, fold_accuracy, group_rates, menagerie, quality_figures, seeded_folds, trial_figures,
    worst_pairs,
};
use crate::error::Result;
use crate::evaluation::intervals::{FEW_PEOPLE, Interval};
use crate::evaluation::{Trials, Warning};
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
    /// The groups of the first and of the second row of each pair, `names.len()` for none and one more for a group
    /// without pairs of its own; where rows have groups.
    pub sides: Option<[Vec<u32>; 2]>,
}

/// Begins the name of what is no group: pairs of two groups, or of a row without one.
pub const ACROSS: &str = "(across groups)";
/// Name of pairs of which a row, or the pair itself, is in no group.
pub const NO_GROUP: &str = "(no group)";

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
    /// How far groups are apart, one for each operating point; empty for fewer than two groups.
    pub fairness: Vec<Fairness>,
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
    /// People in its pairs; `None` where they are not known.
    pub people: Option<usize>,
    /// At thresholds of its own, one for each false accept rate asked for; empty without both kinds of pairs.
    pub own: Vec<OperatingFigures>,
    /// Its impostor pairs with other groups; `None` where they are not known.
    pub across_impostors: Option<u64>,
}

impl GroupFigures {
    /// True for a group that is compared with others: of rows or pairs that share a name, with enough people.
    pub(crate) fn is_judged(&self) -> bool {
        let rest = self.name.starts_with(ACROSS) || self.name == NO_GROUP;
        !rest && !self.is_small()
    }

    fn is_small(&self) -> bool {
        self.people.is_some_and(|people| people < LEAST_PEOPLE)
    }
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
    /// Errors of both rates, where people are known.
    pub errors: [Option<RateError>; 2],
    /// Of impostor pairs of the group with other groups; `None` where there are none, or they are not known.
    pub across_far: Option<f64>,
    /// Its interval.
    pub across_far_interval: Option<Interval>,
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
            let rates = group_rates(trials, groups, &thresholds, &options.figures, job)?;
            let names = groups.names.iter().map(String::as_str);
            group_figures(names.zip(rates), &mut figures)
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
    let FigureOptions {
        fairness_weight,
        level,
        ..
    } = options.figures;
    Ok(Report {
        figures,
        identities,
        folds,
        fairness: fairness(&groups, fairness_weight, level),
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
/// a figure of a group is undefined, and which groups have few people.
pub(crate) fn group_figures<'n>(
    named: impl Iterator<Item = (&'n str, GroupRates)>,
    figures: &mut Figures,
) -> Vec<GroupFigures> {
    let groups = named.map(|(name, rates)| at_points(name, rates, figures));
    let groups: Vec<_> = groups.collect();
    explain_groups(&groups, figures);
    figures.warnings.extend(small_groups(&groups));
    groups
}

fn at_points(name: &str, rates: GroupRates, figures: &Figures) -> GroupFigures {
    let few = rates.people.is_some_and(|people| people < LEAST_PEOPLE);
    let rate = |accepted: u64, all: u64| (all > 0 && !few).then(|| accepted as f64 / all as f64);
    // Thresholds exist for resolved points only.
    let mut accepted = rates.at.into_iter();
    let (across_impostors, across) = match rates.across {
        Some(Across { impostors, at }) => (Some(impostors), at),
        None => (None, vec![]),
    };
    let mut across = across.into_iter();
    let at = figures.operating.iter().map(|at| {
        let found = at.reached.and_then(|_| accepted.next());
        let others = at.reached.and_then(|_| across.next());
        let of = found.as_ref();
        let shown = of.filter(|_| !few);
        GroupPoint {
            far: at.far,
            group_far: of.and_then(|at| rate(at.accepted.impostors, rates.impostors)),
            group_tar: of.and_then(|at| rate(at.accepted.genuine, rates.genuine)),
            far_interval: shown.and_then(|at| at.far_interval.clone()),
            tar_interval: shown.and_then(|at| at.tar_interval.clone()),
            errors: of.map_or([None; 2], |at| at.errors),
            across_far: (others.as_ref())
                .and_then(|at| rate(at.accepted.impostors, across_impostors?)),
            across_far_interval: others.filter(|_| !few).and_then(|at| at.far_interval),
        }
    });
    GroupFigures {
        name: name.to_owned(),
        genuine: rates.genuine,
        impostors: rates.impostors,
        auroc: rates.auroc.filter(|_| !few),
        auroc_interval: rates.auroc_interval.filter(|_| !few),
        at: at.collect(),
        people: rates.people,
        own: if few { vec![] } else { rates.own },
        across_impostors,
    }
}

/// Says which groups have too few people for figures, or for intervals that hold as often as they say.
fn small_groups(groups: &[GroupFigures]) -> Option<Warning> {
    let of = |group: &GroupFigures| format!("{} ({})", group.name, group.people.unwrap_or(0));
    let named = |from: usize, below: usize| {
        let named = groups.iter().filter(|group| {
            group
                .people
                .is_some_and(|people| (from..below).contains(&people))
        });
        named.map(of).collect::<Vec<_>>().join(", ")
    };
    let (none, few) = (named(0, LEAST_PEOPLE), named(LEAST_PEOPLE, FEW_PEOPLE));
    let mut said = vec![];
    if !none.is_empty() {
        said.push(format!(
            "no figures of groups of fewer than {LEAST_PEOPLE} people: {none}"
        ));
    }
    if !few.is_empty() {
        said.push(format!(
            "figures and intervals of groups of fewer than {FEW_PEOPLE} people are unstable: {few}"
        ));
    }
    (!said.is_empty()).then(|| Warning::new("small-groups", said.join("; ")))
}

fn explain_groups(groups: &[GroupFigures], figures: &mut Figures) {
    for (g, group) in groups.iter().enumerate() {
        let few = format!("fewer than {LEAST_PEOPLE} people are in the group's pairs");
        let or_few = |reason: &'static str| match group.is_small() {
            true => few.clone(),
            false => reason.to_owned(),
        };
        let mut explain = |figure, reason: &'static str| figures.explain(figure, &or_few(reason));
        if group.auroc.is_none() {
            explain(FigureName::GroupAuroc(g), "the group lacks a kind of pairs");
        }
        if group.auroc_interval.is_none() {
            let reason = "the group lacks a kind of pairs, or nobody in it differs";
            explain(FigureName::GroupAurocInterval(g), reason);
        }
        if group.people.is_none() {
            let reason =
                "the input does not tell who is in a pair, or pairs in no group are counted only";
            explain(FigureName::GroupPeople(g), reason);
        }
        let unknown = "only the group of a pair is known, these are pairs in no group, or a distance depends on the order of its rows";
        if group.across_impostors.is_none() {
            explain(FigureName::GroupAcross(g), unknown);
        }
        for (point, _) in (group.own.iter().enumerate()).filter(|(_, own)| own.reached.is_none()) {
            let reason = "the group's impostors cannot resolve the rate";
            explain(FigureName::GroupOwn(g, point), reason);
        }
        let no_rate = "the group has no such pairs, or the rate is unresolved";
        for (point, at) in group.at.iter().enumerate() {
            if at.group_far.is_none() {
                explain(FigureName::GroupFar(g, point), no_rate);
            }
            if at.across_far.is_none() {
                let none = "no impostor pair of this group and another, or the rate is unresolved";
                let reason = if group.across_impostors.is_some() {
                    none
                } else {
                    unknown
                };
                explain(FigureName::GroupAcrossFar(g, point), reason);
            }
            if at.group_tar.is_none() {
                explain(FigureName::GroupTar(g, point), no_rate);
            }
        }
    }
}
