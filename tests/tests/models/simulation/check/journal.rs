//! Compares the journal and its counts with the plain list: every number, every node, and
//! everything that is stored.

use super::{Checked, equal};
use crate::simulation::history::{CURRENT, everything};
use crate::simulation::world::World;
use domain::counting::{Budget, Fold, fold, recount};
use domain::identity::EntryId;
use domain::journal::{SETTLED_AFTER_MS, Segment};
use domain::numbering::numbers_of;
use domain::ports::{Consistency, ReadJournal, ReadSpan, ReadTally, Tally};
use domain::sequencing::seal;
use domain::span::Span;
use domain::tally::{Cell, Histogram, Level, Node, Period};
use domain::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A period shorter than a year must have a node only if it has more folded entries than this.
const FEW_ENTRIES: usize = 64;

fn unlimited() -> Budget {
    Budget::new(f64::MAX, Duration::from_mins(1))
}

/// The `recorded_at`, id and kind of an entry, in the order of the journal.
type InOrder = (Timestamp, EntryId, Cell);

impl World {
    /// Checks everything when no worker is left: first as it is, then with everything numbered and
    /// folded. Half of the time, it recounts all entries and checks again.
    pub(crate) async fn check_everything(&mut self) -> Checked {
        self.check_store().await?;
        self.check(true).await?;
        self.set_time(self.now.plus_ms(SETTLED_AFTER_MS + 4_000));
        let store = self.plain_service(false).store;
        let id = self.workspace().id;
        let sealed = seal(&store, &id, self.now, &unlimited()).await.unwrap();
        equal(&sealed.is_finished, &true, || "whether everything is numbered".to_owned())?;
        self.check_journal()?;
        self.check_all_numbered()?;
        let folding = fold(&store, &id, Fold::Now, &unlimited()).await.unwrap();
        equal(&folding.is_finished, &true, || "whether everything is folded".to_owned())?;
        self.tell("everything is numbered and folded");
        self.check_nodes()?;
        let service = self.plain_service(true);
        self.go_on_following(&service, true).await?;
        self.check_followers()?;
        self.check(false).await?;
        if self.random.below(2) == 0 {
            recount(&store, &id, &unlimited()).await.unwrap();
            self.tell("everything is counted anew");
            self.check_nodes()?;
            self.check(false).await?;
        }
        self.check_numbers().await?;
        self.check_store().await
    }

    /// Checks claim 1 of `docs/table.md`: the numbers from 0 on name every entry that was recorded
    /// by the end of the last segment, once and in order. It holds at any moment, also while
    /// workers are busy.
    pub(crate) fn check_journal(&self) -> Checked {
        let history = self.layer.history();
        let (mut at, mut next, mut numbered) = (Timestamp::MIN, 0, Vec::new());
        for Segment { from, through, first, entries } in history.segments() {
            equal(&(*from, *first), &(at, next), || "the chain of segments".to_owned())?;
            (at, next) = (*through, next + u64::try_from(entries.len()).unwrap());
            numbered.extend(
                entries.iter().map(|entry| (entry.recorded_at, entry.id, entry.kind.clone())),
            );
        }
        // Two kinds of entries need no number: those deleted before they were numbered, and
        // stragglers that no check has found yet.
        let mut recorded: BTreeMap<InOrder, bool> = history
            .all()
            .filter(|landed| landed.entry.journal_time() <= at)
            .map(|landed| {
                let entry = &landed.entry;
                let key = (entry.journal_time(), entry.id, Cell::of(entry));
                (key, landed.is_deleted || (landed.is_frozen && landed.entered.is_none()))
            })
            .collect();
        let is_sorted = numbered.is_sorted_by(|before, after| before < after);
        equal(&is_sorted, &true, || "the order of numbers".to_owned())?;
        for entry in &numbered {
            if recorded.remove(entry).is_none() {
                return Err(format!("{} has a number and did not land", entry.1));
            }
        }
        match recorded.into_iter().find(|(_, is_excused)| !is_excused) {
            Some(((at, id, _), _)) => Err(format!("{id}, recorded {}, has no number", at.key())),
            None => Ok(()),
        }
    }

    fn check_all_numbered(&self) -> Checked {
        let history = self.layer.history();
        let sealed = history.sealed();
        let open = history.stored(everything()).find(|landed| landed.entry.journal_time() > sealed);
        equal(&open.map(|landed| landed.id.clone()), &None, || "an entry to number".to_owned())
    }

    /// Checks claim 2 of `docs/table.md`: a node counts every entry of its period that has a number
    /// below its `through`, or below the checkpoint, once and in the right part, and no other
    /// entry. It holds at any moment, also while workers are busy.
    pub(crate) fn check_nodes(&self) -> Checked {
        let history = self.layer.history();
        let numbered: BTreeMap<EntryId, (u64, Cell)> = history
            .segments()
            .flat_map(Segment::numbered)
            .map(|(number, entry)| (entry.id, (number, entry.kind.clone())))
            .collect();
        let deleted: BTreeSet<EntryId> = history
            .all()
            .filter(|landed| landed.is_deleted)
            .map(|landed| landed.entry.id)
            .collect();
        let folded = history.old_folded(CURRENT).map_or(0, |folded| folded.next);
        let nodes = history.nodes();
        for node in &nodes {
            check_node(node, folded, &numbered, &deleted)?;
        }
        // A year with folded entries must have a node, and so must any other period with more than
        // `FEW_ENTRIES`.
        let mut without: BTreeMap<Period, usize> = BTreeMap::new();
        for (id, _) in numbered.iter().filter(|(_, (number, _))| *number < folded) {
            for period in Period::all_holding(id.occurred_at()) {
                *without.entry(period).or_default() += 1;
            }
        }
        without.retain(|period, total| period.level() == Level::Year || *total > FEW_ENTRIES);
        for node in &nodes {
            without.remove(&node.period);
        }
        equal(&without.into_iter().next(), &None, || "a period without a node".to_owned())?;
        Ok(())
    }

