//! The safetensors container, read as something that nobody trusts.
//!
//! Eight bytes of header length, a JSON header, tensor data. Only files in the form that
//! [`write`] produces are accepted — tensors in the order of their names, no gaps, one spelling of
//! the header — so that no byte of a file can change unnoticed.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::{Code, Error, Result};
use crate::job::memory::reserve;

/// Longest header, in bytes.
const HEADER_LIMIT: u64 = 1 << 20;
/// Most tensors: three for each of 64 stages, and some for the form.
const TENSOR_LIMIT: usize = 200;
/// Longest data section, in bytes: far above any model, far below what could not be held.
const DATA_LIMIT: u64 = 1 << 32;

/// Types of the values of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F64,
    F32,
    U32,
    U8,
}

/// The types that a file may have, and the bytes of its data.
pub(crate) struct Limits {
    elements: &'static [Element],
    data: u64,
}

/// Those of models and decisions.
const OF_MODELS: Limits = Limits {
    elements: &[Element::F64],
    data: DATA_LIMIT,
};

/// Those of files that are read in place, of any size.
pub(crate) const IN_PLACE: Limits = Limits {
    elements: &[Element::F64, Element::F32, Element::U32, Element::U8],
    data: u64::MAX,
};

impl Element {
    /// Bytes of a value.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 | Self::U32 => 4,
            Self::U8 => 1,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::U32 => "U32",
            Self::U8 => "U8",
        }
    }
}

/// A tensor of doubles, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<f64>,
}

/// Named tensors and string metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Container {
    pub(crate) tensors: BTreeMap<String, Tensor>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// The bytes of a container; the same container always has the same bytes.
///
/// Errors: `EMEMORY`.
pub(crate) fn write(container: &Container) -> Result<Vec<u8>> {
    let tensors = container.tensors.iter();
    let shapes = tensors.map(|(name, tensor)| (&name[..], Element::F64, &tensor.shape[..]));
    let header = header_text(&container.metadata, shapes);
    let numbers: usize = container.tensors.values().map(|t| t.data.len()).sum();
    let mut out = reserve("a model file", 8 + header.len() + 8 * numbers)?;
    out.extend((header.len() as u64).to_le_bytes());
    out.extend(header.into_bytes());
    for tensor in container.tensors.values() {
        for value in &tensor.data {
            out.extend(value.to_le_bytes());
        }
    }
    Ok(out)
}

/// Words for a header that cannot be read.
fn told(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let byte = error.column();
    let text = error.to_string();
    let own = text.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        Category::Eof => "a header that ends in the middle".to_owned(),
        Category::Data if !own.starts_with("invalid ") => format!("{own} in the header"),
        Category::Data => format!("a header with a value of another kind before its byte {byte}"),
        _ => format!("a header that is no JSON at its byte {byte}"),
    }
}

/// The one spelling of a header: these entries and tensors of these names and shapes.
pub(crate) fn header_text<'a>(
    metadata: &BTreeMap<String, String>,
    tensors: impl Iterator<Item = (&'a str, Element, &'a [usize])>,
) -> String {
    use std::fmt::Write;
    let quote = |text: &str| serde_json::Value::from(text).to_string();
    let mut out = String::from("{\"__metadata__\":{");
    for (i, (key, value)) in metadata.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(out, "{comma}{}:{}", quote(key), quote(value));
    }
    out.push('}');
    let mut offset = 0;
    for (name, element, shape) in tensors {
        let end = offset + shape.iter().product::<usize>() * element.size();
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        let _ = write!(
            out,
            ",{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{offset},{end}]}}",
            quote(name),
            element.name(),
            shape.join(",")
        );
        offset = end;
    }
    out.push('}');
    // Data begin at a multiple of eight, as readers that map files like it.
    while !out.len().is_multiple_of(8) {
        out.push(' ');
    }
    out
}

/// Reads a container.
///
/// Errors: `EMODEL`, naming the tensor where one is at fault; `EMEMORY`.
pub(crate) fn read(bytes: &[u8]) -> Result<Container> {
    let layout = layout_of(bytes, Some(bytes.len() as u64))?;
    read_start(layout, bytes)
}

/// The layout of a file by its first bytes, all of its header. Its length must be `length` where that is known.
///
/// Errors: as [`read`].
pub(crate) fn layout_of(head: &[u8], length: Option<u64>) -> Result<Layout> {
    Layout::read(head, length, &OF_MODELS)
}

/// The metadata of a file, and the tensors that lie whole in its first bytes.
///
/// Errors: as [`read`].
pub(crate) fn read_start(layout: Layout, bytes: &[u8]) -> Result<Container> {
    let (mut tensors, mut rest) = (BTreeMap::new(), &bytes[layout.start..]);
    for Slot { name, shape, .. } in layout.tensors {
        let values = shape.iter().product::<usize>();
        let Some((own, others)) = rest.split_at_checked(values * 8) else {
            break;
        };
        rest = others;
        let data = read_values(&name, own)?;
        tensors.insert(name, Tensor { shape, data });
    }
    Ok(Container {
        tensors,
        metadata: layout.metadata,
    })
}

/// Length of a whole file by its first bytes, all of its header. It must be `length` where that is
/// known.
///
/// Errors: as [`read`].
pub(crate) fn file_bytes(head: &[u8], length: Option<u64>) -> Result<u64> {
    let layout = layout_of(head, length)?;
    Ok(layout.start as u64 + layout.data_bytes)
}

