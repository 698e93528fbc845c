//! Judges the year of an actor with the code of the product, and with a plain rule beside it.

use domain::directory::{ActorProfile, Day, Followed, Profile, Sighting};
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use domain::unusual::{Judged, Judgement, Reasons, Rules, Verdicts};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The unusual entries of an actor, as the index holds them after the year. The entries are in the
/// order in which they were recorded.
///
/// 1. Those of a day are merged into one profile, as [`domain::following`] does with a step.
/// 2. This is merged into the known profile, and what is sensitive or denied is counted.
/// 3. The changes are applied to what was unusual before.
pub(crate) fn unusual(entries: &[Sighting], rules: &Rules) -> Verdicts {
    let mut verdicts = Verdicts::new();
    let mut known: Option<ActorProfile> = None;
    for step in entries.chunk_by(|a, b| Day::of(a.recorded_at) == Day::of(b.recorded_at)) {
        let Some(new) = step.iter().map(ActorProfile::of).reduce(|mut all, one| {
            all.merge(&one);
            all
        }) else {
            continue;
        };
        let mut now = match &known {
            Some(known) => {
                let mut merged = known.clone();
                merged.merge(&new);
                merged
            }
            None => new,
        };
        now.count(&step.iter().collect::<Vec<_>>());
        for change in ActorProfile::changes(known.as_ref(), &now, &rules.thresholds) {
            let reasons = verdicts.entry(change.id).or_default();
            change.removed.iter().for_each(|reason| reasons.remove(reason));
            change.added.iter().for_each(|reason| reasons.add(reason));
        }
        now.settle();
        known = Some(now);
    }
    verdicts.retain(|_, reasons| !reasons.is_empty());
    verdicts
}

/// The judgement of a log that began at this moment.
pub(crate) fn judgement(first: Timestamp, rules: &Rules) -> Judgement {
    Judgement::of(Some(Followed { first: Some(first), ..Followed::NOTHING }), &rules.thresholds)
}

/// What is shown of the reasons of an entry.
pub(crate) fn shown(judgement: Judgement, id: EntryId, reasons: Reasons) -> Reasons {
    let is_learning = judgement.is_learning(id.occurred_at());
    if is_learning { reasons.while_learning() } else { reasons }
}

/// The entries from an address that the actor never used before: the plain rule.
pub(crate) fn from_new_addresses(entries: &[Sighting]) -> BTreeSet<EntryId> {
    let mut known: BTreeSet<IpAddr> = BTreeSet::new();
    let is_new = |entry: &&Sighting| entry.address.is_some_and(|address| known.insert(address));
    entries.iter().filter(is_new).map(|entry| entry.id).collect()
}
