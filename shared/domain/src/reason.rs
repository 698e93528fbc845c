//! Owns the reasons for which an entry is unusual.

use serde::{Serialize, Serializer};

/// A reason for which an entry is unusual.
///
/// The order of the reasons is stored: a set of reasons holds each by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The first entry of its actor.
    NewActor,
    /// The first entry of its actor from this network.
    NewAddress,
    /// The first entry of its actor with this action.
    NewAction,
    /// The first entry of its actor after a long time.
    Returned,
    /// The first entry of its actor around this hour of the day.
    UnusualHour,
    /// The first entry of an hour in which its actor did far more sensitive things than usual.
    Burst,
    /// The first entry of an hour in which its actor was denied far more than usual.
    ManyDenied,
    /// The first entry of its actor's day that was recorded long after it happened.
    RecordedLate,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::NewActor,
        Self::NewAddress,
        Self::NewAction,
        Self::Returned,
        Self::UnusualHour,
        Self::Burst,
        Self::ManyDenied,
        Self::RecordedLate,
    ];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewActor => "new_actor",
            Self::NewAddress => "new_address",
            Self::NewAction => "new_action",
            Self::Returned => "returned",
            Self::UnusualHour => "unusual_hour",
            Self::Burst => "burst",
            Self::ManyDenied => "many_denied",
            Self::RecordedLate => "recorded_late",
        }
    }

    /// Whether it holds while a log is so young that nothing in it is usual yet.
    #[must_use]
    pub fn holds_while_learning(self) -> bool {
        self == Self::Burst
    }

    fn bit(self) -> u8 {
        match self {
            Self::NewActor => 1,
            Self::NewAddress => 2,
            Self::NewAction => 4,
            Self::Returned => 8,
            Self::UnusualHour => 16,
            Self::Burst => 32,
            Self::ManyDenied => 64,
            Self::RecordedLate => 128,
        }
    }
}

/// A set of reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Reasons(u8);

impl Reasons {
    /// Adds a reason.
    pub fn add(&mut self, reason: Reason) {
        self.0 |= reason.bit();
    }

    /// Takes a reason away.
    pub fn remove(&mut self, reason: Reason) {
        self.0 &= !reason.bit();
    }

    /// Whether a reason is in it.
    #[must_use]
    pub fn has(self, reason: Reason) -> bool {
        self.0 & reason.bit() != 0
    }

    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The reasons, in their order.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |reason| self.has(*reason))
    }

    /// Those that hold while a log is young.
    #[must_use]
    pub fn while_learning(self) -> Self {
        self.iter().filter(|reason| reason.holds_while_learning()).collect()
    }

    /// As it is stored: a bit for each reason.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The set that [`Reasons::bits`] gave.
    #[must_use]
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

impl FromIterator<Reason> for Reasons {
    fn from_iter<I: IntoIterator<Item = Reason>>(reasons: I) -> Self {
        let mut all = Self::default();
        reasons.into_iter().for_each(|reason| all.add(reason));
        all
    }
}

/// The names, in their order.
impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden: days of the index hold reasons by these bits.
    #[test]
    fn the_bits_of_reasons_are_fixed() {
        let bits: Vec<_> = Reason::ALL.iter().map(|reason| reason.bit()).collect();
        assert_eq!(bits, [1, 2, 4, 8, 16, 32, 64, 128]);
        let mut reasons: Reasons = [Reason::Burst, Reason::NewActor].into_iter().collect();
        assert_eq!(reasons.bits(), 33);
        assert_eq!(serde_json::to_string(&reasons).unwrap(), r#"["new_actor","burst"]"#);
        assert_eq!(reasons.while_learning(), Reasons::from_bits(32));
        reasons.remove(Reason::Burst);
        assert!(reasons.has(Reason::NewActor) && !reasons.has(Reason::Burst));
    }

    #[test]
    fn a_reason_is_written_by_its_name() {
        for reason in Reason::ALL {
            let json = serde_json::to_value(reason).unwrap();
            assert_eq!(json, serde_json::json!(reason.name()));
        }
    }
}
