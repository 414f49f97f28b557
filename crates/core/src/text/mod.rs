//! Text in and out: calls `name(key=value, …)`, rows of decimal numbers, the nearest known name, rows
//! of a submission.

pub(crate) mod call;
pub mod decimals;
pub(crate) mod nearest;
pub mod submission_rows;
