//! Owns what is counted of a year, and how it is printed.

use crate::calendar::{DAYS, day_of, moment};
use crate::judge::{from_new_addresses, judgement, shown, unusual};
use crate::world::years;
use domain::identity::EntryId;
use domain::unusual::{Reason, Reasons, Rules};
use std::fmt;

/// The most unusual entries a day that a workspace of 100 people shall have.
pub(crate) const MOST_A_DAY: f64 = 2.0;
/// The reasons with the heads of their columns.
const HEADS: [(Reason, &str); 8] = [
    (Reason::NewActor, "actor"),
    (Reason::NewAddress, "address"),
    (Reason::NewAction, "action"),
    (Reason::Returned, "return"),
    (Reason::UnusualHour, "hour"),
    (Reason::Burst, "burst"),
    (Reason::ManyDenied, "denied"),
    (Reason::RecordedLate, "late"),
];

/// What is counted of one year, or of several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) people: u32,
    pub(crate) entries: u32,
    /// Days on which people were in the workspace, after the learning time.
    pub(crate) person_days: u32,
    /// Unusual entries after the learning time.
    pub(crate) rows: u32,
    /// Those by reason. An entry may have several.
    by_reason: [u32; 8],
    /// Those that are an attacker's.
    attackers_rows: u32,
    pub(crate) attacks: u32,
    pub(crate) found: u32,
    /// Attackers found by reason.
    found_by: [u32; 8],
    /// The reasons for which an attacker was found.
    reasons: Reasons,
    how: String,
    plain_rows: u32,
    plain_attackers_rows: u32,
    plain_found: u32,
}

impl Counts {
    /// Generates and judges a year.
    pub(crate) fn of(seed: u64, rules: &Rules) -> Self {
        let mut counts = Self::default();
        // Somebody acts in the first hours of the log.
        let judgement = judgement(moment(0, 0), rules);
        let learning: i64 = rules.thresholds.learning_days.into();
        for year in years(seed, rules) {
            counts.people += u32::from(year.employed.is_some());
            counts.entries += u32::try_from(year.entries.len()).unwrap_or(u32::MAX);
            let (from, to) = year.employed.unwrap_or_default();
            let days = (to - from.max(learning)).max(0);
            counts.person_days += u32::try_from(days).unwrap_or_default();
            let attack = year.attack;
            let is_attackers =
                |id: EntryId| attack.as_ref().is_some_and(|attack| attack.ids.contains(&id));
            for (id, reasons) in unusual(&year.entries, rules) {
                let reasons = shown(judgement, id, reasons);
                counts.add(reasons, is_attackers(id));
            }
            for id in from_new_addresses(&year.entries) {
                if day_of(id.occurred_at()) >= learning {
                    counts.plain_rows += 1;
                    counts.plain_attackers_rows += u32::from(is_attackers(id));
                }
            }
            if let Some(attack) = attack {
                counts.attacks += 1;
                counts.how = attack.how;
            }
        }
        counts.found = u32::from(!counts.reasons.is_empty());
        counts.plain_found = u32::from(counts.plain_attackers_rows > 0);
        for (found, (reason, _)) in counts.found_by.iter_mut().zip(HEADS) {
            *found = u32::from(counts.reasons.has(reason));
        }
        counts
    }

    fn add(&mut self, reasons: Reasons, is_attackers: bool) {
        self.rows += u32::from(!reasons.is_empty());
        self.attackers_rows += u32::from(is_attackers && !reasons.is_empty());
        for (count, (reason, _)) in self.by_reason.iter_mut().zip(HEADS) {
            *count += u32::from(reasons.has(reason));
            if is_attackers && reasons.has(reason) {
                self.reasons.add(reason);
            }
        }
    }

    /// Adds those of another year.
    pub(crate) fn sum(mut self, other: &Self) -> Self {
        self.people += other.people;
        self.entries += other.entries;
        self.person_days += other.person_days;
        self.rows += other.rows;
        self.attackers_rows += other.attackers_rows;
        self.attacks += other.attacks;
        self.found += other.found;
        self.plain_rows += other.plain_rows;
        self.plain_attackers_rows += other.plain_attackers_rows;
        self.plain_found += other.plain_found;
        let add = |to: &mut [u32; 8], from: &[u32; 8]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        add(&mut self.by_reason, &other.by_reason);
        add(&mut self.found_by, &other.found_by);
        self
    }

    /// So many as they are a day for 100 people.
    fn a_day(&self, count: u32) -> f64 {
        100.0 * f64::from(count) / f64::from(self.person_days.max(1))
    }

    /// Whether the year is as it should be: few entries are unusual, and attackers are found.
    pub(crate) fn reaches_the_goal(&self) -> bool {
        self.a_day(self.rows) <= MOST_A_DAY && self.found == self.attacks
    }

    /// The names of the reasons for which the attacker was found.
    fn found_for(&self) -> String {
        let names: Vec<_> = self.reasons.iter().map(Reason::name).collect();
        if names.is_empty() { "NOT FOUND".to_owned() } else { names.join(" ") }
    }
}

/// The heads of the columns.
pub(crate) fn head() -> String {
    let heads: Vec<_> = HEADS.iter().map(|(_, head)| format!("{head:>8}")).collect();
    let heads = heads.concat();
    format!(
        "Unusual entries a day for 100 people, after the learning time; {DAYS} days a seed.\n\
         {:>5}{:>7}{:>10}{:>7}{heads}{:>8}{:>13}  attacker: found for",
        "seed", "people", "entries", "rows", "plain", "plain found",
    )
}

/// A row of the table: the counts, without what is told of the attacker.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7}{:>10}{:>7.2}", self.people, self.entries, self.a_day(self.rows))?;
        for count in self.by_reason {
            write!(f, "{:>8.3}", self.a_day(count))?;
        }
        write!(f, "{:>8.1}{:>13}", self.a_day(self.plain_rows), self.plain_found)
    }
}

/// The row of a seed.
pub(crate) fn row(seed: u64, counts: &Counts) -> String {
    format!("{seed:>5}{counts}  {}: {}", counts.how, counts.found_for())
}

/// The totals, and what they say.
pub(crate) fn totals(all: &Counts) -> String {
    let share = |part: u32, of: u32| 100.0 * f64::from(part) / f64::from(of.max(1));
    let found: Vec<_> = all
        .found_by
        .iter()
        .zip(HEADS)
        .map(|(count, (reason, _))| format!("  {:<15}{count}\n", reason.name()))
        .collect();
    let found = found.concat();
    format!(
        "total{all}\n\n\
         Attackers found: {} of {}, by the plain rule {}. By reason:\n{found}\
         Of the unusual entries, {:.2} % are an attacker's; by the plain rule, {:.2} %.\n\
         Goal: at most {MOST_A_DAY} a day for 100 people, and every attacker found: {}.",
        all.found,
        all.attacks,
        all.plain_found,
        share(all.attackers_rows, all.rows),
        share(all.plain_attackers_rows, all.plain_rows),
        if all.reaches_the_goal() { "reached" } else { "MISSED" },
    )
}
