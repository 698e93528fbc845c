//! Owns the numbers of a multipart upload's parts that belong to the file; others were uploaded by
//! attempts that came to nothing.

use serde::{Deserialize, Serialize};

/// The most parts of an upload (Amazon S3 user guide, "Multipart upload limits").
pub const MAX_PART_NUMBER: u16 = 10_000;

/// Part numbers in ascending order, as ranges with both ends included: `[[1,4],[6,6]]`. Most
/// exports have one range, whatever their size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartNumbers(Vec<(u16, u16)>);

impl PartNumbers {
    /// Adds a number above all others.
    pub fn push(&mut self, number: u16) {
        match self.0.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => self.0.push((number, number)),
        }
    }

    /// The numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// Whether there is none.
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
}
