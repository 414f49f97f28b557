//! Small matrices by plain loops: the slow twin of decompositions and products.

#![allow(missing_docs, unreachable_pub)]

#[derive(Clone)]
pub struct Dense {
    n: usize,
    values: Vec<f64>,
}

pub fn mean(rows: &[f64], dim: usize) -> Vec<f64> {
    let n = (rows.len() / dim) as f64;
    let sum = |j: usize| rows.iter().skip(j).step_by(dim).sum::<f64>();
    (0..dim).map(|j| sum(j) / n).collect()
}

/// Denominator N − 1.
pub fn covariance(rows: &[f64], dim: usize) -> Dense {
    let mean = mean(rows, dim);
    let n = (rows.len() / dim) as f64;
    let mut out = Dense::zeros(dim);
    rows.chunks(dim)
        .for_each(|row| out.add_square(1.0 / (n - 1.0), row, &mean));
    out
}

impl Dense {
    pub fn zeros(n: usize) -> Self {
        Self {
            n,
            values: vec![0.0; n * n],
        }
    }

    pub fn identity(n: usize) -> Self {
        let mut out = Self::zeros(n);
        (0..n).for_each(|i| out.set(i, i, 1.0));
        out
    }

    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.n + j]
    }

    pub fn set(&mut self, i: usize, j: usize, value: f64) {
        self.values[i * self.n + j] = value;
    }

    /// Adds w (x − m)(x − m)ᵀ.
    pub fn add_square(&mut self, w: f64, x: &[f64], m: &[f64]) {
        for i in 0..self.n {
            for j in 0..self.n {
                self.values[i * self.n + j] += w * (x[i] - m[i]) * (x[j] - m[j]);
            }
        }
    }

    pub fn scaled(&self, factor: f64) -> Self {
        let values = self.values.iter().map(|v| v * factor).collect();
        Self { n: self.n, values }
    }

    pub fn plus(&self, factor: f64, other: &Self) -> Self {
        let values = self.values.iter().zip(&other.values);
        Self {
            n: self.n,
            values: values.map(|(a, b)| a + factor * b).collect(),
        }
    }

    pub fn trace(&self) -> f64 {
        (0..self.n).map(|i| self.at(i, i)).sum()
    }

    pub fn transposed(&self) -> Self {
        let mut out = Self::zeros(self.n);
        (0..self.n).for_each(|i| (0..self.n).for_each(|j| out.set(j, i, self.at(i, j))));
        out
    }

    pub fn times(&self, other: &Self) -> Self {
        let mut out = Self::zeros(self.n);
        for i in 0..self.n {
            for j in 0..self.n {
                let sum = (0..self.n).map(|k| self.at(i, k) * other.at(k, j)).sum();
                out.set(i, j, sum);
            }
        }
        out
    }

    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        let row = |i: usize| (0..self.n).map(|j| self.at(i, j) * x[j]).sum();
        (0..self.n).map(row).collect()
    }

    /// xᵀ A x.
    pub fn form(&self, x: &[f64]) -> f64 {
        self.apply(x).iter().zip(x).map(|(a, b)| a * b).sum()
    }

    /// Eigenvalues and vectors of a symmetric matrix, by Jacobi's rotations (Jacobi 1846).
    pub fn eigen(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut a = self.plus(1.0, &self.transposed()).scaled(0.5);
        let mut vectors = Self::identity(self.n);
        for _ in 0..60 {
            for p in 0..self.n {
                for q in p + 1..self.n {
                    if a.at(p, q) == 0.0 {
                        continue;
                    }
                    let angle = 0.5 * (2.0 * a.at(p, q)).atan2(a.at(p, p) - a.at(q, q));
                    let (s, c) = angle.sin_cos();
                    let mut turn = Self::identity(self.n);
                    turn.set(p, p, c);
                    turn.set(q, q, c);
                    turn.set(p, q, s);
                    turn.set(q, p, -s);
                    a = turn.times(&a).times(&turn.transposed());
                    vectors = turn.times(&vectors);
                }
            }
        }
        let values = (0..self.n).map(|i| a.at(i, i)).collect();
        let rows = vectors.values.chunks(self.n).map(<[f64]>::to_vec);
        (values, rows.collect())
    }

    /// A symmetric positive definite matrix to a power.
    pub fn power(&self, exponent: f64) -> Self {
        let (values, vectors) = self.eigen();
        let mut out = Self::zeros(self.n);
        let zero = vec![0.0; self.n];
        for (value, vector) in values.iter().zip(&vectors) {
            out.add_square(value.powf(exponent), vector, &zero);
        }
        out
    }

    pub fn inverse(&self) -> Self {
        self.power(-1.0)
    }

    pub fn determinant(&self) -> f64 {
        self.eigen().0.iter().product()
    }
}
