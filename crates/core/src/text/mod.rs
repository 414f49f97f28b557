//! Text in and out: calls `name(key=value, …)`, the nearest known name, rows of a submission.

pub(crate) mod call;
pub(crate) mod nearest;
pub mod submission_rows;
