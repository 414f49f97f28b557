//! The card of a fitted model: what its file says of the fit.

use super::{FitOutcome, FitRequest};
use crate::evaluation::TAR_AT;

/// Writes request, report and hold-out to the card of the model; `data` is the fingerprint of the
/// `rows × dim` rows.
pub(in crate::jobs) fn write_card(
    outcome: &mut FitOutcome,
    (rows, dim): (usize, usize),
    request: &FitRequest<'_>,
    data: String,
) {
    let FitOutcome {
        model,
        report,
        held_out,
    } = outcome;
    let version = env!("CARGO_PKG_VERSION");
    let mut set = |name: &str, value: &dyn ToString| model.set_card(name, value.to_string());
    set("tool", &format!("hackface-native {version}"));
    set("data_shape", &format!("{rows}x{dim}"));
    set("data_sha256", &data);
    set("rows", &report.rows);
    set("classes", &report.classes);
    set("singletons", &report.singletons);
    set("skipped_rows", &report.skipped);
    set("seed", &request.seed);
    if let Some(most) = request.rows.max_per_class {
        set("max_per_class", &most);
    }
    for decision in &report.decisions {
        let name = format!("{}.{}", decision.step, decision.name);
        set(&name, &decision.value);
    }
    if let Some(last) = report.log_likelihood.last() {
        set("log_likelihood", last);
        set("em_iterations", &(report.log_likelihood.len() - 1));
    }
    if let Some(converged) = report.converged {
        set("em_converged", &converged);
    }
    if let (Some(held), Some(share)) = (held_out, request.holdout) {
        set("holdout", &share);
        set("holdout.refit", &request.refit);
        set("holdout.trained_rows", &held.trained_rows);
        set("holdout.trained_identities", &held.trained_identities);
        set("holdout.identities", &held.identities);
        set("holdout.genuine", &held.genuine);
        set("holdout.impostors", &held.impostors);
        for (name, figures) in [("model", &held.model), ("cosine", &held.cosine)] {
            let mut set = |figure: &str, value: f64| {
                set(&format!("holdout.{name}.{figure}"), &value);
            };
            set("auroc", figures.auroc);
            set("auroc_error", figures.auroc_error);
            if let Some(interval) = &figures.auroc_interval {
                set("auroc_low", interval.low);
                set("auroc_high", interval.high);
            }
            set("eer", figures.eer);
            if let Some(tar) = figures.tar {
                set(&format!("tar_at_far_{TAR_AT}"), tar);
            }
        }
        set("holdout.difference", &held.difference.value);
        set("holdout.difference_error", &held.difference.error);
    }
}