fn read_values(name: &str, bytes: &[u8]) -> Result<Vec<f64>> {
    let (values, _) = bytes.as_chunks::<8>();
    let mut data = reserve("a tensor", values.len())?;
    data.extend(values.iter().map(|value| f64::from_le_bytes(*value)));
    match data.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(bad(
            format!("tensor '{name}' with {} at {i}", data[i]),
            "finite numbers",
        )),
        None => Ok(data),
    }
}

/// A header that says what it may: its metadata, and tensors one behind the other.
pub(crate) struct Layout {
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tensors: Vec<Slot>,
    /// Where the data begin.
    pub(crate) start: usize,
    data_bytes: u64,
}

/// The place of a tensor in a file.
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) element: Element,
    pub(crate) shape: Vec<usize>,
    /// First byte, counted from the start of the data.
    pub(crate) offset: u64,
}

impl Layout {
    /// Reads the start of a file of `file_bytes` bytes in all; data behind the header may be missing.
    ///
    /// Errors: `EMODEL`.
    pub(crate) fn read(bytes: &[u8], file_bytes: Option<u64>, limits: &Limits) -> Result<Self> {
        let (length, rest) = bytes
            .split_first_chunk::<8>()
            .ok_or_else(|| bad(format!("a file of {} bytes", bytes.len()), "a model file"))?;
        let length = u64::from_le_bytes(*length);
        // A pickle begins with 0x80; so does a header whose length ends in that byte, but a brace
        // follows that one.
        let pickle = bytes[0] == 0x80 && rest.first() != Some(&b'{');
        let model = "a model file in safetensors format, as fit writes it";
        if bytes.starts_with(b"\x93NUMPY") {
            return Err(bad("a .npy matrix", model).with_hint("Check the order of the file names"));
        }
        if bytes.starts_with(b"PK\x03\x04") || pickle {
            return Err(
                bad("a pickle or archive", model).with_hint("Fit a model and name its file")
            );
        }
        if length > HEADER_LIMIT {
            return Err(bad(
                format!("a header of {length} bytes"),
                format!("at most {HEADER_LIMIT}"),
            ));
        }
        let Some(header) = rest.get(..length as usize) else {
            return Err(bad(
                format!("{} bytes after the length of the header", rest.len()),
                format!("a header of {length} bytes"),
            ));
        };
        let parsed: Header =
            serde_json::from_slice(header).map_err(|e| bad(told(&e), "a safetensors header"))?;
        let mut layout = Self {
            metadata: parsed.metadata,
            tensors: Vec::new(),
            start: 8 + header.len(),
            data_bytes: 0,
        };
        let found = file_bytes.map(|bytes| bytes.saturating_sub(layout.start as u64));
        let most = found.unwrap_or(limits.data).min(limits.data);
        for (name, entry) in parsed.tensors {
            if layout.tensors.last().is_some_and(|last| last.name >= name) {
                return Err(bad(
                    format!("tensor '{name}' out of order"),
                    "tensors in order of their names",
                ));
            }
            let offset = layout.data_bytes;
            let element = entry.element(&name, limits)?;
            let shape = entry.shape((&name, element), &mut layout.data_bytes, most)?;
            layout.tensors.push(Slot {
                name,
                element,
                shape,
                offset,
            });
        }
        if let Some(found) = found.filter(|found| *found != layout.data_bytes) {
            return Err(bad(
                format!("{found} bytes of data"),
                format!("{}, as the tensors take", layout.data_bytes),
            ));
        }
        let shapes = layout
            .tensors
            .iter()
            .map(|slot| (&slot.name[..], slot.element, &slot.shape[..]));
        if header_text(&layout.metadata, shapes).as_bytes() != header {
            return Err(bad(
                "a header that was rewritten",
                "a header as hackface-native writes it",
            ));
        }
        Ok(layout)
    }
}

pub(crate) fn bad(found: impl Into<String>, expected: impl Into<String>) -> Error {
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
    fn element(&self, name: &str, limits: &Limits) -> Result<Element> {
        let known = limits
            .elements
            .iter()
            .find(|known| known.name() == self.dtype);
        known.copied().ok_or_else(|| {
            let expected: Vec<_> = limits.elements.iter().map(|known| known.name()).collect();
            let found = format!("tensor '{name}' of type '{}'", self.dtype);
            bad(found, expected.join(" or "))
        })
    }

    /// The shape of a tensor that begins at `position`, which moves to its end, at `most` at most.
    fn shape(
        &self,
        (name, element): (&str, Element),
        position: &mut u64,
        most: u64,
    ) -> Result<Vec<usize>> {
        let fail =
            |found: String, expected: String| bad(format!("tensor '{name}' {found}"), expected);
        if self.shape.len() > 2 || self.shape.is_empty() {
            return Err(fail(
                format!("of {} axes", self.shape.len()),
                "one or two".into(),
            ));
        }
        let product = |bytes: u64, n: &u64| bytes.checked_mul(*n);
        let Some(bytes) = self.shape.iter().try_fold(element.size() as u64, product) else {
            return Err(fail(
                "whose size overflows".into(),
                "a size that can be".into(),
            ));
        };
        let [start, end] = self.offsets[..] else {
            return Err(fail(
                "without two offsets".into(),
                "a start and an end".into(),
            ));
        };
        if start != *position {
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
        if end > most {
            return Err(fail(format!("up to byte {end}"), format!("at most {most}")));
        }
        // A side of any length takes no byte beside one of 0.
        if bytes == 0 {
            return Err(fail("without a value".into(), "at least one".into()));
        }
        *position = end;
        Ok(self.shape.iter().map(|&n| n as usize).collect())
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
