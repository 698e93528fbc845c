//! Judges the entries of an actor by its profile.

use super::{Reason, Reasons, Thresholds};
use crate::directory::{
    ActorProfile, AddressProfile, Busy, Day, Head, History, Network, Place, Profile, Roster,
    hour_of_day,
};
use crate::identity::EntryId;
use std::collections::{BTreeMap, BTreeSet};

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The unusual entries of an actor, with their reasons.
pub type Verdicts = BTreeMap<EntryId, Reasons>;

impl ActorProfile {
    /// The unusual entries of the actor: all that its history still tells.
    #[must_use]
    pub fn verdicts(&self, limits: &Thresholds) -> Verdicts {
        let History { first, networks, sensitive_actions, starts, late, sensitive, denied, .. } =
            &self.history;
        let mut verdicts = Verdicts::new();
        let mut add = |place: Place, reason| verdicts.entry(place.id()).or_default().add(reason);
        add(*first, Reason::NewActor);
        let known_for = |days: u16| first.at().plus_days(days.into());
        let known = known_for(limits.new_address_after_days);
        let later = networks.iter().filter(|(_, met)| met.at() >= known);
        later
            .filter(|(network, met)| self.is_strange(**network, *met))
            .for_each(|(_, met)| add(met, Reason::NewAddress));
        let met = sensitive_actions.iter().map(|(_, met)| met);
        met.filter(|met| self.has_before(limits.new_action_after_entries, *met))
            .for_each(|met| add(met, Reason::NewAction));
        let returned = starts.iter().filter(|(day, _)| {
            let gap = self.days.gap_before(**day);
            gap.is_some_and(|gap| gap > limits.returned_after_days.into())
        });
        returned.for_each(|(_, start)| add(*start, Reason::Returned));
        let known = known_for(limits.unusual_hour_after_days);
        let hours = self.history.hours.iter().flatten();
        hours
            .filter(|met| met.at() >= known && self.is_first_around_its_hour(**met))
            .for_each(|met| add(*met, Reason::UnusualHour));
        for (busy, least, reason) in [
            (sensitive, limits.burst_entries, Reason::Burst),
            (denied, limits.many_denied_entries, Reason::ManyDenied),
        ] {
            let factor = u32::from(limits.burst_factor);
            busy.judged()
                .filter(|(_, hour, _)| hour.count >= least.into())
                .filter(|(_, hour, busiest)| hour.count > busiest.saturating_mul(factor))
                .for_each(|(_, hour, _)| add(hour.first, reason));
        }
        for place in late.values() {
            add(*place, Reason::RecordedLate);
        }
        verdicts
    }

    /// Whether the history does not tell any more if a reason holds for an entry. What was said of
    /// it before stays.
    #[must_use]
    pub fn forgets(&self, id: EntryId, reason: Reason) -> bool {
        let at = id.occurred_at();
        let busy = |busy: &Busy| busy.forgets(at);
        match reason {
            Reason::Burst => busy(&self.history.sensitive),
            Reason::ManyDenied => busy(&self.history.denied),
            Reason::RecordedLate => {
                let oldest = self.history.late.keys().next();
                self.history.is_late_cut && oldest.is_some_and(|oldest| Day::of(at) < *oldest)
            }
            // The day before which it came back is not kept.
            Reason::Returned => {
                let day = Day::of(at);
                self.days.gap_before(day).is_none() && Day::of(self.history.first.at()) < day
            }
            Reason::NewActor | Reason::NewAddress | Reason::NewAction | Reason::UnusualHour => {
                false
            }
        }
    }

    /// Whether a network that the actor comes from for the first time is worth a look: it is in
    /// another region than the earlier ones, or the actor does from it, within an hour, something
    /// sensitive, or something for the first time. Without an earlier network, nothing is known.
    fn is_strange(&self, network: Network, met: Place) -> bool {
        let History { networks, actions, sensitive_networks, .. } = &self.history;
        let mut earlier = networks.iter().filter(|(_, first)| *first < met).peekable();
        if earlier.peek().is_none() {
            return false;
        }
        let within_the_hour =
            |place: Place| place >= met && place.at() <= met.at().plus_ms(HOUR_MS);
        earlier.all(|(other, _)| other.region() != network.region())
            || sensitive_networks.iter().any(|(of, first)| *of == network && within_the_hour(first))
            || actions.iter().any(|(_, first)| within_the_hour(first))
    }

    /// Whether at least so many entries of the actor come before this one.
    fn has_before(&self, entries: u16, place: Place) -> bool {
        let last = self.history.early.iter().nth(usize::from(entries).saturating_sub(1));
        last.is_some_and(|last| *last < Head::of(place))
    }

    /// Whether the actor has no earlier entry in the hour of the day of this one, nor in the hour
    /// before or after.
    fn is_first_around_its_hour(&self, place: Place) -> bool {
        let hours = &self.history.hours;
        let around = around(hour_of_day(place.at())).into_iter();
        around.filter_map(|hour| hours.get(hour).copied().flatten()).all(|met| met >= place)
    }
}

/// An hour of the day with the one before and the one after.
fn around(hour: usize) -> [usize; 3] {
    [23, 0, 1].map(|more| (hour + more) % 24)
}

/// How the reasons of an entry have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The entry.
    pub id: EntryId,
    /// The reasons that hold now and did not before.
    pub added: Reasons,
    /// The reasons that held before and do not now.
    pub removed: Reasons,
}

/// A profile of which follows which entries are unusual.
pub trait Judged: Profile {
    /// What is unusual now and was not before, and the other way round.
    fn changes(before: Option<&Self>, now: &Self, limits: &Thresholds) -> Vec<Change>;
}

impl Judged for ActorProfile {
    fn changes(before: Option<&Self>, now: &Self, limits: &Thresholds) -> Vec<Change> {
        let before = before.map(|before| before.verdicts(limits)).unwrap_or_default();
        changes(&before, now, limits)
    }
}

impl Judged for AddressProfile {
    fn changes(_before: Option<&Self>, _now: &Self, _limits: &Thresholds) -> Vec<Change> {
        Vec::new()
    }
}

impl<P: Profile> Judged for Roster<P> {
    fn changes(_before: Option<&Self>, _now: &Self, _limits: &Thresholds) -> Vec<Change> {
        Vec::new()
    }
}

/// How the verdicts of a profile have changed since what it was before, which may be nothing. What
/// the new profile has forgotten stays as it was.
fn changes(before: &Verdicts, now: &ActorProfile, limits: &Thresholds) -> Vec<Change> {
    let after = now.verdicts(limits);
    let ids: BTreeSet<EntryId> = before.keys().chain(after.keys()).copied().collect();
    let change = |id: EntryId| {
        let of = |verdicts: &Verdicts| verdicts.get(&id).copied().unwrap_or_default();
        let (before, after) = (of(before), of(&after));
        let added = after.iter().filter(|reason| !before.has(*reason)).collect();
        let gone = before.iter().filter(|reason| !after.has(*reason));
        let removed = gone.filter(|reason| !now.forgets(id, *reason)).collect();
        Change { id, added, removed }
    };
    let all = ids.into_iter().map(change);
    all.filter(|change| !change.added.is_empty() || !change.removed.is_empty()).collect()
}
