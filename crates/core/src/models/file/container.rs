//! The safetensors container, read as something that nobody trusts.
//!
//! Eight bytes of header length, a JSON header, tensor data. Only files in the form that
//! [`write`] produces are accepted — tensors in the order of their names, no gaps, one spelling of
//! the header — so that no byte of a file can change unnoticed.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::{Code, Error, Result};

/// Longest header, in bytes.
const HEADER_LIMIT: u64 = 1 << 20;
/// Most tensors.
const TENSOR_LIMIT: usize = 64;
/// Longest data section, in bytes: far above any model, far below what could not be held.
const DATA_LIMIT: u64 = 1 << 32;

/// A tensor of doubles, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<f64>,
}

/// Named tensors and string metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Container {
    pub(super) tensors: BTreeMap<String, Tensor>,
    pub(super) metadata: BTreeMap<String, String>,
}

/// The bytes of a container; the same container always has the same bytes.
pub(super) fn write(container: &Container) -> Vec<u8> {
    let mut header = header_text(container).into_bytes();
    // Data begin at a multiple of eight, as readers that map files like it.
    while !header.len().is_multiple_of(8) {
        header.push(b' ');
    }
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header);
    for tensor in container.tensors.values() {
        for value in &tensor.data {
            out.extend(value.to_le_bytes());
        }
    }
    out
}

fn header_text(container: &Container) -> String {
    use std::fmt::Write;
    let quote = |text: &str| serde_json::Value::from(text).to_string();
    let mut out = String::from("{\"__metadata__\":{");
    for (i, (key, value)) in container.metadata.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(out, "{comma}{}:{}", quote(key), quote(value));
    }
    out.push('}');
    let mut offset = 0;
    for (name, tensor) in &container.tensors {
        let end = offset + tensor.data.len() * 8;
        let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
        let _ = write!(
            out,
            ",{}:{{\"dtype\":\"F64\",\"shape\":[{}],\"data_offsets\":[{offset},{end}]}}",
            quote(name),
            shape.join(",")
        );
        offset = end;
    }
    out.push('}');
    out
}

/// Reads a container.
///
/// Errors: `EMODEL`, naming the tensor where one is at fault.
pub(super) fn read(bytes: &[u8]) -> Result<Container> {
    let (length, rest) = bytes
        .split_first_chunk::<8>()
        .ok_or_else(|| bad(format!("a file of {} bytes", bytes.len()), "a model file"))?;
    let length = u64::from_le_bytes(*length);
    // A pickle begins with 0x80; so does a header whose length ends in that byte, but a brace
    // follows that one.
    let pickle = bytes[0] == 0x80 && rest.first() != Some(&b'{');
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x93NUMPY") || pickle {
        return Err(bad(
            "a pickle, archive or array file",
            "a model file in safetensors format",
        ));
    }
    if length > HEADER_LIMIT {
        return Err(bad(
            format!("a header of {length} bytes"),
            format!("at most {HEADER_LIMIT}"),
        ));
    }
    let length = length as usize;
    if length > rest.len() {
        return Err(bad(
            format!("{} bytes after the length of the header", rest.len()),
            format!("a header of {length} bytes"),
        ));
    }
    let (header, data) = rest.split_at(length);
    if data.len() as u64 > DATA_LIMIT {
        return Err(bad(
            format!("{} bytes of data", data.len()),
            format!("at most {DATA_LIMIT}"),
        ));
    }
    let parsed: Header = serde_json::from_slice(header).map_err(|e| {
        bad(
            format!("a header that cannot be read: {e}"),
            "a safetensors header",
        )
    })?;
    let mut container = Container {
        metadata: parsed.metadata,
        ..Default::default()
    };
    let mut position = 0;
    let mut previous: Option<&str> = None;
    for (name, entry) in &parsed.tensors {
        if previous.is_some_and(|p| p >= name.as_str()) {
            return Err(bad(
                format!("tensor '{name}' out of order"),
                "tensors in order of their names",
            ));
        }
        previous = Some(name);
        let tensor = entry.read(name, data, position)?;
        position += tensor.data.len() * 8;
        container.tensors.insert(name.clone(), tensor);
    }
    if position != data.len() {
        return Err(bad(
            format!("{} bytes of data", data.len()),
            format!("{position}, as the tensors take"),
        ));
    }
    let mut canonical = header_text(&container).into_bytes();
    while !canonical.len().is_multiple_of(8) {
        canonical.push(b' ');
    }
    if canonical != header {
        return Err(bad(
            "a header that was rewritten",
            "a header as hackface-native writes it",
        ));
    }
    Ok(container)
}

