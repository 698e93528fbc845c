//! Explains why an entry is unusual.

use super::{Reason, Reasons};
use crate::directory::{ActorProfile, Busy, Day, Hour, Network, Place, hour_of_day};
use crate::entry::Entry;
use crate::timestamp::Timestamp;
use serde::Serialize;

/// The most networks that evidence names.
pub const MOST_NAMED: usize = 3;

/// Why an entry is unusual; `Evidence` in `openapi.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The reason.
    pub reason: Reason,
    /// A sentence in English.
    pub detail: String,
    /// What the sentence is made of.
    #[serde(flatten)]
    pub facts: Facts,
}

/// What the sentence of a piece of evidence is made of. A reason has those that it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// When the actor's first entry happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_since: Option<Timestamp>,
    /// The network that is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Networks from which the actor acted before, at most 3, the one of its first entry first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_networks: Vec<String>,
    /// How many networks these are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_network_count: Option<usize>,
    /// How many actions the actor had done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_action_count: Option<usize>,
    /// The last day before on which the actor was active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_day: Option<String>,
    /// The hours of the day in UTC in which the actor had been active.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_hours: Vec<usize>,
    /// The hour that is counted, by its first moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<Timestamp>,
    /// How many entries it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How many the busiest usual hour had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busiest_before: Option<u32>,
    /// How many seconds after it happened the entry was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_after_seconds: Option<i64>,
}

impl ActorProfile {
    /// Why an entry of the actor is unusual: each reason that the index has, with its evidence as
    /// far as the profile still knows it.
    #[must_use]
    pub fn evidence(&self, entry: &Entry, reasons: Reasons) -> Vec<Evidence> {
        reasons.iter().map(|reason| self.of_reason(entry, reason)).collect()
    }

    fn of_reason(&self, entry: &Entry, reason: Reason) -> Evidence {
        let actor = &entry.content.actor;
        let who = actor.name.as_ref().unwrap_or(&actor.id);
        let known_since = Some(self.history.first.at()).filter(|_| reason != Reason::NewActor);
        let facts = Facts { known_since, ..self.facts(entry, reason) };
        let since = date(self.history.first.at());
        let detail = match reason {
            Reason::NewActor => format!("First entry by {who}."),
            Reason::NewAddress => format!(
                "First entry by {who} from {}. Earlier ones, since {since}, came from {}.",
                facts.network.as_deref().unwrap_or_default(),
                list(&facts.known_networks, facts.known_network_count.unwrap_or_default()),
            ),
            Reason::NewAction => format!(
                "First time that {who} did this. Known since {since}, with {}.",
                others(facts.known_action_count.unwrap_or_default(), "action"),
            ),
            Reason::Returned => format!(
                "First entry by {who} since {}.",
                facts.last_active_day.as_deref().unwrap_or_default(),
            ),
            Reason::UnusualHour => format!(
                "First entry by {who} around {:02}:00 UTC. Known since {since}, active at {} UTC.",
                hour_of_day(entry.content.occurred_at),
                hours(&facts.known_hours),
            ),
            Reason::Burst => {
                counted(&facts, &format!("sensitive actions by {who}"), "sensitive actions")
            }
            Reason::ManyDenied => {
                counted(&facts, &format!("attempts by {who} were denied"), "denied attempts")
            }
            Reason::RecordedLate => format!(
                "Recorded {} after it happened.",
                duration(facts.recorded_after_seconds.unwrap_or_default()),
            ),
        };
        Evidence { reason, detail, facts }
    }

    fn facts(&self, entry: &Entry, reason: Reason) -> Facts {
        let (place, history) = (Place::of(entry.id), &self.history);
        let none = Facts::default();
        match reason {
            Reason::NewActor => none,
            Reason::NewAddress => {
                let address = entry.content.ip_address.as_ref();
                let address = address.and_then(|address| address.parse().ok());
                let known = history.networks.before(place);
                let named = known.iter().take(MOST_NAMED).map(|(network, _)| network.to_string());
                Facts {
                    network: address.map(|address| Network::of(address).to_string()),
                    known_networks: named.collect(),
                    known_network_count: Some(known.len()),
                    ..none
                }
            }
            Reason::NewAction => {
                Facts { known_action_count: Some(history.actions.before(place).len()), ..none }
            }
            Reason::Returned => {
                let before = self.days.before(Day::of(place.at()));
                Facts { last_active_day: before.map(|day| date(day.start())), ..none }
            }
            Reason::UnusualHour => {
                let hours = history.hours.iter().enumerate();
                let known = hours.filter(|(_, met)| met.is_some_and(|met| met < place));
                Facts { known_hours: known.map(|(hour, _)| hour).collect(), ..none }
            }
            Reason::Burst => busy(&history.sensitive, place),
            Reason::ManyDenied => busy(&history.denied, place),
            Reason::RecordedLate => {
                let late_ms = entry.recorded_at.ms() - entry.content.occurred_at.ms();
                Facts { recorded_after_seconds: Some(late_ms / 1_000), ..none }
            }
        }
    }
}

