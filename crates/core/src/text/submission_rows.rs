//! Numbers as text: the shortest decimal that reads back as the same double.

/// Appends `number,id` (or `id,number`) and a line feed for each pair, numbers as ECMAScript's
/// `Number.prototype.toString` writes them.
///
/// The fast twin of the loop in `src/csv/submission.ts`, which knows any ids and any columns; a test
/// holds the two to the same bytes. Numbers are finite; both slices have one length.
pub fn append_rows(numbers: &[f64], ids: &[u32], id_first: bool, text: &mut Vec<u8>) {
    let mut shortest = ryu_js::Buffer::new();
    let mut digits = [0; 10];
    for (number, id) in numbers.iter().zip(ids) {
        let number = shortest.format(*number).as_bytes();
        let id = decimal(*id, &mut digits);
        let (first, second) = if id_first { (id, number) } else { (number, id) };
        text.extend_from_slice(first);
        text.push(b',');
        text.extend_from_slice(second);
        text.push(b'\n');
    }
}

fn decimal(mut value: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &digits[start..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::append_rows;

    #[test]
    fn rows_read_back_as_the_same_bits_and_look_like_ecmascript() {
        let numbers = [
            0.1,
            1.0,
            -2.5,
            1e21,
            1e-7,
            123456789012345680000.0,
            f64::MIN_POSITIVE,
            5e-324,
        ];
        let mut text = Vec::new();
        append_rows(
            &numbers,
            &[0, 7, 10, 4_294_967_295, 99, 100, 3, 4],
            false,
            &mut text,
        );
        let text = String::from_utf8(text).expect("text");
        assert_eq!(
            text,
            "0.1,0\n1,7\n-2.5,10\n1e+21,4294967295\n1e-7,99\n123456789012345680000,100\n\
             2.2250738585072014e-308,3\n5e-324,4\n"
        );
        for (line, number) in text.lines().zip(numbers) {
            let read: f64 = line
                .split(',')
                .next()
                .unwrap_or("")
                .parse()
                .expect("a number");
            assert_eq!(read.to_bits(), number.to_bits());
        }
        let mut swapped = Vec::new();
        append_rows(&numbers[..1], &[5], true, &mut swapped);
        assert_eq!(swapped, b"5,0.1\n");
    }
}
