//! Owns the year of a person: when somebody works, from where, and does what.

use crate::calendar::{DAYS, Zone, weekday};
use crate::chance::{in_1000, one_of};
use crate::entries::{Deed, Entries};
use crate::networks::{Networks, Place, airport, anywhere};
use crate::roles::{Habits, Role};
use domain::entry::Outcome;
use fastrand::Rng;

/// When somebody works, in minutes of the local day.
#[derive(Debug, Clone, Copy)]
enum Times {
    /// From this minute on, for eight hours and a half.
    Office(i64),
    /// From noon until late.
    Owl(i64),
    /// Early, late and night shifts, a week each. The number says which comes first.
    Shifts(i64),
}

impl Times {
    fn new(rng: &mut Rng) -> Self {
        match rng.u32(0..100) {
            0..6 => Self::Owl(60 * rng.i64(12..15)),
            6..14 => Self::Shifts(rng.i64(0..3)),
            _ => Self::Office(30 * rng.i64(14..21)),
        }
    }

    /// When work begins on a day, and how long it takes.
    fn on(self, day: i64) -> (i64, i64) {
        match self {
            Self::Office(start) => (start, 510),
            Self::Owl(start) => (start, 600),
            Self::Shifts(first) => (360 + 480 * ((day / 7 + first) % 3), 480),
        }
    }
}

/// A trip, or a holiday away from home.
#[derive(Debug, Clone, Copy)]
struct Trip {
    days: (i64, i64),
    zone: Zone,
    /// The hotel, and where work is done by day.
    hotel: [u8; 3],
    by_day: Place,
    is_work: bool,
}

/// A person.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) role: Role,
    zone: Zone,
    habits: Habits,
    pub(crate) networks: Networks,
    /// The first day, and the day after the last.
    pub(crate) employed: (i64, i64),
    times: Times,
    /// Entries of a usual day.
    rate: i64,
    /// The days of the week on which work is done, Monday being the first.
    works_on: [bool; 7],
    /// Of a thousand days, those in the office.
    in_office: u32,
    uses_phone: bool,
    /// Days without work.
    absences: Vec<(i64, i64)>,
    /// Parental leave, during which nobody looks in.
    leave: (i64, i64),
    trips: Vec<Trip>,
}

fn is_within(day: i64, (from, to): (i64, i64)) -> bool {
    (from..to).contains(&day)
}

impl Person {
    pub(crate) fn new(role: Role, rng: &mut Rng) -> Self {
        let zone = one_of(rng, &Zone::WITH_OFFICE).unwrap_or(Zone::Berlin);
        let joins = if in_1000(rng, 150) { rng.i64(1..350) } else { 0 };
        let leaves = if in_1000(rng, 100) { rng.i64(joins + 1..=DAYS) } else { DAYS };
        let mut works_on = [true, true, true, true, true, false, false];
        if in_1000(rng, 150) {
            for _ in 0..rng.usize(1..4) {
                if let Some(day) = rng.choice(&mut works_on) {
                    *day = false;
                }
            }
        }
        Self {
            role,
            zone,
            habits: Habits::new(role, rng),
            networks: Networks::new(zone, rng),
            employed: (joins, leaves),
            times: Times::new(rng),
            rate: 10 + rng.i64(0..=30).min(rng.i64(0..=30)),
            works_on,
            in_office: one_of(rng, &[0, 100, 400, 400, 600, 800, 900]).unwrap_or(500),
            uses_phone: in_1000(rng, 600),
            absences: absences(rng),
            leave: leave(rng),
            trips: trips(zone, role, rng),
        }
    }

    /// Adds the entries of the year.
    pub(crate) fn live(&mut self, rng: &mut Rng, entries: &mut Entries<'_>) {
        let changes_role = in_1000(rng, 120).then(|| rng.i64(30..DAYS));
        for day in self.employed.0..self.employed.1 {
            self.networks.next_day(rng);
            if changes_role == Some(day) && self.role != Role::Admin {
                self.role = one_of(rng, &Role::OF_MOST).unwrap_or(self.role);
                self.habits = Habits::new(self.role, rng);
            }
            self.day(day, rng, entries);
        }
    }

    fn day(&mut self, day: i64, rng: &mut Rng, entries: &mut Entries<'_>) {
        if is_within(day, self.leave) {
            return;
        }
        let trip = self.trips.iter().copied().find(|trip| is_within(day, trip.days));
        let zone = trip.map_or(self.zone, |trip| trip.zone);
        let evening = trip.map_or(Place::Home, |trip| Place::Guest(trip.hotel));
        let is_away = self.absences.iter().any(|absence| is_within(day, *absence));
        if is_away || trip.is_some_and(|trip| !trip.is_work) {
            if in_1000(rng, 50) {
                let place = if in_1000(rng, 500) { Place::Phone } else { evening };
                let count = rng.i64(1..4);
                self.work(day, (600, 720), count, (zone, place), rng, entries);
            }
            return;
        }
        let is_weekend = weekday(day) > 4;
        let works = usize::try_from(weekday(day)).ok().and_then(|day| self.works_on.get(day));
        if works.copied().unwrap_or_default() && !in_1000(rng, 30) {
            let (start, length) = self.times.on(day);
            let is_early = in_1000(rng, 20);
            let start = start - if is_early { 90 } else { 0 } + rng.i64(-20..20);
            let count = (self.rate * rng.i64(60..=140) / 100).max(1);
            let place = self.place(day, trip, rng);
            self.work(day, (start, length), count, (zone, place), rng, entries);
        } else if in_1000(rng, if is_weekend { 50 } else { 80 }) {
            let count = rng.i64(1..7);
            self.work(day, (540, 660), count, (zone, evening), rng, entries);
        }
        if in_1000(rng, 70) {
            let count = rng.i64(1..6);
            self.work(day, (1_140, 240), count, (zone, evening), rng, entries);
        }
        if in_1000(rng, 4) {
            let count = rng.i64(1..9);
            let start = rng.i64(0..300);
            self.work(day, (start, 60), count, (zone, evening), rng, entries);
        }
    }

