//! Reads the attributes of an item by hand, where each is an attribute of its own shape.

use super::item::{Item, malformed};
use domain::ports::StoreError;
use domain::timestamp::Timestamp;

/// Reads the attributes of one item.
pub(super) struct Reader<'a> {
    pub(super) item: &'a Item,
    /// What the item is, for the error.
    pub(super) what: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn malformed(&self) -> StoreError {
        malformed(self.what)
    }

    /// An unknown schema is not guessed at.
    pub(super) fn schema(&self, known: u32) -> Result<(), StoreError> {
        let is_known = self.number("schema")? == u64::from(known);
        is_known.then_some(()).ok_or_else(|| self.malformed())
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, StoreError> {
        let text = self.item.get(name).and_then(|value| value.as_s().ok());
        text.map(String::as_str).ok_or_else(|| self.malformed())
    }

    pub(super) fn moment(&self, name: &str) -> Result<Timestamp, StoreError> {
        Timestamp::parse(self.text(name)?).map_err(|error| StoreError::Malformed(error.into()))
    }

    pub(super) fn number(&self, name: &str) -> Result<u64, StoreError> {
        let number = self.item.get(name).and_then(|value| value.as_n().ok());
        number.and_then(|number| number.parse().ok()).ok_or_else(|| self.malformed())
    }

    /// When something ends, in seconds since the Unix epoch. `None` means never.
    pub(super) fn end(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        if !self.item.contains_key(name) {
            return Ok(None);
        }
        let ms = i64::try_from(self.number(name)?).ok().and_then(|it| it.checked_mul(1_000));
        ms.and_then(Timestamp::from_ms).map(Some).ok_or_else(|| self.malformed())
    }

    pub(super) fn bytes(&self, name: &str) -> Result<&'a [u8], StoreError> {
        let bytes = self.item.get(name).and_then(|value| value.as_b().ok());
        bytes.map(AsRef::as_ref).ok_or_else(|| self.malformed())
    }
}
