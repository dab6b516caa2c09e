//! Numbers and texts as bytes, and back.
//! It never fails on what it cannot read: it gives nothing.

/// Writes.
#[derive(Debug, Default)]
pub(super) struct Pen(pub Vec<u8>);

impl Pen {
    /// Seven bits a byte, the lowest first.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Reads what was written, in the same order.
#[derive(Debug)]
pub(super) struct Eye<'a>(pub &'a [u8]);

impl<'a> Eye<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_what_is_cut_off_is_nothing() {
        let mut pen = Pen::default();
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        numbers.iter().for_each(|n| pen.number(*n));
        pen.text("");
        pen.text("Größe\0");
        let mut eye = Eye(&pen.0);
        assert!(numbers.iter().all(|n| eye.number() == Some(*n)));
        assert_eq!((eye.text(), eye.text(), eye.text()), (Some(""), Some("Größe\0"), None));
        for length in 0..pen.0.len() {
            let mut eye = Eye(&pen.0[..length]);
            let read = numbers.iter().map_while(|_| eye.number()).count();
            assert!(read < numbers.len() || eye.text().and_then(|_| eye.text()).is_none());
        }
        assert_eq!(Eye(&[0xff; 20]).number(), None);
    }
}
