//! Reports of searches: labelled probes in a gallery (1:N).
//!
//! Outcomes ([`Searches`]) become ranks and thresholds: [`Ranks`] and [`retrieval`] for
//! the closed set, where every probe that counts has a mate, [`Detection`] for the open set, where
//! some have none. [`identification()`] puts everything together, with intervals by identity.

mod by_identity;
mod detection;
mod ranks;
mod report;
pub mod retrieval;
#[cfg(test)]
mod search_twin;
mod searches;
#[cfg(test)]
mod tests;

pub use detection::{Convention, Detection};
pub use ranks::{Cmc, Ranks};
pub use report::{
    ClosedSet, Estimate, FigureName, Identification, IdentificationOptions, OpenPoint, OpenReached,
    OpenSet, OpenSpot, RankRate, identification,
};
pub use retrieval::PrecisionRule;
pub use searches::{Mate, Searched, Searches};
