//! The quality of a pair beside its score: whether it makes ratios better, and in which form.
//!
//! With similarity s and quality q the forms are `w s + c q`, and `w s + c q + d q s`, weighed by the regression
//! that fuses scores. Source: Mandasari, Saeidi, McLaren & van Leeuwen, IEEE TASLP 21 (2013), 2425–2438, for what is
//! added; the product lets quality say how steep the score is.

use super::calibrate::{Calibrated, CalibrationOptions, Evidence, calibrate, folds_for};
use super::judge::Costs;
use crate::error::{Code, Error, Result};
use crate::evaluation::{Dyads, Interval, Warning};
use crate::job::Job;

/// The form in which quality enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QualityForm {
    /// It is added.
    Added,
    /// It is added, and times the score.
    Slope,
}

impl QualityForm {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Slope => "slope",
        }
    }
}

/// A form that was tried on people held out.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityTrial {
    /// The form.
    pub form: QualityForm,
    /// Cllr with it less that of the form before it, or of the score alone; negative where it is better.
    pub gain: f64,
    /// Its interval.
    pub interval: Interval,
    /// True if the whole interval is better: the decision has it.
    pub used: bool,
}

/// A calibration with quality, if that helps.
#[derive(Clone, Debug)]
pub struct WithQuality {
    /// Of the score alone, or with quality as further parts: q, then q s.
    pub calibrated: Calibrated,
    /// The forms that were tried; none where too few people are left to judge on.
    pub trials: Vec<QualityTrial>,
    /// The form that is used.
    pub form: Option<QualityForm>,
}

/// Calibrates one part with the quality of each pair, larger being better. A form is used where the whole interval
/// of its gain, on people that no fit has met, is better than without it.
///
/// Errors: those of [`calibrate`]; `EOPTION` for several parts; `EDIMENSION`, `ENOTFINITE` for qualities that do
/// not fit. Cost: that of [`calibrate`], and twice its fits.
pub fn calibrate_with_quality(
    evidence: &Evidence<'_>,
    quality: &[f64],
    options: &CalibrationOptions,
    job: &Job,
) -> Result<WithQuality> {
    let scores = check(evidence, quality)?;
    let calibrated = calibrate(evidence, options, job)?;
    let product: Vec<f64> = scores.iter().zip(quality).map(|(s, q)| s * q).collect();
    let mut parts = vec![scores.clone()];
    let further = [
        (QualityForm::Added, quality.to_vec()),
        (QualityForm::Slope, product),
    ];
    let mut with = WithQuality {
        calibrated,
        trials: vec![],
        form: None,
    };
    let Some(folds) = folds_for(evidence, options.folds) else {
        return Ok(with);
    };
    let trials = evidence.trials(scores);
    let dyads = evidence.people.map(|people| Dyads::new(&trials, &people));
    let costs = Costs::new(evidence.same, dyads.as_ref(), options.level);
    let cost_of = |parts: &[Vec<f64>]| -> Result<Option<Vec<f64>>> {
        let ratios = Evidence { parts, ..*evidence }.held_out((folds, options), job)?;
        Ok(ratios.map(|ratios| costs.of(&ratios)))
    };
    let Some(mut before) = cost_of(&parts)? else {
        return Ok(with);
    };
    for (form, column) in further {
        parts.push(column);
        let after = match cost_of(&parts) {
            Ok(Some(after)) => after,
            // A quality that never varies says nothing.
            Err(error) if error.code() == Code::Singular => break,
            other => match other? {
                Some(after) => after,
                None => break,
            },
        };
        let (gain, interval) = costs.difference(&after, &before);
        let used = interval.high < 0.0;
        with.trials.push(QualityTrial {
            form,
            gain,
            interval,
            used,
        });
        if !used {
            parts.pop();
            break;
        }
        (before, with.form) = (after, Some(form));
    }
    if with.form.is_some() {
        let richer = Evidence {
            parts: &parts,
            ..*evidence
        };
        match calibrate(&richer, options, job) {
            // On all pairs there may be no best weight where there was one on each fold.
            Err(error) if error.code() == Code::Singular => with.form = None,
            calibrated => with.calibrated = calibrated?,
        }
    }
    if with.form.is_none() {
        with.trials.iter_mut().for_each(|trial| trial.used = false);
        let text = "quality makes ratios of people held out no better, as far as the interval of the gain can tell, or \
                    has no best weight: it is not used";
        with.calibrated
            .warnings
            .push(Warning::new("quality-unused", text));
    }
    Ok(with)
}

/// The scores of the one part, if there is a quality for each of them.
fn check<'a>(evidence: &Evidence<'a>, quality: &[f64]) -> Result<&'a Vec<f64>> {
    let [scores] = evidence.parts else {
        return Err(Error::new(
            Code::Option,
            "quality beside several parts",
            "one part",
        ));
    };
    if quality.len() != scores.len() {
        let found = format!("{} qualities for {} pairs", quality.len(), scores.len());
        return Err(Error::new(Code::Dimension, found, "one for each pair"));
    }
    if let Some(pair) = quality.iter().position(|q| !q.is_finite()) {
        let found = format!("the quality {}", quality[pair]);
        return Err(Error::new(Code::NotFinite, found, "a finite number").with_row(pair));
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::People;

    /// Twelve people with three rows each, all pairs; scores that overlap.
    fn with(quality: impl Fn(f64) -> f64, ridge: f64) -> WithQuality {
        let pairs = (0..36u32).flat_map(|a| (0..a).map(move |b| (a / 3, b / 3)));
        let (first, second): (Vec<u32>, Vec<u32>) = pairs.unzip();
        let same: Vec<u8> = (first.iter().zip(&second))
            .map(|(a, b)| u8::from(a == b))
            .collect();
        let score = |(pair, same): (usize, &u8)| f64::from(*same) + (37.0 * pair as f64).sin();
        let parts = [same.iter().enumerate().map(score).collect::<Vec<f64>>()];
        let evidence = Evidence {
            parts: &parts,
            same: &same,
            people: Some(People {
                first: &first,
                second: &second,
                count: 12,
            }),
        };
        let quality: Vec<f64> = parts[0].iter().map(|score| quality(*score)).collect();
        let options = CalibrationOptions {
            ridge,
            far: vec![0.1],
            ..CalibrationOptions::default()
        };
        calibrate_with_quality(&evidence, &quality, &options, &Job::new()).expect("a calibration")
    }

    #[test]
    fn a_quality_that_follows_from_the_score_leaves_the_calibration_without_it() {
        // Two columns that say the same have no best weights without a ridge, and nothing to gain with one.
        for ridge in [0.0, 1e-5] {
            let found = with(|score| 2.0 * score - 1.0, ridge);
            let plain = with(|_| 1.0, ridge);
            assert_eq!(
                (found.form, found.calibrated.weights.len()),
                (None, 0),
                "{ridge}"
            );
            assert!(found.trials.iter().all(|trial| !trial.used));
            assert_eq!(found.calibrated.map, plain.calibrated.map);
            let warned = &found.calibrated.warnings;
            assert!(
                warned
                    .iter()
                    .any(|warning| warning.code == "quality-unused")
            );
        }
        assert!(with(|score| 2.0 * score - 1.0, 0.0).trials.is_empty());
    }
}