/// What is known of the hour that begins with an entry.
fn busy(busy: &Busy, place: Place) -> Facts {
    let hour = Hour::of(place.at());
    let judged = busy.judged().find(|(judged, ..)| *judged == hour);
    let counted = judged.map(|(_, counted, _)| counted.count);
    let busiest_before = judged.map(|(_, _, busiest)| busiest);
    Facts { hour: Some(hour.start()), count: counted, busiest_before, ..Facts::default() }
}

/// The sentence of an hour. Of an hour long ago, the counts are not known any more.
fn counted(facts: &Facts, what: &str, things: &str) -> String {
    let hour = facts.hour.map(minute).unwrap_or_default();
    match (facts.count, facts.busiest_before) {
        (Some(count), Some(0)) => {
            format!("{count} {what} in the hour from {hour}. There were none in an hour before.")
        }
        (Some(count), Some(busiest)) => {
            format!("{count} {what} in the hour from {hour}. The busiest usual hour had {busiest}.")
        }
        _ => format!("Far more {things} than usual in the hour from {hour}."),
    }
}

/// The first of some names, and how many more there are.
fn list(names: &[String], count: usize) -> String {
    let more = match count.saturating_sub(names.len()) {
        _ if names.is_empty() => return "no known network".to_owned(),
        0 => None,
        more => Some(others(more, "network")),
    };
    in_words(&names.iter().cloned().chain(more).collect::<Vec<_>>())
}

/// How many other things there are.
fn others(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} other {thing}{plural}")
}

/// Hours of the day as ranges: `07:00 to 09:00, 12:00, and 22:00 to 23:00`.
fn hours(hours: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for hour in hours {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *hour => *last = *hour,
            _ => ranges.push((*hour, *hour)),
        }
    }
    let text = |(first, last): &(usize, usize)| {
        if first == last {
            format!("{first:02}:00")
        } else {
            format!("{first:02}:00 to {last:02}:00")
        }
    };
    in_words(&ranges.iter().map(text).collect::<Vec<_>>())
}

/// Texts as a list in a sentence: `A, B, and C`.
fn in_words(texts: &[String]) -> String {
    match texts {
        [one, other] => format!("{one} and {other}"),
        [others @ .., last] if !others.is_empty() => format!("{}, and {last}", others.join(", ")),
        texts => texts.concat(),
    }
}

/// A day as RFC 3339 writes it.
fn date(moment: Timestamp) -> String {
    moment.rfc3339().chars().take(10).collect()
}

/// A minute, such as `2026-11-22 14:05 UTC`.
fn minute(moment: Timestamp) -> String {
    let text: String = moment.rfc3339().chars().take(16).collect();
    format!("{} UTC", text.replace('T', " "))
}

/// A time in days or hours, rounded down.
fn duration(seconds: i64) -> String {
    let hours = seconds / 3_600;
    match (hours / 24, hours) {
        (0, 1) => "1 hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "1 day".to_owned(),
        (days, _) => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::{hours, list, others};

    #[test]
    fn a_sentence_joins_what_it_lists_and_counts_one_as_one() {
        assert_eq!(hours(&[]), "");
        assert_eq!(hours(&[7]), "07:00");
        assert_eq!(hours(&[7, 8, 12]), "07:00 to 08:00 and 12:00");
        let ranges = hours(&[0, 7, 8, 9, 22, 23]);
        assert_eq!(ranges, "00:00, 07:00 to 09:00, and 22:00 to 23:00");
        let names = ["192.0.2.0/24".to_owned(), "203.0.113.0/24".to_owned()];
        assert_eq!(list(&names[..1], 1), "192.0.2.0/24");
        assert_eq!(list(&names[..1], 2), "192.0.2.0/24 and 1 other network");
        assert_eq!(list(&names, 2), "192.0.2.0/24 and 203.0.113.0/24");
        assert_eq!(list(&names, 4), "192.0.2.0/24, 203.0.113.0/24, and 2 other networks");
        assert_eq!(list(&[], 0), "no known network");
        assert_eq!(
            [1, 2].map(|count| others(count, "action")),
            ["1 other action", "2 other actions"]
        );
    }
}
