//! The core's defaults of options, for results and help.

use hackface_core::calibration::CalibrationOptions;
use hackface_core::evaluation::identification::IdentificationOptions;
use hackface_core::evaluation::{
    Adjustment, FEW_CARRIERS, FigureOptions, GATE_LEVEL, IntervalOptions,
};
use hackface_core::jobs::all_pairs::AllPairsOptions;
use hackface_core::jobs::audit::AuditOptions;
use hackface_core::jobs::search::{SearchOptions, Shots};
use hackface_core::metrics::DEFAULT_METRIC;
use hackface_core::models::DEFAULT_PIPELINE;
use hackface_core::synth::SynthSpec;
use napi::Env;
use napi_derive::napi;

use crate::boundary::guarded;

/// The values that options have where they are left out, by job and by option.
#[napi(object, object_from_js = false)]
pub struct NativeDefaults {
    pub metric: &'static str,
    pub pipeline: &'static str,
    pub evaluation: EvaluationDefaults,
    pub all_pairs: AllPairsDefaults,
    pub identification: IdentificationDefaults,
    pub audit: AuditDefaults,
    pub calibration: CalibrationDefaults,
    pub gates: GateDefaults,
    pub synth: SynthDefaults,
}

/// Defaults of evaluations.
#[napi(object, object_from_js = false)]
pub struct EvaluationDefaults {
    pub at_far: Vec<f64>,
    pub tar_rule: &'static str,
    pub priors: Vec<f64>,
    pub cost_miss: f64,
    pub cost_false_accept: f64,
    pub level: f64,
    pub fairness_weight: f64,
    pub adjust: &'static str,
    pub seed: f64,
}

/// Defaults of evaluations of all pairs.
#[napi(object, object_from_js = false)]
pub struct AllPairsDefaults {
    /// Bytes.
    pub memory: f64,
}

/// Defaults of searches and of their evaluation.
#[napi(object, object_from_js = false)]
pub struct IdentificationDefaults {
    pub top: u32,
    pub fpirs: Vec<f64>,
    pub rank: f64,
    pub convention: &'static str,
    pub average_precision: &'static str,
    pub draws: u32,
}

/// Defaults of audits.
#[napi(object, object_from_js = false)]
pub struct AuditDefaults {
    pub near: f64,
    pub limit: u32,
}

/// Defaults of calibrations.
#[napi(object, object_from_js = false)]
pub struct CalibrationDefaults {
    pub map: &'static str,
    pub prior: f64,
    pub folds: u32,
    pub ridge: f64,
}

/// Defaults of gates.
#[napi(object, object_from_js = false)]
pub struct GateDefaults {
    pub level: f64,
    /// People who carry a variance below which its interval tells nothing.
    pub carriers: f64,
}

/// Defaults of synthetic challenges.
#[napi(object, object_from_js = false)]
pub struct SynthDefaults {
    pub replica: &'static str,
    pub set: u32,
    pub train: u32,
    pub test: u32,
    pub pairs: u32,
    pub dim: u32,
    pub seed: f64,
}

/// The core's defaults.
#[napi(catch_unwind)]
pub fn defaults(env: &Env) -> napi::Result<NativeDefaults> {
    guarded(env, "defaults", || {
        let (figures, intervals) = (FigureOptions::default(), IntervalOptions::default());
        let identification = IdentificationOptions::default();
        let calibration = CalibrationOptions::default();
        let (audit, synth) = (AuditOptions::default(), SynthSpec::challenge());
        Ok(NativeDefaults {
            metric: DEFAULT_METRIC,
            pipeline: DEFAULT_PIPELINE,
            gates: GateDefaults {
                level: GATE_LEVEL,
                carriers: FEW_CARRIERS,
            },
            evaluation: EvaluationDefaults {
                at_far: figures.far,
                tar_rule: figures.rule.as_str(),
                priors: figures.priors,
                cost_miss: figures.cost_miss,
                cost_false_accept: figures.cost_false_accept,
                level: figures.level,
                fairness_weight: figures.fairness_weight,
                adjust: Adjustment::default().as_str(),
                seed: intervals.seed as f64,
            },
            all_pairs: AllPairsDefaults {
                memory: AllPairsOptions::default().memory as f64,
            },
            identification: IdentificationDefaults {
                top: SearchOptions::default().k as u32,
                fpirs: identification.fpirs,
                rank: identification.rank as f64,
                convention: identification.convention.as_str(),
                average_precision: identification.average_precision.as_str(),
                draws: Shots::default().draws,
            },
            audit: AuditDefaults {
                near: audit.near,
                limit: audit.limit as u32,
            },
            calibration: CalibrationDefaults {
                map: calibration.map.as_str(),
                prior: calibration.prior,
                folds: calibration.folds as u32,
                ridge: calibration.ridge,
            },
            synth: SynthDefaults {
                replica: synth.replica.as_str(),
                set: synth.set as u32,
                train: synth.train_rows as u32,
                test: synth.test_rows as u32,
                pairs: synth.pairs as u32,
                dim: synth.dim as u32,
                seed: synth.seed as f64,
            },
        })
    })
}
