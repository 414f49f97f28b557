//! The rows that a fit or an estimate learns from, as options give them.

use hackface_core::rows::TrainingRows;

/// Rows with these classes and choices; what is absent is as the core has it.
pub(crate) fn training_rows<'a>(
    of_row: &'a Option<Vec<u32>>,
    subset: &'a Option<Vec<u32>>,
    max_per_class: Option<u32>,
    skip_invalid: Option<bool>,
) -> TrainingRows<'a> {
    let mut rows = TrainingRows {
        of_row: of_row.as_deref(),
        subset: subset.as_deref(),
        max_per_class: max_per_class.map(|n| n as usize),
        ..TrainingRows::default()
    };
    if let Some(skip) = skip_invalid {
        rows.skip_invalid = skip;
    }
    rows
}
