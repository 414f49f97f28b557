//! Bundles as files hold them: triangles, classes without rows and sums that nobody asked for are left out.

use std::collections::BTreeMap;

use super::bundle::{Bundle, ClassSums};
use super::compensated::Compensated;
use crate::error::{Code, Error, Result};

/// Vectors by name: the sums of a [`Bundle`] over some rows of a set. A name that ends in `.low` is of what
/// rounding took away from the sums of the name before it; it is absent where that is nothing.
pub type Packed = BTreeMap<String, Vec<f64>>;

impl Bundle {
    /// The bundle as vectors. Memory: its own once more, without the lower triangles.
    pub(crate) fn pack(&self) -> Packed {
        let mut out = Packed::new();
        out.insert("rows".into(), vec![self.rows as f64]);
        out.insert("shift".into(), self.shift.clone());
        put(&mut out, "sum", &self.sum, &[(0, self.dim)]);
        let triangle: Vec<(usize, usize)> = (0..self.dim)
            .map(|i| (i * (self.dim + 1), self.dim - i))
            .collect();
        if let Some(scatter) = &self.scatter {
            put(&mut out, "scatter", scatter, &triangle);
        }
        if let Some(weighted) = &self.weighted {
            put(&mut out, "weighted", weighted, &triangle);
        }
        if let Some(size) = self.uniform {
            out.insert("uniform".into(), vec![size as f64]);
        }
        if let Some(fourth) = &self.fourth {
            put(&mut out, "fourth", fourth, &[(0, self.dim + 1)]);
        }
        if let Some(classes) = &self.classes {
            let present = || (0..).zip(&classes.counts).filter(|(_, n)| **n > 0);
            out.insert("classes".into(), present().map(|(k, _)| k as f64).collect());
            out.insert("counts".into(), present().map(|(_, n)| *n as f64).collect());
            let spans: Vec<(usize, usize)> = present()
                .map(|(k, _): (usize, _)| (k * self.dim, self.dim))
                .collect();
            if let Some(sums) = &classes.sums {
                put(&mut out, "class_sums", sums, &spans);
            }
        }
        out
    }

    /// The bundle of all rows of some parts, which are added in their order. Columns: `dim`.
    ///
    /// Errors: `EMODEL` for vectors that do not fit each other, or parts about different shifts; `EMEMORY`.
    pub(crate) fn unpack(parts: &[&Packed], dim: usize) -> Result<Self> {
        let Some(first) = parts.first() else {
            return Err(Error::internal("statistics of no parts"));
        };
        let has = |name: &str| first.contains_key(name);
        for part in parts {
            let both = [(first, part), (part, first)];
            let lone = both.iter().find_map(|(here, there)| {
                let mut names = here.keys().filter(|name| !name.ends_with(".low"));
                names.find(|name| !there.contains_key(*name))
            });
            if let Some(name) = lone {
                let found = format!("'{name}' in some parts and not in others");
                return Err(unfit(&found, "the same sums in every part"));
            }
        }
        let classes = match has("classes") {
            true => Some(class_count(parts)?),
            false => None,
        };
        // Before memory is taken, of which a matrix has the square of the columns.
        let shift = vector(first, "shift", dim)?.to_vec();
        for name in ["scatter", "weighted"].into_iter().filter(|name| has(name)) {
            vector(first, name, dim * (dim + 1) / 2)?;
        }
        let square = |name: &str| {
            has(name)
                .then(|| Compensated::zeros("a scatter matrix", dim.saturating_mul(dim)))
                .transpose()
        };
        let mut bundle = Self {
            dim,
            rows: 0,
            skipped: 0,
            shift,
            sum: Compensated::zeros("a sum", dim)?,
            scatter: square("scatter")?,
            weighted: square("weighted")?,
            uniform: match has("uniform") {
                true => Some(vector(first, "uniform", 1)?[0] as u64),
                false => None,
            },
            fourth: has("fourth")
                .then(|| Compensated::zeros("a sum", dim + 1))
                .transpose()?,
            classes: match classes {
                Some(count) => Some(ClassSums {
                    counts: vec![0; count],
                    sizes: Vec::new(),
                    sums: has("class_sums")
                        .then(|| Compensated::zeros("class sums", count.saturating_mul(dim)))
                        .transpose()?,
                }),
                None => None,
            },
        };
        for part in parts {
            bundle.add_packed(part)?;
        }
        if let Some(classes) = &mut bundle.classes {
            let counted: u64 = classes.counts.iter().sum();
            if counted != bundle.rows {
                let found = format!("{counted} rows in classes, of {}", bundle.rows);
                return Err(unfit(&found, "every row in a class"));
            }
            classes.sizes.clone_from(&classes.counts);
        }
        Ok(bundle)
    }