    /// Checks that `numbers_of` finds the numbers of a sample of the stored entries.
    async fn check_numbers(&self) -> Checked {
        let expected: BTreeMap<EntryId, u64> = {
            let history = self.layer.history();
            let numbered = history.segments().flat_map(Segment::numbered);
            numbered.map(|(number, entry)| (entry.id, number)).collect()
        };
        let asked: Vec<_> = {
            let history = self.layer.history();
            let stored = history.stored(everything()).rev().step_by(17).take(12);
            stored.map(|landed| (landed.entry.id, landed.entry.journal_time())).collect()
        };
        let store = self.plain_service(true).store;
        let found = numbers_of(&store, &self.workspace().id, asked.clone()).await.unwrap();
        let expected: BTreeMap<_, _> =
            asked.iter().filter_map(|(id, _)| Some((*id, *expected.get(id)?))).collect();
        equal(&found, &expected, || "the numbers of entries".to_owned())
    }

    /// Checks that the store holds what the history says: entries, segments, checkpoint and nodes.
    async fn check_store(&self) -> Checked {
        let (store, id, strong) = (&self.layer.inner, self.workspace().id, Consistency::Strong);
        let there = store.read(&id, everything(), usize::MAX, strong).await.unwrap();
        let there: Vec<_> = there.entries.iter().rev().map(|entry| entry.id).collect();
        let landed: Vec<_> =
            self.layer.history().stored(everything()).map(|landed| landed.entry.id).collect();
        equal(&there, &landed, || "the entries that are stored".to_owned())?;
        let (mut segments, mut from) = (Vec::new(), Timestamp::MIN);
        loop {
            let page = store.segments(&id, from, usize::MAX, strong).await.unwrap();
            segments.extend(page.items);
            let Some(last) = page.stopped_at else { break };
            from = last.plus_ms(1);
        }
        let landed: Vec<_> = self.layer.history().segments().cloned().collect();
        equal(&segments, &landed, || "the segments that are stored".to_owned())?;
        let folded = store.folded(&id, strong).await.unwrap();
        let landed = self.layer.history().old_folded(CURRENT);
        equal(&folded, &landed, || "the checkpoint that is stored".to_owned())?;
        let generation = folded.map_or(1, |folded| folded.generation);
        let tally = Tally { workspace: &id, generation };
        let mut nodes = Vec::new();
        for level in Level::ALL {
            let (first, last) = (Timestamp::MIN, Timestamp::MAX);
            nodes.extend(store.nodes(tally, level, first, last, strong).await.unwrap());
        }
        let landed = self.layer.history().nodes();
        equal(&nodes, &landed, || "the nodes that are stored".to_owned())
    }
}

/// Checks one node. A node of a period shorter than a year may be made after some entries of the
/// period have expired and been deleted. It may lack those.
fn check_node(
    node: &Node,
    folded: u64,
    numbered: &BTreeMap<EntryId, (u64, Cell)>,
    deleted: &BTreeSet<EntryId>,
) -> Checked {
    let through = node.through.max(folded);
    let may_lack = |id: &EntryId| node.period.level() != Level::Year && deleted.contains(id);
    let check = |span: Span, counts: &Histogram, what: &dyn Fn() -> String| {
        let inside = numbered.range(span.low..=span.high);
        let inside = inside.filter(|(_, (number, _))| *number < through);
        let (mut least, mut most) = (Histogram::default(), Histogram::default());
        for (id, (_, kind)) in inside {
            most.add(kind.clone(), 1);
            least.add(kind.clone(), u64::from(!may_lack(id)));
        }
        let of = |histogram: &Histogram| -> BTreeMap<Cell, u64> {
            histogram.iter().map(|(cell, count)| (cell.clone(), count)).collect()
        };
        let (least, most, counts) = (of(&least), of(&most), of(counts));
        let of_cell = |of: &BTreeMap<Cell, u64>, cell| of.get(cell).copied().unwrap_or_default();
        let is_right = most
            .iter()
            .all(|(cell, most)| (of_cell(&least, cell)..=*most).contains(&of_cell(&counts, cell)));
        let is_known = counts.keys().all(|cell| most.contains_key(cell));
        if is_right && is_known { Ok(()) } else { equal(&counts, &most, what) }
    };
    let mut sum = Histogram::default();
    for (span, part) in node.counted.spans(node.period.level()) {
        check(span, &part.counts, &|| {
            format!("the part from {} of {} through {through}", span.low, node.period)
        })?;
        sum.add_all(&part.counts);
    }
    check(node.period.span(), &sum, &|| format!("{} through {through}", node.period))
}
