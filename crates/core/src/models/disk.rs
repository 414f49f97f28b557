//! Model files on disk.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::container::{FILE_LIMIT, bad};
use super::file::LoadedModel;
use super::model::Model;
use crate::error::{Error, Result};

impl Model {
    /// Writes the model beside `path` and moves it there: readers see the old file or the whole
    /// new one, and a failure leaves the old one.
    ///
    /// Errors: `EINPUT` or `EIO`, with the file.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let temporary = beside(path);
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(&self.to_bytes())?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&temporary, path))
            .map_err(|e| {
                // The failure that matters is the one before; the file may not even be there.
                let _ = fs::remove_file(&temporary);
                Error::io("writing a model", e).with_file(path)
            })
    }

    /// Reads a model file.
    ///
    /// Errors: `EINPUT` or `EIO`; otherwise as [`Model::from_bytes`]; with the file.
    pub fn load(path: impl AsRef<Path>) -> Result<LoadedModel> {
        let path = path.as_ref();
        let failed = |e| Error::io("reading a model", e).with_file(path);
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length > FILE_LIMIT {
            return Err(bad(
                format!("a file of {length} bytes"),
                format!("a model of at most {FILE_LIMIT}"),
            )
            .with_file(path));
        }
        let mut bytes = Vec::new();
        // One byte more than allowed, should the file grow meanwhile or have no length of its own.
        file.take(FILE_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Self::from_bytes(&bytes).map_err(|e| e.with_file(path))
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::linalg::Matrix;
    use crate::models::TwoCovariance;

    #[test]
    fn a_model_saved_over_its_own_file_stays_as_it_was() {
        let path = std::env::temp_dir().join(format!("hackface-model-{}", std::process::id()));
        let model = Model::from_two_covariance(&TwoCovariance {
            mean: vec![1.0, 2.0],
            between: Matrix::identity(2).unwrap(),
            within: Matrix::identity(2).unwrap(),
        })
        .unwrap();
        model.save(&path).unwrap();
        let loaded = Model::load(&path).unwrap().model;
        loaded.save(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), model.to_bytes());
        let (a, b) = ([0.0, 1.0], [2.0, 2.5]);
        assert_eq!(
            loaded.distance(&a, &b).unwrap(),
            model.distance(&a, &b).unwrap()
        );
        fs::write(&path, b"not a model").unwrap();
        let error = Model::load(&path).unwrap_err();
        assert_eq!((error.code(), error.file()), (Code::Model, Some(&*path)));
        fs::remove_file(&path).unwrap();
        assert_eq!(Model::load(&path).unwrap_err().code(), Code::Input);
    }
}
