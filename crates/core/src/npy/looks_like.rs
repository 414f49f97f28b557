//! Formats that are mistaken for `.npy`, so that the refusal can name them.

const UNPACK: &str = "Unpack it first and give the .npy file inside";
const AGAIN: &str = "Download or copy the file again, in binary mode";
const SAVE: &str = "Save the matrix with numpy.save";
const PICKLE: &str = "a Python pickle, which can run code when loaded";
/// First bytes, what they belong to, and what to do.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (
        b"PK\x03\x04",
        "a zip archive, perhaps .npz",
        "Extract its arrays with: unzip FILE.npz",
    ),
    (b"PK\x05\x06", "an empty zip archive", SAVE),
    (
        b"\x1f\x8b",
        "a gzip archive",
        "Unpack it first: gunzip FILE.gz",
    ),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (
        b"version https://git-lfs",
        "a git-lfs pointer instead of the data",
        "Fetch the data with: git lfs pull",
    ),
    (
        b"\xef\xbb\xbf",
        "a text file with a UTF-8 byte order mark",
        AGAIN,
    ),
    (
        b"\xef\xbf\xbdNUMPY",
        "a .npy file that was decoded as text",
        AGAIN,
    ),
    (
        b"\xc2\x93NUMPY",
        "a .npy file that was re-encoded as UTF-8 text",
        AGAIN,
    ),
    (b"\xff\xfe", "a UTF-16 text file", SAVE),
    (b"\xfe\xff", "a UTF-16 text file", SAVE),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", SAVE),
    (b"PAR1", "a Parquet file", SAVE),
    (b"ARROW1", "an Arrow file", SAVE),
    (b"MATLAB", "a MATLAB file", SAVE),
    (b"\x89PNG", "a PNG image", SAVE),
    (b"\xff\xd8\xff", "a JPEG image", SAVE),
    (b"\x80\x02", PICKLE, SAVE),
    (b"\x80\x03", PICKLE, SAVE),
    (b"\x80\x04", PICKLE, SAVE),
    (b"\x80\x05", PICKLE, SAVE),
];

/// Words for "found" and for the hint of a refusal, from the first bytes of a file.
pub(super) fn looks_like(bytes: &[u8]) -> (&'static str, &'static str) {
    for &(signature, what, cure) in SIGNATURES {
        if bytes.starts_with(signature) {
            return (what, cure);
        }
    }
    let text = bytes.trim_ascii_start();
    let starts = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    if starts(b"<!doctype html") || starts(b"<html") || starts(b"<head") {
        return ("an HTML page, perhaps an error of a download", AGAIN);
    }
    if starts(b"<?xml") {
        return ("an XML document", AGAIN);
    }
    let head = &bytes[..bytes.len().min(256)];
    let printable = |&b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    if !head.is_empty() && head.iter().all(printable) {
        return ("a text file", SAVE);
    }
    ("bytes that do not begin like a .npy file", SAVE)
}
