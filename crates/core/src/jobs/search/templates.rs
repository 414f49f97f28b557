//! One row for each person: the mean of their rows.

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::pool::{Pooling, TemplateRows, pool};
use crate::rows::{Embeddings, IGNORED};

/// A row for each person, 0 to the largest number in `people`: the mean of the rows with that
/// number, in double precision and row order. Rows of [`IGNORED`] are in none.
///
/// Rows are taken as they are, so a longer one weighs more under a metric that ignores length.
///
/// Errors: `EDIMENSION` for people that do not fit, `EEMPTY` for a number without rows,
/// `ENOTFINITE`, `EINPUTCHANGED`, `EABORTED`. Memory: the templates.
pub fn templates(embeddings: &Embeddings, people: &[u32], job: &Job) -> Result<Embeddings> {
    let rows = embeddings.rows();
    if people.len() != rows {
        let found = format!("{} labels", people.len());
        return Err(Error::new(
            Code::Dimension,
            found,
            format!("one for each of {rows} rows"),
        ));
    }
    let taking_part = (0u32..).zip(people).filter(|(_, p)| **p != IGNORED);
    let count = taking_part.clone().map(|(_, person)| person).max();
    let count = count.map_or(0, |person| *person as usize + 1);
    let mut members = vec![Vec::new(); count];
    for (row, person) in taking_part {
        members[*person as usize].push(row);
    }
    if let Some(person) = members.iter().position(Vec::is_empty) {
        let found = format!("no row of person {person}");
        return Err(Error::new(
            Code::Empty,
            found,
            "at least one for each number",
        ));
    }
    let sizes: Vec<u32> = members.iter().map(|rows| rows.len() as u32).collect();
    let (rows, sizes, media) = (&members.concat(), &sizes, None);
    let templates = TemplateRows { rows, sizes, media };
    pool(embeddings, &templates, &Pooling::default(), job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::Io;
    use crate::testing::RowsFile;

    #[test]
    fn a_template_is_the_mean_of_its_rows() {
        let rows = Embeddings::from_vec(vec![1.0, 2.0, 5.0, 6.0, 3.0, 4.0], 3, 2).expect("rows");
        let values = |rows: &Embeddings, people: &[u32]| {
            let means = templates(rows, people, &Job::new()).expect("templates");
            let mut values = vec![0.0; means.rows() * means.dim()];
            means.read_rows(0, &mut values).expect("in memory");
            values
        };
        assert_eq!(values(&rows, &[0, 1, 0]), [2.0, 3.0, 5.0, 6.0]);
        assert_eq!(values(&rows, &[IGNORED, 0, 0]), [4.0, 5.0]);
        for wide in [
            [1e8 + 1.0, 1e8 + 2.0, 1e8 + 1.5],
            [20_000_001.0, 20_000_003.0, 20_000_002.0],
            [1e40, 3e40, 2e40],
            [0.1, 0.1, 0.1],
        ] {
            let file = RowsFile::new(&wide[..2], 1);
            assert_eq!(values(&file.open(Io::Mmap), &[0, 0]), [wide[2]]);
        }
        let code = |people: &[u32]| {
            templates(&rows, people, &Job::new())
                .err()
                .map(|e| e.code())
        };
        assert_eq!(code(&[0, 2, 2]), Some(Code::Empty));
        assert_eq!(code(&[0, 1]), Some(Code::Dimension));
    }
}