pub(super) fn bad(found: impl Into<String>, expected: impl Into<String>) -> Error {
    Error::new(Code::Model, found, expected)
        .with_hint("Fit and save the model again, or copy the file once more")
}

struct Header {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Entry)>,
}

#[derive(Default)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    offsets: Vec<u64>,
}

impl Entry {
    fn read(&self, name: &str, data: &[u8], position: usize) -> Result<Tensor> {
        let fail =
            |found: String, expected: String| bad(format!("tensor '{name}' {found}"), expected);
        if self.dtype != "F64" {
            return Err(fail(format!("of type '{}'", self.dtype), "F64".into()));
        }
        if self.shape.len() > 2 || self.shape.is_empty() {
            return Err(fail(
                format!("of {} axes", self.shape.len()),
                "one or two".into(),
            ));
        }
        let bytes = self
            .shape
            .iter()
            .try_fold(8u64, |product, &n| product.checked_mul(n))
            .ok_or_else(|| fail("whose size overflows".into(), "a size that can be".into()))?;
        let [start, end] = self.offsets[..] else {
            return Err(fail(
                "without two offsets".into(),
                "a start and an end".into(),
            ));
        };
        if start != position as u64 {
            return Err(fail(
                format!("from byte {start}"),
                format!("{position}: no hole, no overlap"),
            ));
        }
        if end.checked_sub(start) != Some(bytes) {
            return Err(fail(
                format!("from {start} to {end}"),
                format!("{bytes} bytes for its shape"),
            ));
        }
        let values = usize::try_from(end)
            .ok()
            .and_then(|end| data.get(position..end))
            .ok_or_else(|| {
                fail(
                    format!("up to byte {end}"),
                    format!("at most {}", data.len()),
                )
            })?;
        let data: Vec<f64> = values
            .chunks_exact(8)
            .map(|c| c.first_chunk().map_or(f64::NAN, |b| f64::from_le_bytes(*b)))
            .collect();
        if let Some(i) = data.iter().position(|v| !v.is_finite()) {
            return Err(fail(
                format!("with {} at {i}", data[i]),
                "finite numbers".into(),
            ));
        }
        // The product was checked, so each factor fits as well unless another is zero.
        let shape = self
            .shape
            .iter()
            .map(|&n| {
                usize::try_from(n).map_err(|_| fail("too large".into(), "a smaller one".into()))
            })
            .collect::<Result<_>>()?;
        Ok(Tensor { shape, data })
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Header;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of tensors")
            }
            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Header, M::Error> {
                use serde::de::Error as _;
                let mut metadata = None;
                let mut tensors: Vec<(String, Entry)> = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        if metadata.is_some() {
                            return Err(M::Error::custom("two '__metadata__'"));
                        }
                        metadata = Some(map.next_value::<Strings>()?.0);
                        continue;
                    }
                    if tensors.len() == TENSOR_LIMIT {
                        return Err(M::Error::custom(format!(
                            "more than {TENSOR_LIMIT} tensors"
                        )));
                    }
                    if tensors.iter().any(|(n, _)| *n == name) {
                        return Err(M::Error::custom(format!("two tensors '{name}'")));
                    }
                    tensors.push((name, map.next_value()?));
                }
                Ok(Header {
                    metadata: metadata.unwrap_or_default(),
                    tensors,
                })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A map of strings without duplicates.
struct Strings(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Strings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Strings, M::Error> {
                use serde::de::Error as _;
                let mut out = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if out.insert(key.clone(), value).is_some() {
                        return Err(M::Error::custom(format!("two entries '{key}'")));
                    }
                }
                Ok(Strings(out))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("dtype, shape and data_offsets")
            }
            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<Entry, M::Error> {
                use serde::de::Error as _;
                let mut entry = Entry::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "dtype" => entry.dtype = map.next_value()?,
                        "shape" => entry.shape = map.next_value::<Numbers>()?.0,
                        "data_offsets" => entry.offsets = map.next_value::<Numbers>()?.0,
                        other => {
                            map.next_value::<IgnoredAny>()?;
                            return Err(M::Error::custom(format!("an unknown field '{other}'")));
                        }
                    }
                }
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// At most a few numbers: a list as long as the header would be read into memory otherwise.
struct Numbers(Vec<u64>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Numbers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a short list of whole numbers")
            }
            fn visit_seq<S: SeqAccess<'de>>(
                self,
                mut list: S,
            ) -> std::result::Result<Numbers, S::Error> {
                use serde::de::Error as _;
                let mut out = Vec::new();
                while let Some(value) = list.next_element()? {
                    if out.len() == 8 {
                        return Err(S::Error::custom("more than eight numbers"));
                    }
                    out.push(value);
                }
                Ok(Numbers(out))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}
