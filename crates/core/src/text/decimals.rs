//! Rows of decimal numbers in text, such as a line of CSV or an array of JSON.

/// The first thing in a row that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Field of the row, counted from 0; the number of fields if there are too few.
    pub field: usize,
    /// First byte of the field.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
}

/// Reads exactly `out.len()` numbers, each rounded to the nearest double.
///
/// `separator` stands between two numbers, once; as a space it is any run of spaces and tabs. Spaces
/// and line ends around a number are skipped. A number is `[+-]digits[.digits][e[+-]digits]` with
/// digits on one side of the point, or `nan`, `inf`, `infinity` in either case, as Python and C
/// write them. A row with too many numbers is a fault at the first of them.
pub fn decimals(text: &[u8], separator: u8, out: &mut [f64]) -> Result<(), Fault> {
    let space = |&byte: &u8| byte != separator && matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let runs = separator == b' ';
    let stops = |byte: &u8| *byte == separator || matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let skip = |at: usize| {
        let blank = |byte: &u8| space(byte) || (runs && *byte == b' ');
        at + text[at..].iter().take_while(|byte| blank(byte)).count()
    };
    let mut at = skip(0);
    let fields = out.len();
    for (field, place) in out.iter_mut().enumerate() {
        let end = text[at..]
            .iter()
            .position(stops)
            .map_or(text.len(), |length| at + length);
        let fault = Fault {
            field,
            start: at,
            end,
        };
        *place = number(&text[at..end]).ok_or(fault)?;
        at = skip(end);
        if field + 1 == fields || runs {
            continue;
        }
        if text.get(at) != Some(&separator) {
            // Two words without a separator are one wrong field; the end of the row is one too few.
            let missing = at == text.len();
            return Err(Fault {
                field: field + usize::from(missing),
                start: if missing { at } else { fault.start },
                end: text.len().min(at + 1),
            });
        }
        at = skip(at + 1);
    }
    match at == text.len() {
        true => Ok(()),
        false => Err(Fault {
            field: fields,
            start: at,
            end: text.len(),
        }),
    }
}

/// Numbers in a row, counted by its separators.
pub fn count(text: &[u8], separator: u8) -> usize {
    if separator == b' ' {
        let words = text.split(u8::is_ascii_whitespace);
        return words.filter(|word| !word.is_empty()).count();
    }
    match text.trim_ascii().is_empty() {
        true => 0,
        false => 1 + text.iter().filter(|byte| **byte == separator).count(),
    }
}

fn number(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, separator: u8, count: usize) -> Result<Vec<f64>, (usize, String)> {
        let mut out = vec![0.0; count];
        match decimals(text.as_bytes(), separator, &mut out) {
            Ok(()) => Ok(out),
            Err(fault) => Err((fault.field, text[fault.start..fault.end].to_owned())),
        }
    }

    #[test]
    fn rows_are_read() {
        assert_eq!(read("1,-2.5,3e2", b',', 3), Ok(vec![1.0, -2.5, 300.0]));
        assert_eq!(read(" 1 ,\n 2\t,3 \r\n", b',', 3), Ok(vec![1.0, 2.0, 3.0]));
        assert_eq!(read("  1 \t 2  3 ", b' ', 3), Ok(vec![1.0, 2.0, 3.0]));
        assert_eq!(read("1\t2\t3", b'\t', 3), Ok(vec![1.0, 2.0, 3.0]));
        assert_eq!(read(".5;+5.;1E-3", b';', 3), Ok(vec![0.5, 5.0, 0.001]));
        let odd = read("NaN,Infinity,-inf", b',', 3).unwrap();
        assert!(odd[0].is_nan());
        assert_eq!(odd[1..], [f64::INFINITY, f64::NEG_INFINITY]);
        let digits = "0.1234567890123456789012345";
        assert_eq!(read(digits, b',', 1), Ok(vec![digits.parse().unwrap()]));
    }

    #[test]
    fn the_first_fault_is_named() {
        let found = |field, text: &str| Err((field, text.to_owned()));
        assert_eq!(read("1,x,3", b',', 3), found(1, "x"));
        assert_eq!(read("1,2", b',', 3), found(2, ""));
        assert_eq!(read("1,,3", b',', 3), found(1, ""));
        assert_eq!(read("1,2,3,4", b',', 3), found(3, ",4"));
        assert_eq!(read("1 2,3", b',', 2), found(0, "1 2"));
        assert_eq!(read("1 2", b' ', 3), found(2, ""));
        assert_eq!(read("0x10", b',', 1), found(0, "0x10"));
        assert_eq!(read("1_000", b',', 1), found(0, "1_000"));
        assert_eq!(read("", b',', 1), found(0, ""));
        assert_eq!(decimals(b"\xff", b',', &mut [0.0]).unwrap_err().field, 0);
    }

    #[test]
    fn numbers_are_counted_by_what_separates_them() {
        assert_eq!(count(b" 1  2\t3\n", b' '), 3);
        assert_eq!(count(b"1,,3", b','), 3);
        assert_eq!(count(b" ", b','), 0);
    }
}
