//! Part numbers and part sizes of a multipart upload.

use serde::{Deserialize, Serialize};

/// The greatest part number of an upload (Amazon S3 user guide, "Multipart upload limits").
pub const MAX_PART_NUMBER: u16 = 10_000;

/// The part size doubles at this part number and once more at twice this number.
const PARTS_PER_SIZE: u16 = 2_500;

/// The size at which the part with this number is full, if part 1 is full at `first` bytes.
///
/// With 8 MiB for part 1, the 10,000 parts hold 2,499 · 8 + 2,500 · 16 + 5,001 · 32 MiB = 220,024
/// MiB = 215 GiB. Parts of 8 MiB alone would hold 78 GiB.
#[must_use]
pub fn part_bytes(number: u16, first: usize) -> usize {
    first << (number / PARTS_PER_SIZE).min(2)
}

/// The numbers of the parts that belong to the file. Attempts that were fenced off have uploaded
/// other parts.
///
/// They are kept in ascending order as ranges with both ends included, for example
/// `[[1,4],[6,6]]`, so most exports need one range whatever their size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartNumbers(Vec<(u16, u16)>);

impl PartNumbers {
    /// Adds a number that is greater than all others.
    pub fn push(&mut self, number: u16) {
        match self.0.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => self.0.push((number, number)),
        }
    }

    /// The numbers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// Whether there are no numbers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_range() {
        let mut parts = PartNumbers::default();
        assert!(parts.is_empty());
        for number in [1, 2, 3, 5, 9, 10] {
            parts.push(number);
        }
        assert_eq!(parts.iter().collect::<Vec<_>>(), [1, 2, 3, 5, 9, 10]);
        assert_eq!(serde_json::to_string(&parts).unwrap(), "[[1,3],[5,5],[9,10]]");
    }

    #[test]
    fn ten_thousand_parts_hold_215_gib() {
        const MIB: usize = 1024 * 1024;
        let size = |number| part_bytes(number, 8 * MIB) / MIB;
        assert_eq!([1, 2_499, 2_500, 4_999].map(size), [8, 8, 16, 16]);
        assert_eq!([5_000, 9_999, MAX_PART_NUMBER].map(size), [32, 32, 32]);
        let all: usize = (1..=MAX_PART_NUMBER).map(size).sum();
        assert_eq!((all, (all + 512) / 1_024), (220_024, 215));
    }
}
