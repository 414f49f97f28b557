//! Rows of one side, drawn block by block.

use rayon::prelude::*;

use super::parameters::Parameters;
use super::recipe::{Recipe, Weights};
use super::stream::{Purpose, Stream};
use super::world::Basis;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;

/// Rows that share a stream. Part of the result: changing it changes every file.
const BLOCK: usize = 256;

/// All that the rows of one side are drawn from.
pub(super) struct Side<'a> {
    pub(super) seed: u64,
    pub(super) dim: usize,
    pub(super) parameters: &'a Parameters,
    pub(super) recipe: Recipe,
    /// Streams of the people's coordinates and of the images.
    pub(super) purposes: (Purpose, Purpose),
    pub(super) identity: &'a Basis,
    pub(super) nuisance: &'a Basis,
    /// Person of each row, as the labels say.
    pub(super) people: &'a [u32],
    /// Chance that a row shows another person, of the `n_people` there are.
    pub(super) wrong: f64,
    pub(super) n_people: u32,
    /// Vectors that the people of a group share, with share `h` in the identity's variance; empty
    /// where there are no groups.
    pub(super) groups: Vec<f32>,
    pub(super) common: &'a [f32],
    pub(super) drift: &'a [Vec<f32>],
}

/// Buffers of one thread.
#[derive(Default)]
struct Scratch {
    coordinates: Vec<f32>,
    identities: Vec<f32>,
}

impl Side<'_> {
    /// Draws every row and hands them to `sink` in order, a few blocks at a time.
    ///
    /// Blocks are drawn on the current rayon pool; a batch holds two blocks for each thread, so
    /// memory is about 4 KiB · d for each thread, and no byte depends on how many there are.
    pub(super) fn stream_rows(
        &self,
        sink: &mut dyn FnMut(&[f32]) -> Result<()>,
        job: &Job,
    ) -> Result<()> {
        let blocks = 2 * rayon::current_num_threads().min(64);
        let mut rows = reserve("a batch of rows", blocks * BLOCK * self.dim)?;
        rows.resize(blocks * BLOCK * self.dim, 0f32);
        for (batch, people) in self.people.chunks(blocks * BLOCK).enumerate() {
            job.check()?;
            let out = &mut rows[..people.len() * self.dim];
            out.par_chunks_mut(BLOCK * self.dim)
                .zip(people.par_chunks(BLOCK))
                .enumerate()
                .for_each_init(Scratch::default, |scratch, (block, (out, people))| {
                    self.draw_block((batch * blocks + block) as u64, people, out, scratch);
                });
            sink(out)?;
            job.advance(people.len() as u64);
        }
        Ok(())
    }

    /// Draws the rows of one block: x = person·c + nuisance·e + noise·g + drift·m + common·u.
    fn draw_block(&self, block: u64, people: &[u32], out: &mut [f32], scratch: &mut Scratch) {
        let dim = self.dim;
        let mut stream = Stream::new(self.seed, self.purposes.1, block);
        let images: Vec<(u32, Weights)> = people
            .iter()
            .map(|person| {
                let shown = self.shown(*person, &mut stream);
                let directions = self.drift.len();
                (
                    shown,
                    self.recipe
                        .draw(self.parameters, dim, directions, &mut stream),
                )
            })
            .collect();
        let mut present: Vec<u32> = images.iter().map(|(person, _)| *person).collect();
        present.sort_unstable();
        present.dedup();
        self.draw_identities(&present, scratch);

        scratch.coordinates.resize(people.len() * dim, 0.0);
        stream.fill_normal(&mut scratch.coordinates);
        self.nuisance.multiply(&scratch.coordinates, out);

        let noise = &mut scratch.coordinates[..dim];
        for ((person, w), row) in images.iter().zip(out.chunks_exact_mut(dim)) {
            stream.fill_normal(noise);
            let place = present.partition_point(|p| p < person);
            let identity = &scratch.identities[place * dim..][..dim];
            let drift = &self.drift[w.direction];
            for (j, x) in row.iter_mut().enumerate() {
                *x = w.person * identity[j]
                    + w.nuisance * *x
                    + w.noise * noise[j]
                    + w.drift * drift[j]
                    + w.common * self.common[j];
            }
        }
    }

    /// The person that an image labelled `person` shows.
    fn shown(&self, person: u32, stream: &mut Stream) -> u32 {
        if self.wrong == 0.0 || stream.uniform() >= self.wrong {
            return person;
        }
        let other = stream.below(u64::from(self.n_people) - 1) as u32;
        other + u32::from(other >= person)
    }

    /// c = √(1−h)·E_B·z + √h·(group vector) for each person present, in their order.
    fn draw_identities(&self, present: &[u32], scratch: &mut Scratch) {
        let dim = self.dim;
        scratch.coordinates.resize(present.len() * dim, 0.0);
        scratch.identities.resize(present.len() * dim, 0.0);
        for (person, z) in present
            .iter()
            .zip(scratch.coordinates.chunks_exact_mut(dim))
        {
            Stream::new(self.seed, self.purposes.0, u64::from(*person)).fill_normal(z);
        }
        self.identity
            .multiply(&scratch.coordinates, &mut scratch.identities);
        let n_groups = self.groups.len() / dim;
        if n_groups == 0 {
            return;
        }
        let (own, shared) = (
            (1.0 - self.parameters.h).sqrt() as f32,
            self.parameters.h.sqrt() as f32,
        );
        for (person, c) in present.iter().zip(scratch.identities.chunks_exact_mut(dim)) {
            let group = &self.groups[*person as usize % n_groups * dim..][..dim];
            c.iter_mut()
                .zip(group)
                .for_each(|(c, g)| *c = own * *c + shared * g);
        }
    }
}
