//! A row of numbers: read as its fields are one by one, and the numbers written as text read back.
#![no_main]

use hackface_core::text::decimals::{count, decimals};
use hackface_core::text::submission_rows::append_rows;
use hackface_fuzz::bits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, text) = input;
    let separator = [b',', b' ', b'\t', b';'][usize::from(choice % 4)];
    let mut numbers = vec![0.0; count(text, separator)];
    let read = decimals(text, separator, &mut numbers);
    let fields = one_by_one(text, separator);
    match read {
        Err(fault) => {
            assert!(fault.start <= fault.end && fault.end <= text.len());
            assert!(fault.field <= numbers.len());
            assert_eq!(fields, None);
            return;
        }
        Ok(()) => assert_eq!(fields, Some(bits(&numbers))),
    }
    numbers.retain(|number| number.is_finite());
    let ids: Vec<u32> = (0..).take(numbers.len()).collect();
    let mut written = Vec::new();
    append_rows(&numbers, &ids, true, &mut written);
    for ((line, number), id) in written.split(|b| *b == b'\n').zip(&numbers).zip(&ids) {
        let mut row = [0.0; 2];
        decimals(line, b',', &mut row).expect("what was written");
        // ECMAScript has one zero.
        assert_eq!(row, [f64::from(*id), *number]);
    }
});

/// The bits of every number, if all fields are numbers.
fn one_by_one(text: &[u8], separator: u8) -> Option<Vec<u64>> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let is_blank = text
        .iter()
        .all(|byte| blank(byte) && (*byte != separator || separator == b' '));
    if is_blank {
        return Some(vec![]);
    }
    let ends = |byte: &u8| *byte == separator || separator == b' ' && blank(byte);
    let fields = text
        .split(ends)
        .filter(|field| separator != b' ' || !field.is_empty());
    fields
        .map(|field| {
            let from = field.iter().position(|byte| !blank(byte))?;
            let to = field.iter().rposition(|byte| !blank(byte))?;
            let number: f64 = std::str::from_utf8(&field[from..=to]).ok()?.parse().ok()?;
            Some(number.to_bits())
        })
        .collect()
}
