//! Owns the plans and their retention: when an entry expires, which entries are still visible, and
//! when the store may delete an entry.

use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// The plan of a workspace. It decides the retention of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// 30 days.
    Free,
    /// 90 days.
    Basic,
    /// 365 days.
    Pro,
    /// Unlimited.
    Enterprise,
}

impl Plan {
    /// All plans in ascending order of retention.
    pub const ALL: [Self; 4] = [Self::Free, Self::Basic, Self::Pro, Self::Enterprise];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Basic => "basic",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }

    /// The plan with this name. `None` means that there is no such plan.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.name() == name)
    }

    /// The number of days for which an entry is kept after the end of its UTC day. `None` means
    /// forever.
    #[must_use]
    pub fn retention_days(self) -> Option<u32> {
        match self {
            Self::Free => Some(30),
            Self::Basic => Some(90),
            Self::Pro => Some(365),
            Self::Enterprise => None,
        }
    }

    /// When an entry expires: the end of its UTC day plus the retention, so that all entries of a
    /// day expire together. `None` means never.
    #[must_use]
    pub fn expires_at(self, occurred_at: Timestamp) -> Option<Timestamp> {
        let days = self.retention_days()?;
        Some(occurred_at.start_of_day().plus_days(1 + i64::from(days)))
    }

    /// The earliest `occurred_at` of an entry that has not expired at `now`. `None` means that
    /// entries never expire.
    ///
    /// An entry of day D expires at the start of day D + 1 + retention. With `now` on day N, that
    /// is in the future exactly if D ≥ N − retention.
    #[must_use]
    pub fn keeps_from(self, now: Timestamp) -> Option<Timestamp> {
        let days = self.retention_days()?;
        Some(now.start_of_day().plus_days(-i64::from(days)))
    }

    /// Whether this plan keeps entries for a shorter time than another.
    #[must_use]
    pub fn keeps_less_than(self, other: Self) -> bool {
        let days = |plan: Self| plan.retention_days().unwrap_or(u32::MAX);
        days(self) < days(other)
    }

    /// From when on the store may delete an entry: the days of grace after it expires. `None` means
    /// never.
    #[must_use]
    pub fn delete_at(self, occurred_at: Timestamp, grace: GraceDays) -> Option<Timestamp> {
        self.expires_at(occurred_at).map(|end| grace.after(end))
    }
}

/// For how many days after a plan was lowered it can be raised again without loss, 0 to 90. It is a
/// parameter of the deployment.
///
/// Stored entries are kept for as many days after they expire, so that a raised plan has this time
/// to move the moment of their deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraceDays(u8);

impl GraceDays {
    /// The most days.
    pub const MAX: u8 = 90;

    /// So many days. `None` means that they are more than [`GraceDays::MAX`].
    #[must_use]
    pub fn new(days: u8) -> Option<Self> {
        (days <= Self::MAX).then_some(Self(days))
    }

    /// Reads a number of days. `None` means that the text is no number from 0 to 90.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::new)
    }

    /// The moment so many days later.
    #[must_use]
    pub fn after(self, moment: Timestamp) -> Timestamp {
        moment.plus_days(i64::from(self.0))
    }
}

impl Default for GraceDays {
    /// 7 days.
    fn default() -> Self {
        Self(7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_entry_expires_at_the_end_of_its_day_plus_the_retention() {
        let at = |text| Timestamp::parse(text).unwrap();
        let expires = |plan: Plan, text| plan.expires_at(at(text)).map(Timestamp::rfc3339);
        assert_eq!(
            expires(Plan::Free, "2026-11-22T00:00:00Z").as_deref(),
            Some("2026-12-23T00:00:00.000Z")
        );
        assert_eq!(
            expires(Plan::Free, "2026-11-22T23:59:59.999Z").as_deref(),
            Some("2026-12-23T00:00:00.000Z")
        );
        assert_eq!(
            expires(Plan::Basic, "2026-11-22T12:00:00Z").as_deref(),
            Some("2027-02-21T00:00:00.000Z")
        );
        assert_eq!(
            expires(Plan::Pro, "2026-11-22T12:00:00Z").as_deref(),
            Some("2027-11-23T00:00:00.000Z")
        );
        assert_eq!(expires(Plan::Enterprise, "2026-11-22T12:00:00Z"), None);
    }

    #[test]
    fn an_entry_may_be_deleted_when_the_days_of_grace_after_its_expiry_are_over() {
        let at = |text| Timestamp::parse(text).unwrap();
        let deleted = |plan: Plan, grace| {
            plan.delete_at(at("2026-11-22T14:00:00Z"), grace).map(Timestamp::rfc3339)
        };
        let (week, none) = (GraceDays::default(), GraceDays::new(0).unwrap());
        assert_eq!(deleted(Plan::Free, week).as_deref(), Some("2026-12-30T00:00:00.000Z"));
        assert_eq!(deleted(Plan::Free, none).as_deref(), Some("2026-12-23T00:00:00.000Z"));
        assert_eq!(deleted(Plan::Enterprise, week), None);
    }

    #[test]
    fn days_of_grace_are_0_to_90() {
        assert_eq!(GraceDays::parse("7"), Some(GraceDays::default()));
        assert_eq!([GraceDays::parse("0"), GraceDays::parse("90")], [0, 90].map(GraceDays::new));
        for bad in ["", "-1", "91", "256", "7.0", "a week", " 7"] {
            assert_eq!(GraceDays::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_entry_is_kept_exactly_until_it_expires(
            now in 0_i64..4_000_000_000_000,
            age in prop_oneof![
                -400_000_i64..40_000_000,
                // Within two days of the end of each plan's retention.
                (prop::sample::select(vec![30_i64, 90, 365]), -172_800_i64..172_800)
                    .prop_map(|(days, seconds)| days * 86_400 + seconds),
            ],
        ) {
            let now = Timestamp::clamped(now);
            let occurred_at = now.plus_ms(-age * 1_000);
            for plan in Plan::ALL {
                let is_kept = plan.keeps_from(now).is_none_or(|from| occurred_at >= from);
                let is_live = plan.expires_at(occurred_at).is_none_or(|end| end > now);
                prop_assert_eq!(is_kept, is_live);
            }
        }
    }
}