    fn add_packed(&mut self, part: &Packed) -> Result<()> {
        let dim = self.dim;
        if vector(part, "shift", dim)? != self.shift {
            return Err(unfit("sums about different vectors", "sums about one"));
        }
        if part
            .get("uniform")
            .and_then(|size| size.first())
            .map(|n| *n as u64)
            != self.uniform
        {
            return Err(unfit(
                "sums of classes of different sizes",
                "those of one set",
            ));
        }
        self.rows += vector(part, "rows", 1)?[0] as u64;
        add(&mut self.sum, part, "sum", &[(0, dim)])?;
        let triangle: Vec<(usize, usize)> = (0..dim).map(|i| (i * (dim + 1), dim - i)).collect();
        for (name, scatter) in [
            ("scatter", &mut self.scatter),
            ("weighted", &mut self.weighted),
        ] {
            if let Some(scatter) = scatter {
                add(scatter, part, name, &triangle)?;
            }
        }
        if let Some(fourth) = &mut self.fourth {
            add(fourth, part, "fourth", &[(0, dim + 1)])?;
        }
        if let Some(classes) = &mut self.classes {
            let numbers = part.get("classes").map_or(&[][..], Vec::as_slice);
            let counts = vector(part, "counts", numbers.len())?;
            let spans: Vec<(usize, usize)> =
                numbers.iter().map(|k| (*k as usize * dim, dim)).collect();
            for (k, n) in numbers.iter().zip(counts) {
                classes.counts[*k as usize] += *n as u64;
            }
            if let Some(sums) = &mut classes.sums {
                add(sums, part, "class_sums", &spans)?;
            }
        }
        Ok(())
    }

    /// Puts `new` in the place of `old`, sums over the same rows of which fewer take part.
    pub(crate) fn replace(&mut self, old: &Self, new: &Self) {
        self.rows = (self.rows + new.rows).saturating_sub(old.rows);
        let swap = |mine: &mut Compensated, old: &Compensated, new: &Compensated| {
            mine.subtract(old);
            mine.merge(new);
        };
        swap(&mut self.sum, &old.sum, &new.sum);
        for (mine, old, new) in [
            (&mut self.scatter, &old.scatter, &new.scatter),
            (&mut self.weighted, &old.weighted, &new.weighted),
            (&mut self.fourth, &old.fourth, &new.fourth),
        ] {
            if let (Some(mine), Some(old), Some(new)) = (mine, old, new) {
                swap(mine, old, new);
            }
        }
        if let (Some(mine), Some(old), Some(new)) = (&mut self.classes, &old.classes, &new.classes)
        {
            for (k, count) in mine.counts.iter_mut().enumerate() {
                let count_in = |classes: &ClassSums| classes.counts.get(k).copied().unwrap_or(0);
                *count = (*count + count_in(new)).saturating_sub(count_in(old));
            }
            if let (Some(mine), Some(old), Some(new)) = (&mut mine.sums, &old.sums, &new.sums) {
                swap(mine, old, new);
            }
        }
    }
}

/// Class numbers of all parts, plus one.
fn class_count(parts: &[&Packed]) -> Result<usize> {
    let mut count = 0;
    for part in parts {
        for &k in part.get("classes").map_or(&[][..], Vec::as_slice) {
            if k.fract() != 0.0 || !(0.0..f64::from(u32::MAX)).contains(&k) {
                return Err(unfit(&format!("class number {k}"), "a whole number"));
            }
            count = count.max(k as usize + 1);
        }
    }
    Ok(count)
}

fn put(out: &mut Packed, name: &str, sums: &Compensated, spans: &[(usize, usize)]) {
    let (high, low) = sums.parts();
    let picked = |values: &[f64]| -> Vec<f64> {
        let mut own = Vec::with_capacity(spans.iter().map(|(_, count)| count).sum());
        for &(first, count) in spans {
            own.extend_from_slice(&values[first..first + count]);
        }
        own
    };
    out.insert(name.into(), picked(high));
    let lost =
        |&(first, count): &(usize, usize)| low[first..first + count].iter().any(|v| *v != 0.0);
    if spans.iter().any(lost) {
        out.insert(format!("{name}.low"), picked(low));
    }
}

fn add(sums: &mut Compensated, part: &Packed, name: &str, spans: &[(usize, usize)]) -> Result<()> {
    let count = spans.iter().map(|(_, count)| count).sum();
    let high = vector(part, name, count)?;
    let low = format!("{name}.low");
    let low = match part.contains_key(&low) {
        true => Some(vector(part, &low, count)?),
        false => None,
    };
    let mut read = 0;
    for &(first, count) in spans {
        let span = read..read + count;
        sums.merge_at(first, &high[span.clone()], low.map(|low| &low[span]));
        read += count;
    }
    Ok(())
}

fn vector<'a>(part: &'a Packed, name: &str, count: usize) -> Result<&'a [f64]> {
    match part.get(name) {
        Some(values) if values.len() == count => Ok(values),
        Some(values) => Err(unfit(
            &format!("tensor '{name}' of {} values", values.len()),
            &format!("{count}"),
        )),
        None => Err(unfit(&format!("no tensor '{name}'"), "this tensor")),
    }
}

fn unfit(found: &str, expected: &str) -> Error {
    Error::new(Code::Model, found, expected).with_hint("Gather the statistics again")
}
