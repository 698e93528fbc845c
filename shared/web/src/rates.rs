//! Owns how many requests a second one instance takes: for a workspace, for a key, and with tokens
//! that nobody knows. A submodule keeps the buckets.

mod buckets;

pub(crate) use buckets::Buckets;

use std::num::NonZeroU32;

/// The setting with the rate of each workspace.
pub const RATE_PER_WORKSPACE: &str = "RATE_PER_WORKSPACE";
/// The setting with the rate of each key.
pub const RATE_PER_KEY: &str = "RATE_PER_KEY";
/// The setting with the rate of unknown keys from each address.
pub const RATE_OF_UNKNOWN_KEYS: &str = "RATE_OF_UNKNOWN_KEYS";
/// The setting with the rate of unknown keys from all addresses together.
pub const RATE_OF_ALL_UNKNOWN_KEYS: &str = "RATE_OF_ALL_UNKNOWN_KEYS";

/// Requests a second: 1 to 1,000,000. A bucket holds what 2 seconds give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(NonZeroU32);

/// A setting is not a rate.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} must be a whole number from 1 to 1,000,000: requests a second")]
pub struct InvalidRate(&'static str);

impl Rate {
    /// The greatest rate: one request in a microsecond, in which buckets count.
    const MAX: u32 = 1_000_000;

    /// So many requests a second; as near as a rate can be.
    #[must_use]
    pub const fn per_second(requests: u32) -> Self {
        let least = NonZeroU32::MIN;
        let capped = if requests > Self::MAX { Self::MAX } else { requests };
        Self(least.saturating_add(capped.saturating_sub(1)))
    }

    /// The microseconds in which one request is given.
    fn interval_us(self) -> i64 {
        1_000_000 / i64::from(self.0.get())
    }

    fn parse(text: &str) -> Option<Self> {
        let requests = text.parse().ok().filter(|requests| (1..=Self::MAX).contains(requests))?;
        Some(Self::per_second(requests))
    }
}

/// The rates of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of all keys to one workspace.
    pub per_workspace: Rate,
    /// Requests with one key, viewer tokens included.
    pub per_key: Rate,
    /// Requests from one address with tokens whose key this instance has not met.
    pub unknown_keys: Rate,
    /// The same from all addresses together.
    pub all_unknown_keys: Rate,
}

impl Rates {
    /// What one instance of a Lambda function can serve, which answers one request at a time:
    /// 1 s / 10 ms for a request = 100 requests a second. A key may have all of it, and a workspace
    /// half. Unknown keys are a fifth of it, so that reads for them take a fifth of the time at
    /// most, and from one address a tenth of that.
    pub const OF_AN_INSTANCE: Self = Self {
        per_workspace: Rate::per_second(50),
        per_key: Rate::per_second(100),
        unknown_keys: Rate::per_second(2),
        all_unknown_keys: Rate::per_second(20),
    };

    /// Rates that no test or measurement reaches.
    pub const UNLIMITED: Self = Self {
        per_workspace: Rate::per_second(Rate::MAX),
        per_key: Rate::per_second(Rate::MAX),
        unknown_keys: Rate::per_second(Rate::MAX),
        all_unknown_keys: Rate::per_second(Rate::MAX),
    };

    /// The same rates, so many times.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        const fn times(rate: Rate, factor: u32) -> Rate {
            Rate::per_second(rate.0.get().saturating_mul(factor))
        }
        Self {
            per_workspace: times(self.per_workspace, factor),
            per_key: times(self.per_key, factor),
            unknown_keys: times(self.unknown_keys, factor),
            all_unknown_keys: times(self.all_unknown_keys, factor),
        }
    }

    /// These rates, with those that `setting` has for their names.
    ///
    /// # Errors
    /// [`InvalidRate`] for a setting that is not a rate.
    pub fn with_settings(
        self,
        setting: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidRate> {
        let rate = |name: &'static str, default: Rate| {
            setting(name).map_or(Ok(default), |text| Rate::parse(&text).ok_or(InvalidRate(name)))
        };
        Ok(Self {
            per_workspace: rate(RATE_PER_WORKSPACE, self.per_workspace)?,
            per_key: rate(RATE_PER_KEY, self.per_key)?,
            unknown_keys: rate(RATE_OF_UNKNOWN_KEYS, self.unknown_keys)?,
            all_unknown_keys: rate(RATE_OF_ALL_UNKNOWN_KEYS, self.all_unknown_keys)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_replace_the_rates_that_they_name() {
        let rates = Rates::OF_AN_INSTANCE;
        let none = |_: &str| None;
        assert_eq!(rates.with_settings(none), Ok(rates));
        let one = |name: &str| (name == RATE_PER_KEY).then(|| "7".to_owned());
        let expected = Rates { per_key: Rate::per_second(7), ..rates };
        assert_eq!(rates.with_settings(one), Ok(expected));
    }

    #[test]
    fn a_setting_that_is_not_a_rate_is_named() {
        for text in ["", "0", "-1", "1.5", "1000001", "99999999999", "ten", " 1"] {
            let setting = |name: &str| (name == RATE_OF_UNKNOWN_KEYS).then(|| text.to_owned());
            let read = Rates::OF_AN_INSTANCE.with_settings(setting);
            assert_eq!(read, Err(InvalidRate(RATE_OF_UNKNOWN_KEYS)), "{text:?}");
        }
        assert_eq!(Rate::parse("1000000"), Some(Rates::UNLIMITED.per_key));
    }

    #[test]
    fn a_rate_is_never_nothing_and_never_above_the_greatest() {
        assert_eq!(Rate::per_second(0), Rate::per_second(1));
        assert_eq!(Rate::per_second(u32::MAX).interval_us(), 1);
        assert_eq!(Rates::OF_AN_INSTANCE.times(2).per_key, Rate::per_second(200));
    }
}
