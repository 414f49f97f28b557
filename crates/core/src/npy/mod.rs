//! Reading and writing `.npy` files.
//!
//! Reading order: [`Header`] is what a file claims, [`Dtype`] what its elements are, [`NpyFile`]
//! the rows of an open file, [`NpyWriter`] the way back.
//!
//! A file is untrusted: its header is capped, checked against the length of the file before
//! anything is allocated, and refused when readers could disagree on it. Its data are mapped under
//! a guard or read in blocks; either way gives the same bytes and the same errors.

mod decode;
mod dtype;
mod guard;
mod header;
mod input;
mod literal;
mod looks_like;
mod map;
mod output;
mod transpose;
mod widen;
mod write;

use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

pub use decode::{Values, decode};
pub use dtype::Dtype;
pub use header::{Header, MAX_PREFIX, MAX_TEXT, Numbers, Order};
pub use output::NpyOutput;
pub use write::{Float, NpyWriter};

use crate::error::{Code, Error, Result};
use crate::job::memory::filled;
use input::Stamp;
use map::Map;

/// How the data of a file reach memory. Does not change results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Io {
    /// Mapped in place, under the guard.
    #[default]
    Mmap,
    /// Read in blocks as rows are asked for.
    Read,
}

/// Where a matrix lies in its file.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The file is a `.npy` file.
    Whole,
    /// A `.npy` file inside of the file, such as a stored member of a zip archive: `length` bytes
    /// from `offset` on.
    Member {
        /// First byte of the `.npy` file.
        offset: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// Numbers whose type, shape and place are known from elsewhere.
    Numbers(Numbers<'a>),
}

/// An open N × D matrix; its rows can be read from many threads at once.
///
/// Memory: none for the data of a C-order file, bar 256 KiB per reading thread with [`Io::Read`].
/// A Fortran-order file is turned into rows on the first read, which takes memory for the whole
/// matrix as stored; see [`NpyFile::owned_bytes`].
///
/// While a file is open it may be replaced by renaming another over it. Cutting it short or writing
/// into it is reported by [`NpyFile::check_unchanged`] and often by the read itself.
pub struct NpyFile {
    path: PathBuf,
    file: File,
    header: Header,
    stamp: Stamp,
    map: Option<Map>,
    /// The matrix row after row, if it is stored column after column and was asked for.
    turned: OnceLock<Vec<u8>>,
    turning: Mutex<()>,
}

/// Reads the header at a place, or makes it, and checks that the place lies in the file.
fn header_at(path: &Path, file: &File, file_len: u64, place: Place<'_>) -> Result<Header> {
    let (offset, length) = match place {
        Place::Numbers(numbers) => return Header::of_numbers(&numbers, file_len),
        Place::Whole => (0, file_len),
        Place::Member { offset, length } => (offset, length),
    };
    if offset.checked_add(length).is_none_or(|end| end > file_len) {
        return Err(Error::new(
            Code::NpyLength,
            format!("{} bytes of data", file_len.saturating_sub(offset)),
            format!("{length} from byte {offset} on"),
        )
        .with_hint("The file was cut short: copy or write it again"));
    }
    let take = usize::try_from(length).map_or(MAX_PREFIX, |length| length.min(MAX_PREFIX));
    let mut prefix = filled("a header", take, 0)?;
    input::read_at(path, file, &mut prefix, offset)?;
    Ok(Header::parse(&prefix, length)?.behind(offset))
}

/// Bytes read at a time with [`Io::Read`]; a multiple of every element size.
const BLOCK: usize = 256 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl NpyFile {
    /// Opens a matrix and checks everything that its header says.
    ///
    /// Fails with `EINPUT` (missing, unreadable, not a regular file), the codes of
    /// [`Header::parse`], or `EIO`. A file that cannot be mapped is read instead, see
    /// [`NpyFile::io`]. Reads at most [`MAX_PREFIX`] bytes.
    pub fn open(path: &Path, io: Io) -> Result<Self> {
        Self::open_at(path, Place::Whole, io)
    }

    /// Opens a matrix that is a part of a file. As [`NpyFile::open`]; `ENPYLENGTH` also if the place
    /// reaches beyond the end of the file.
    pub fn open_at(path: &Path, place: Place<'_>, io: Io) -> Result<Self> {
        let (file, metadata) = input::open_regular(path)?;
        let header =
            header_at(path, &file, metadata.len(), place).map_err(|e| e.with_file(path))?;
        let map = match io {
            Io::Mmap => Map::new(&file, header.data_offset + header.data_bytes()),
            Io::Read => None,
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            stamp: Stamp::of(&metadata),
            header,
            map,
            turned: OnceLock::new(),
            turning: Mutex::new(()),
        })
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The header of the file.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of rows, N; may be 0.
    pub fn rows(&self) -> usize {
        self.header.rows
    }

    /// Number of columns, D; at least 1.
    pub fn dim(&self) -> usize {
        self.header.dim
    }

    /// How the data are reached: [`Io::Read`] also where a mapping was asked for and not to be had.
    pub fn io(&self) -> Io {
        match self.map {
            Some(_) => Io::Mmap,
            None => Io::Read,
        }
    }

    /// Bytes of memory that reading takes for the file as a whole: 0, or the size of the data when
    /// they are stored column after column.
    pub fn owned_bytes(&self) -> usize {
        match self.header.order {
            Order::C => 0,
            Order::Fortran => self.header.data_bytes(),
        }
    }

    /// The whole matrix in place, row after row: N·D numbers.
    ///
    /// `None` unless the file is mapped, `float32`, of this machine's byte order, in C order and
    /// aligned to 4; a part of another file may begin at any byte. A page that the file loses meanwhile reads as
    /// zeros, so [`NpyFile::check_unchanged`] must be asked before anything computed from it is believed.
    pub fn as_f32(&self) -> Option<&[f32]> {
        self.plain_map()?.f32s(self.header.data_offset)
    }

    /// As [`NpyFile::as_f32`], of any alignment: the bytes of each number, in this machine's order.
    pub fn as_singles(&self) -> Option<&[[u8; 4]]> {
        let bytes = self.plain_map()?.bytes().get(self.header.data_offset..)?;
        Some(bytes.as_chunks().0)
    }

    /// The map of a file whose rows lie in it as this machine holds `float32`.
    fn plain_map(&self) -> Option<&Map> {
        let native = self.header.big_endian == cfg!(target_endian = "big");
        let plain = self.header.dtype == Dtype::F32 && self.header.order == Order::C;
        self.map.as_ref().filter(|_| native && plain)
    }

    /// True if every value that the element type can take is an `f32`.
    pub fn fits_f32(&self) -> bool {
        self.header.dtype.fits_f32()
    }

    /// Reads one row; `out` has D places. See [`NpyFile::read_rows`].
    pub fn read_row(&self, row: usize, out: &mut [f64]) -> Result<()> {
        self.check_width(row, out.len(), Some(1))?;
        self.read_rows(row, out)
    }

    /// Reads the rows from `first` on, as many as `out` has room for: k·D places, values widened
    /// exactly; NaN and infinities pass.
    ///
    /// Fails with `EINDEX` (beyond the last row), `ENOTEXACT` (an integer beyond 2^53, with row and
    /// column), `EINPUTCHANGED`, `EIO`, `EMEMORY`, or `EINTERNAL` when `out` is not whole rows.
    /// After a failure `out` holds nothing of use.
    pub fn read_rows(&self, first: usize, out: &mut [f64]) -> Result<()> {
        self.check_width(first, out.len(), None)?;
        let Header {
            dtype, big_endian, ..
        } = self.header;
        self.blocks(first, out, |done, bytes, out| {
            widen::to_f64(dtype, big_endian, bytes, out).map_err(|(at, value)| {
                let element = done + at;
                decode::not_exact(value)
                    .with_file(&self.path)
                    .with_row(first + element / self.header.dim)
                    .with_column(element % self.header.dim)
            })
        })
    }

    /// Reads rows as [`NpyFile::read_rows`] does, for element types whose values all are `f32`:
    /// `f2`, `f4`, `i1`, `i2`, `u1`, `u2`. `EINTERNAL` for the others.
    pub fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        self.check_width(first, out.len(), None)?;
        let Header {
            dtype, big_endian, ..
        } = self.header;
        if !dtype.fits_f32() {
            return Err(Error::internal(format!(
                "{} asked for as float32",
                dtype.name()
            )));
        }
        self.blocks(first, out, |_, bytes, out| {
            widen::to_f32(dtype, big_endian, bytes, out);
            Ok(())
        })
    }

    /// Fails with `EINPUTCHANGED` if the file is not what it was when opened: a mapped page is
    /// gone, or its size, its time of change or its identity moved. To be asked after a
    /// computation and before its result is believed.
    ///
    /// Renaming another file over it is no change: the open file keeps the old data. Not a
    /// snapshot: a write within the same tick of the file system's clock as the write before it
    /// goes unseen, as does one by a process that sets the times back.
    pub fn check_unchanged(&self) -> Result<()> {
        self.check_fault()?;
        let now = self
            .file
            .metadata()
            .map_err(|e| Error::io("looking at it again", e).with_file(&self.path))?;
        match self.stamp.difference(&Stamp::of(&now)) {
            Some(found) => Err(input::changed(&self.path, found)),
            None => Ok(()),
        }
    }

    /// Puts the guard back in force if the host has installed a `SIGBUS` handler of its own since.
    /// Cheap; to be called before each computation.
    pub fn arm(&self) {
        if self.map.is_some() {
            guard::arm();
        }
    }

    /// Tells the system that rows will be read first to last. Affects no result.
    pub fn advise_sequential(&self) {
        if let Some(map) = &self.map {
            map.advise_sequential();
        }
    }

    fn check_fault(&self) -> Result<()> {
        match &self.map {
            Some(map) if map.faulted() => Err(input::changed(
                &self.path,
                "pages of the file to be gone while it was read",
            )),
            _ => Ok(()),
        }
    }

    /// True if `length` places are whole rows, and rows that exist.
    fn check_width(&self, first: usize, length: usize, wanted: Option<usize>) -> Result<()> {
        let (rows, dim) = (self.header.rows, self.header.dim);
        let count = length / dim;
        if !length.is_multiple_of(dim) || wanted.is_some_and(|wanted| wanted != count) {
            return Err(Error::internal(format!(
                "{length} places for rows of {dim} values"
            )));
        }
        match first.checked_add(count) {
            Some(end) if end <= rows => Ok(()),
            _ => Err(Error::new(
                Code::Index,
                format!("row {}", first.max(rows)),
                format!("a row below {rows}, the number of rows"),
            )
            .with_file(&self.path)),
        }
    }

    /// Hands `take` the stored bytes of `out`, in blocks: elements before this block, bytes, places.
    fn blocks<T>(
        &self,
        first: usize,
        out: &mut [T],
        mut take: impl FnMut(usize, &[u8], &mut [T]) -> Result<()>,
    ) -> Result<()> {
        let size = self.header.dtype.size();
        let start = first * self.header.row_bytes();
        if let Some(bytes) = self.resident()? {
            let result = take(0, &bytes[start..start + out.len() * size], out);
            // A lost page makes the values meaningless, also those that were refused.
            return self.check_fault().and(result);
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let step = BLOCK / size;
            if scratch.is_empty() {
                *scratch = filled("a block of rows", BLOCK, 0)?;
            }
            for (block, out) in out.chunks_mut(step).enumerate() {
                let done = block * step;
                let bytes = &mut scratch[..out.len() * size];
                self.read_data(start + done * size, bytes)?;
                take(done, bytes, out)?;
            }
            Ok(())
        })
    }

    /// The data row after row, if they are or can be in memory; `None` if they are to be read.
    fn resident(&self) -> Result<Option<&[u8]>> {
        match (self.header.order, &self.map) {
            (Order::C, Some(map)) => Ok(map.bytes().get(self.header.data_offset..)),
            (Order::C, None) => Ok(None),
            (Order::Fortran, _) => self.turned_rows().map(Some),
        }
    }

    fn turned_rows(&self) -> Result<&[u8]> {
        if let Some(rows) = self.turned.get() {
            return Ok(rows);
        }
        let _one_at_a_time = self.turning.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(rows) = self.turned.get() {
            return Ok(rows);
        }
        let Header {
            rows, dim, dtype, ..
        } = self.header;
        let turned = transpose::to_rows(rows, dim, dtype.size(), |at, buffer| {
            self.read_data(at, buffer)
        })
        .map_err(|e| e.with_file(&self.path))?;
        self.check_fault()?;
        Ok(self.turned.get_or_init(|| turned))
    }

    /// Copies stored bytes, counted from the first element.
    pub(crate) fn read_data(&self, at: usize, buffer: &mut [u8]) -> Result<()> {
        let offset = self.header.data_offset + at;
        match &self.map {
            Some(map) => {
                buffer.copy_from_slice(&map.bytes()[offset..offset + buffer.len()]);
                Ok(())
            }
            None => input::read_at(&self.path, &self.file, buffer, offset as u64),
        }
    }
}

impl std::fmt::Debug for NpyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NpyFile")
            .field("path", &self.path)
            .field("header", &self.header)
            .field("io", &self.io())
            .finish_non_exhaustive()
    }
}