    /// Where somebody works on a day.
    fn place(&mut self, day: i64, trip: Option<Trip>, rng: &mut Rng) -> Place {
        if let Some(trip) = trip {
            let is_moving = day == trip.days.0 || day + 1 == trip.days.1;
            let waits = is_moving && in_1000(rng, 600);
            return if waits { Place::Guest(airport(trip.zone, rng)) } else { trip.by_day };
        }
        match rng.u32(0..1_000) {
            0..15 => self.networks.haunt(rng),
            it if it < self.in_office => Place::Office(self.zone),
            _ => Place::Home,
        }
    }

    /// Adds entries at random minutes of a span of the local day.
    fn work(
        &self,
        day: i64,
        (start, length): (i64, i64),
        count: i64,
        (zone, place): (Zone, Place),
        rng: &mut Rng,
        entries: &mut Entries<'_>,
    ) {
        // What one is not permitted to do is tried again a few times.
        let retries = if in_1000(rng, 4) { rng.i64(1..8) } else { 0 };
        for number in 0..count + retries {
            let on_phone = self.uses_phone && in_1000(rng, 40);
            let place = if on_phone { Place::Phone } else { place };
            let address = Some(self.networks.address(place, rng));
            let minute = start + rng.i64(0..length) - zone.ahead_of_utc(day);
            let outcome = match rng.u32(0..1_000) {
                _ if number >= count => Outcome::Denied,
                0..4 => Outcome::Denied,
                4..14 => Outcome::Failure,
                _ => Outcome::Success,
            };
            let deed = Deed { outcome, ..Deed::done(self.habits.next(rng)) };
            entries.add(rng, (day, minute), address, deed);
        }
    }

    /// Adds a run of the same deed within the working hours of a day, such as a script makes it.
    pub(crate) fn run(
        &self,
        day: i64,
        (count, minutes): (i64, i64),
        deed: Deed,
        rng: &mut Rng,
        entries: &mut Entries<'_>,
    ) {
        let (start, length) = self.times.on(day);
        let start = start + rng.i64(0..length - minutes) - self.zone.ahead_of_utc(day);
        let is_in_office = self.in_office > 500;
        let place = if is_in_office { Place::Office(self.zone) } else { Place::Home };
        let address = Some(self.networks.address(place, rng));
        for _ in 0..count {
            let minute = start + rng.i64(0..minutes);
            entries.add(rng, (day, minute), address, deed);
        }
    }

    /// The minute in UTC at which an attacker comes who prefers the person's working hours, or not.
    pub(crate) fn hour_of_attack(&self, day: i64, at_work: bool, rng: &mut Rng) -> i64 {
        let (start, length) = self.times.on(day);
        let local = if at_work { start + rng.i64(0..length - 60) } else { rng.i64(0..1_380) };
        local - self.zone.ahead_of_utc(day)
    }
}

/// Holidays of two to four weeks, single days, and illness.
fn absences(rng: &mut Rng) -> Vec<(i64, i64)> {
    let summer = rng.i64(150..240);
    let mut all = vec![(summer, summer + rng.i64(14..29))];
    if in_1000(rng, 500) {
        let other = rng.i64(0..DAYS);
        all.push((other, other + rng.i64(14..22)));
    }
    for _ in 0..rng.u32(4..14) {
        let day = rng.i64(0..DAYS);
        all.push((day, day + rng.i64(1..4)));
    }
    all
}

/// Parental leave of three months, which some take.
fn leave(rng: &mut Rng) -> (i64, i64) {
    let birth = rng.i64(20..DAYS);
    (birth, birth + if in_1000(rng, 30) { 90 } else { 0 })
}

/// A few trips of a year, and holidays on which somebody now and then looks in.
fn trips(home: Zone, role: Role, rng: &mut Rng) -> Vec<Trip> {
    let most = if matches!(role, Role::Sales | Role::Manager) { 7 } else { 4 };
    let mut trips = Vec::new();
    for _ in 0..rng.usize(0..most) {
        let from = rng.i64(0..DAYS);
        let far = one_of(rng, &Zone::ALL).unwrap_or(home);
        let zone = if in_1000(rng, 600) { home } else { far };
        let hotel = anywhere(rng);
        let has_office = Zone::WITH_OFFICE.contains(&zone) && in_1000(rng, 500);
        let by_day = if has_office { Place::Office(zone) } else { Place::Guest(anywhere(rng)) };
        let is_work = in_1000(rng, 900);
        trips.push(Trip { days: (from, from + rng.i64(2..6)), zone, hotel, by_day, is_work });
    }
    trips
}
