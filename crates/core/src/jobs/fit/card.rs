//! The card of a fitted model: what its file says of the fit.

use super::{FitOutcome, FitRequest};
use crate::evaluation::TAR_AT;
use crate::rows::Embeddings;

/// Writes request, report and hold-out to the card of the model; `data` is the fingerprint of the
/// rows.
pub(super) fn write_card(
    outcome: &mut FitOutcome,
    embeddings: &Embeddings,
    request: &FitRequest<'_>,
    data: String,
) {
    let FitOutcome {
        model,
        report,
        held_out,
    } = outcome;
    let mut set = |name: &str, value: String| model.set_card(name, value);
    set(
        "tool",
        format!("hackface-native {}", env!("CARGO_PKG_VERSION")),
    );
    set(
        "data_shape",
        format!("{}x{}", embeddings.rows(), embeddings.dim()),
    );
    set("data_sha256", data);
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
}
