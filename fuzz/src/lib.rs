//! Shared by the targets: files whose sums are made right, a few rows, and the check of an outcome.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use hackface_core::{Class, Embeddings, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Longest refusal, in characters: a reader's terminal is no place for a file.
const LONGEST: usize = 4000;
/// Bytes of the longest tensor of a file that is made here.
const LONGEST_TENSOR: u64 = 1 << 16;

/// The accepted value; `None` for a refusal, which must be short and blame the input.
pub fn accepted<T>(outcome: Result<T>) -> Option<T> {
    outcome
        .inspect_err(|error| {
            assert_ne!(error.code().class(), Class::Internal, "{error}");
            assert!(error.to_string().chars().count() < LONGEST, "{error}");
        })
        .ok()
}

/// The bits of each number.
pub fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Four rows of four columns, one of them zeros.
pub fn rows() -> &'static Embeddings {
    static ROWS: LazyLock<Embeddings> = LazyLock::new(|| {
        let values = (0..16_u8).map(|i| f32::from(i % 5) - 1.5 * f32::from(i / 8));
        let values = values.enumerate().map(|(i, v)| if i < 4 { 0.0 } else { v });
        Embeddings::from_vec(values.collect(), 4, 4).expect("a matrix")
    });
    &ROWS
}

/// A file of these bytes, in the place of the one before; each process has its own.
pub fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// Hands over the bytes, and the file in the container of models that they come nearest to.
pub fn as_is_and_sealed(bytes: &[u8], mut take: impl FnMut(&[u8])) {
    take(bytes);
    if let Some(file) = sealed(bytes) {
        take(&file);
    }
}

/// A tensor: its type, its sides, and its bytes.
type Tensor<'a> = (&'a str, Vec<u64>, Vec<u8>);

/// The file with these entries and tensors, whose lengths, offsets, spelling and sums are right: changed bytes would be
/// refused for these alone. Values that are missing are 0; what is behind the last is left out.
fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = bytes.get(8..)?;
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let header = stream.next()?.ok()?;
    let start = stream.byte_offset().next_multiple_of(8);
    let mut rest = text.get(start..).unwrap_or_default();
    let (mut metadata, mut tensors) = (BTreeMap::new(), BTreeMap::<&str, Tensor<'_>>::new());
    for (name, value) in header.as_object()? {
        if name == "__metadata__" {
            let entries = value.as_object()?.iter();
            metadata.extend(entries.map(|(k, v)| (k.clone(), v.as_str().unwrap_or("").to_owned())));
            continue;
        }
        let sides = value.get("shape")?.as_array()?.iter();
        let sides: Vec<u64> = sides.map(|side| side.as_u64().unwrap_or(1)).collect();
        let values = sides
            .iter()
            .try_fold(1_u64, |all, side| all.checked_mul(*side))?;
        let length = values
            .checked_mul(8)
            .filter(|length| *length <= LONGEST_TENSOR)? as usize;
        let (own, others) = rest.split_at(length.min(rest.len()));
        let mut own = own.to_vec();
        own.resize(length, 0);
        rest = others;
        tensors.insert(name, (value.get("dtype")?.as_str()?, sides, own));
    }
    metadata.remove("sha256");
    if metadata.remove("head_sha256").is_some() {
        let head = tensors
            .iter()
            .filter(|(name, _)| !name.starts_with("sums."));
        let sum = sum_of(&metadata, head);
        metadata.insert("head_sha256".to_owned(), sum);
    }
    let sum = sum_of(&metadata, tensors.iter());
    metadata.insert("sha256".to_owned(), sum);
    Some(written(&metadata, &tensors))
}

fn sum_of<'a>(
    metadata: &BTreeMap<String, String>,
    tensors: impl Iterator<Item = (&'a &'a str, &'a Tensor<'a>)>,
) -> String {
    let mut hash = Sha256::new();
    let mut sized = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for (key, value) in metadata {
        sized(key);
        sized(value);
    }
    for (name, (_, sides, values)) in tensors {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        sides
            .iter()
            .for_each(|side| hash.update(side.to_le_bytes()));
        hash.update(values);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn written(metadata: &BTreeMap<String, String>, tensors: &BTreeMap<&str, Tensor<'_>>) -> Vec<u8> {
    let quoted = |text: &str| Value::from(text).to_string();
    let entries = metadata
        .iter()
        .map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)));
    let entries = entries.collect::<Vec<_>>().join(",");
    let (mut header, mut data) = (format!(r#"{{"__metadata__":{{{entries}}}"#), Vec::new());
    for (name, (element, sides, values)) in tensors {
        let (name, element, start) = (quoted(name), quoted(element), data.len());
        data.extend(values);
        let sides = sides
            .iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(",");
        let end = data.len();
        header += &format!(
            r#",{name}:{{"dtype":{element},"shape":[{sides}],"data_offsets":[{start},{end}]}}"#
        );
    }
    header.push('}');
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        &data,
    ]
    .concat()
}
