//! Text in and out: the nearest known name, rows of a submission.

pub mod nearest;
pub mod submission_rows;
