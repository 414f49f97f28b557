//! The statistics of everyone but some people.

use super::{Stats, first_block, other_data, set_of};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::fit::fingerprint::pieces;
use crate::models::Round;
use crate::rows::{Classes, Embeddings, IGNORED, Invalid, TrainingRows};
use crate::statistics::{BLOCK_ROWS, GatherOptions, Piece, TILE_ROWS, blocks_of, gather_pieces};

impl Stats {
    /// The statistics of all rows without those of the classes `gone`.
    ///
    /// Sums over several people stand in them, so the rows are read again: every 256 that hold a row of
    /// such a class, once with it and once without. What is kept are the sums of the others, to the rounding of
    /// doubles. Where one of them is in the first block, all rows are summed anew, since the vector that sums are
    /// about is of that block.
    ///
    /// Errors: `EOPTION` for statistics of a part, of a later round or of other data; `EINPUTCHANGED`; `EEMPTY`
    /// if nobody is left.
    pub fn without(
        &self,
        gone: &[u32],
        embeddings: &Embeddings,
        rows: &TrainingRows<'_>,
        job: &Job,
    ) -> Result<Self> {
        let used = rows.classes(embeddings.rows());
        let used = used.map_err(|e| embeddings.blame(e))?;
        let block = first_block(embeddings);
        let Some(&hash) = pieces(embeddings, block, job)?.first() else {
            return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "rows to forget")));
        };
        self.check_set(
            &set_of(embeddings, rows, &used, hash)?,
            "the statistics and the rows given",
        )?;
        self.check_whole(0)?;
        let first = self.round.is_first().then(|| self.round.bundle());
        let Some(bundle) = first.transpose()?.flatten() else {
            return Err(Error::new(
                Code::Option,
                "statistics of a later round",
                "those of the first",
            )
            .with_hint(
                "Forget in the first round, and gather the later ones afresh without these people",
            ));
        };
        let sizes = Classes::new(&used)?.sizes().to_vec();
        let mut is_gone = vec![false; sizes.len()];
        for class in gone {
            if let Some(is_gone) = is_gone.get_mut(*class as usize) {
                *is_gone = true;
            }
        }
        let goes = |class: &u32| *class != IGNORED && is_gone[*class as usize];
        let tiles = tiles(&used, goes);
        self.check_pieces(embeddings, &tiles, job)?;
        let left: Vec<u32> = used
            .iter()
            .map(|class| if goes(class) { IGNORED } else { *class })
            .collect();
        let shift = bundle.shift().to_vec();
        let labelled = !rows.everything();
        let sums = |classes: Classes<'_>, shift: Option<&[f64]>, pieces: &[Piece]| {
            let options = GatherOptions {
                parts: bundle.parts(),
                invalid: Invalid::Refuse,
                shift,
                phase: "forget",
                ..GatherOptions::default()
            };
            let classes = labelled.then_some(&classes);
            gather_pieces(embeddings, classes, &options, pieces, job)
        };
        // The vector that sums are about is the mean of the first block: it is to know nothing of them either.
        let first = used.iter().take(BLOCK_ROWS).any(goes);
        let bundle = embeddings.while_unchanged(|| {
            if first {
                return sums(Classes::new(&left)?, None, &blocks_of(0..used.len()));
            }
            let with = Classes::with_sizes(&used, sizes.clone())?;
            let without = Classes::with_sizes(&left, sizes)?;
            let with = sums(with, Some(&shift), &tiles)?;
            let without = sums(without, Some(&shift), &tiles)?;
            let mut kept = bundle.clone();
            kept.replace(&with, &without);
            Ok(kept)
        })?;
        let fewer = Self {
            set: set_of(embeddings, rows, &left, hash)?,
            round: Round {
                key: self.round.key.clone(),
                sums: bundle.pack(),
            },
            pipeline: self.pipeline.clone(),
            rows: self.rows(),
            pieces: self.pieces.clone(),
            next: None,
        };
        match self.next {
            Some(_) => fewer.telling_next(Some(bundle), job),
            None => Ok(fewer),
        }
    }

    /// Refuses rows that are not those summed.
    fn check_pieces(&self, embeddings: &Embeddings, tiles: &[Piece], job: &Job) -> Result<()> {
        let mut blocks: Vec<usize> = tiles.iter().map(|(first, _)| first / BLOCK_ROWS).collect();
        blocks.dedup();
        for block in blocks {
            let first = block * BLOCK_ROWS;
            let rows = first..(first + BLOCK_ROWS).min(embeddings.rows());
            let found = pieces(embeddings, rows.clone(), job)?;
            if found.first() != self.pieces.get(block) {
                let what = format!("rows {}:{} differ from those summed", rows.start, rows.end);
                return Err(other_data(&what));
            }
        }
        Ok(())
    }
}

/// The tiles, within which products are summed, that hold a row that goes.
fn tiles(used: &[u32], goes: impl Fn(&u32) -> bool) -> Vec<Piece> {
    let tiles = used.chunks(TILE_ROWS).enumerate();
    tiles
        .filter(|(_, tile)| tile.iter().any(&goes))
        .map(|(place, tile)| (place * TILE_ROWS, tile.len()))
        .collect()
}
