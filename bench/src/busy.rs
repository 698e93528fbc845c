//! Measures a log that is written all the time: its first page at any moment, the cost of its
//! journal and counts, publishers that are always late, and a follower of the feed.

use crate::figures::{Figures, Measured, per};
use crate::ours::Ours;
use crate::{Fault, cpu, progress};
use domain::entry::Content;
use domain::ports::Spent;
use domain::timestamp::Timestamp;
use fastrand::Rng;
use serde_json::Value;

/// How long each publisher is at work.
const SECONDS: i64 = 150;
/// Milliseconds between two requests of the first page: a number that keeps them out of step with
/// the stream and the follower.
const PAGE_EVERY_MS: i64 = 1_370;
/// The follower asks this often, and for this many entries.
const POLL_EVERY_MS: i64 = 5_000;
const FEED_LIMIT: u32 = 1_000;
/// Requests over which CPU time is measured.
const CPU_REQUESTS: u32 = 200;

/// How entries come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Publisher {
    /// This many a second, one by one, as they happen.
    Steady(i64),
    /// Batches of this many, one every 25 s. Their entries happened two minutes ago and before.
    Late(i64),
}

impl Publisher {
    pub(crate) const ALL: [Self; 4] =
        [Self::Steady(13), Self::Steady(100), Self::Late(10), Self::Late(100)];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Steady(per_second) => format!("{per_second} entries a second"),
            Self::Late(batch) => format!("{batch} entries each 25 s, two minutes late, a batch"),
        }
    }

    /// Milliseconds between two requests that record.
    fn step_ms(self) -> i64 {
        match self {
            Self::Steady(per_second) => 1_000 / per_second,
            Self::Late(_) => 25_000,
        }
    }
}

/// The figures of one publisher.
#[derive(Debug)]
pub(crate) struct Busy {
    pub(crate) publisher: Publisher,
    pub(crate) entries: usize,
    /// The cost of each request that records.
    pub(crate) recorded: Figures,
    /// What numbering and counting cost the `tally` function.
    pub(crate) tally: Spent,
    /// What numbering and counting cost lists and the follower, in write units.
    pub(crate) written_by_readers: f64,
    /// The first page.
    pub(crate) pages: Figures,
    /// The follower's polls.
    pub(crate) polls: Figures,
    /// How many entries the follower got.
    pub(crate) followed: usize,
    /// Milliseconds of CPU that the first page takes.
    pub(crate) cpu_ms: f64,
}

/// Lets each publisher write, one after the other.
pub(crate) async fn measure(ours: &mut Ours<'_>, rng: &mut Rng) -> Result<Vec<Busy>, Fault> {
    let mut all = Vec::new();
    for publisher in Publisher::ALL {
        let quiet = ours.service.clock.now().plus_ms(300_000);
        ours.pass(quiet, &mut Spent::default()).await?;
        all.push(of(ours, publisher, rng).await?);
        progress(&format!("ours: {} is measured", publisher.name()));
    }
    Ok(all)
}

async fn of(ours: &mut Ours<'_>, publisher: Publisher, rng: &mut Rng) -> Result<Busy, Fault> {
    let mut busy = Busy {
        publisher,
        entries: 0,
        recorded: Figures::default(),
        tally: Spent::default(),
        written_by_readers: 0.0,
        pages: Figures::default(),
        polls: Figures::default(),
        followed: 0,
        cpu_ms: 0.0,
    };
    let start = ours.service.clock.now();
    let (before, _) = total(ours).await?;
    let mut after = ours.last_number().await?;
    let (mut page_at, mut poll_at) = (start.plus_ms(20_000), start.plus_ms(POLL_EVERY_MS));
    for step in 0..SECONDS * 1_000 / publisher.step_ms() {
        let now = start.plus_ms(step * publisher.step_ms());
        while page_at.min(poll_at) < now {
            ours.pass(page_at.min(poll_at), &mut busy.tally).await?;
            if page_at <= poll_at {
                page_at = page_at.plus_ms(PAGE_EVERY_MS);
                busy.page(ours, before).await?;
            } else {
                poll_at = poll_at.plus_ms(POLL_EVERY_MS);
                after = busy.poll(ours, after).await?;
            }
        }
        ours.pass(now, &mut busy.tally).await?;
        let contents = contents(ours, publisher, busy.entries, now, rng)?;
        busy.entries += contents.len();
        busy.recorded.add(ours.record_live(&contents, now).await?);
    }
    let now = ours.service.clock.now();
    busy.cpu_ms = cpu::of_first_page(ours, now, CPU_REQUESTS).await?;
    ours.pass(now.plus_ms(60_000), &mut busy.tally).await?;
    for _ in 0..=busy.entries / 500 {
        after = busy.poll(ours, after).await?;
    }
    if busy.followed != busy.entries {
        return Err(format!("{} of {} entries were followed", busy.followed, busy.entries).into());
    }
    Ok(busy)
}

/// What is recorded by one request.
fn contents(
    ours: &Ours<'_>,
    publisher: Publisher,
    recorded: usize,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Vec<Content>, Fault> {
    let (count, ago_ms, step_ms) = match publisher {
        Publisher::Steady(_) => (1, 150, 0),
        Publisher::Late(batch) => (batch, 120_000, 25_000 / batch),
    };
    let content = |n: i64| {
        let place = rng.usize(..ours.log.len());
        let name = format!("busy_{}_{recorded}_{n}", publisher.name().replace(' ', "_"));
        let occurred_at = now.plus_ms(-ago_ms - n * step_ms);
        Ok(Content { occurred_at, external_id: Some(name), ..ours.log.content(place)? })
    };
    (0..count).map(content).collect()
}

/// The total of the first page, and what it cost.
async fn total(ours: &Ours<'_>) -> Result<(u64, Measured), Fault> {
    let (page, measured) = ours.get("/entries", "page_size=20").await?;
    let total = page.pointer("/page/total_entries").and_then(Value::as_u64);
    if page.pointer("/page/total_is_exact") != Some(&Value::Bool(true)) {
        return Err("the total of a busy log is not exact".into());
    }
    Ok((total.ok_or("a page without a total")?, measured))
}

impl Busy {
    /// The write units of numbering and counting for each entry, by `tally`, by lists and by the
    /// follower.
    pub(crate) fn journal_writes(&self) -> f64 {
        per(self.tally.write_units + self.written_by_readers, self.entries)
    }

    /// Requests the first page, and checks its total.
    async fn page(&mut self, ours: &Ours<'_>, before: u64) -> Result<(), Fault> {
        let (total, measured) = total(ours).await?;
        let expected = before + u64::try_from(self.entries)?;
        if total != expected {
            return Err(format!("{}: {total}, not {expected}", self.publisher.name()).into());
        }
        self.written_by_readers += measured.write_units;
        self.pages.add(measured);
        Ok(())
    }

    /// Requests the feed after a number, and returns the number of the last entry.
    async fn poll(&mut self, ours: &Ours<'_>, after: u64) -> Result<u64, Fault> {
        let query = format!("after={after}&limit={FEED_LIMIT}");
        let (part, measured) = ours.get("/feed", &query).await?;
        let entries = part.pointer("/entries").and_then(Value::as_array);
        self.followed += entries.ok_or("a feed without entries")?.len();
        self.written_by_readers += measured.write_units;
        self.polls.add(measured);
        Ok(part.pointer("/next").and_then(Value::as_u64).unwrap_or(after))
    }
}
