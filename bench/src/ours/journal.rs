//! Numbers, counts and follows the log, driven by the batches of the stream.

use super::{Ours, Report, add};
use crate::Fault;
use crate::stream;
use domain::counting::Budget;
use domain::identity::EntryId;
use domain::ports::{Consistency, Metered, Spent};
use domain::sequencing::{last_segment, seal};
use domain::timestamp::Timestamp;
use serde_json::Value;
use std::time::Duration;

impl Ours<'_> {
    /// Hands over the batches of the stream that are due by `now`, each at its time, and then moves
    /// the clock to `now`. Returns how many batches there were.
    pub(crate) async fn pass(&mut self, now: Timestamp, spent: &mut Spent) -> Result<usize, Fault> {
        let mut batches = 0;
        while let Some(batch) = self.stream.due(now) {
            self.service.clock.set(batch.at);
            add(spent, self.tally(batch.ids).await?);
            batches += 1;
        }
        self.service.clock.set(now);
        Ok(batches)
    }

    /// Follows the whole log, from its first number on.
    pub(super) async fn follow(&self, report: &mut Report) -> Result<(), Fault> {
        let mut after = String::new();
        loop {
            let (part, measured) = self.get("/feed", &format!("{after}limit=1000")).await?;
            let entries = part.pointer("/entries").and_then(Value::as_array);
            report.followed += entries.ok_or("a feed without entries")?.len();
            report.feed.add(measured);
            let next = part.pointer("/next").and_then(Value::as_u64).ok_or("no next number")?;
            after = format!("after={next}&");
            if part.pointer("/has_more") != Some(&Value::Bool(true)) {
                return Ok(());
            }
        }
    }

    /// The number of the last entry.
    pub(crate) async fn last_number(&self) -> Result<u64, Fault> {
        let strong = Consistency::Strong;
        let last = last_segment(&self.service.store, &self.log.workspace.id, strong).await?;
        last.and_then(|last| last.next().checked_sub(1)).ok_or_else(|| "nothing is numbered".into())
    }

    /// Numbers everything that is settled.
    pub(super) async fn number(&self) -> Result<Spent, Fault> {
        let (store, id) = (self.service.store.metered(), &self.log.workspace.id);
        let budget = Budget::new(f64::INFINITY, Duration::from_hours(1));
        seal(&store, id, self.service.clock.now(), &budget).await?;
        Ok(store.spent())
    }

    /// Lets the `tally` function count everything that is not counted yet. It is called again as
    /// often as it asks for.
    pub(super) async fn count(&self) -> Result<Spent, Fault> {
        // The id is only a hint: no entry needs to have it.
        self.tally(vec![EntryId::first_of(self.service.clock.now())]).await
    }

    /// Calls the `tally` function with a batch of the stream that has these ids.
    async fn tally(&self, ids: Vec<EntryId>) -> Result<Spent, Fault> {
        self.meter.take();
        stream::tally(&self.service, &self.planned, &ids).await?;
        Ok(self.meter.take())
    }
}
