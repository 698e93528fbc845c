//! Folds the journal into counts: adds what the segments say to the nodes of years, months, days
//! and hours.

use super::{Budget, FEW_ENTRIES};
use crate::identity::EntryId;
use crate::journal::{Folded, Segment};
use crate::numbering::numbers_by;
use crate::ports::{
    Consistency, KeepTally, Metered, ReadHeads, ReadJournal, ReadTally, StoreError, Tally,
    WriteJournal,
};
use crate::tally::{Cell, Level, Node, Period};
use crate::workspace::WorkspaceId;
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeMap;

/// What the store must do to fold.
pub trait FoldStore:
    Metered + ReadHeads + ReadJournal + WriteJournal + ReadTally + KeepTally + Sync
{
}
impl<S> FoldStore for S where
    S: Metered + ReadHeads + ReadJournal + WriteJournal + ReadTally + KeepTally + Sync
{
}

/// Entries of one step, so that memory is bounded however much is to be folded.
const STEP_ENTRIES: usize = 20_000;
/// Fewer entries than this, in fewer segments, are never worth a look at their nodes.
const FEWEST_ENTRIES: usize = 100;
const FEWEST_SEGMENTS: usize = 64;
/// This many entries are folded however scattered they are: every list reads what is not folded.
pub(super) const MOST_LOOSE: usize = 2_000;
/// Entries that must be folded for each KB that the nodes cost: at most 1 / 40 = 0.025 WCU an
/// entry, unless the entries are so scattered that [`MOST_LOOSE`] decides.
const ENTRIES_PER_WRITE_UNIT: usize = 40;
/// Or so many segments: those of a quiet log hold an entry each, in 150 bytes, which every list
/// reads. Each of them was put for a write unit, so folding adds an eighth to that.
const SEGMENTS_PER_WRITE_UNIT: usize = 8;
/// Bytes of a node's item besides its counts and the workspace's id: its names, key and numbers,
/// rounded up.
const ITEM_BYTES: usize = 120;
/// Entries that are read at once to find those that were folded before.
const READ_AT_ONCE: usize = 128;
/// Nodes written at the same time.
const CONCURRENT_WRITES: usize = 16;
/// Periods without a node between two that are read with one query: an item costs little, a query
/// 1 RCU.
const NEAR_PERIODS: usize = 8;

/// When to fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// If the entries are worth the cost of the nodes.
    WhenItPays,
    /// In any case, all that is sealed.
    Now,
}

/// What was folded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folding {
    /// How many entries were added to the nodes.
    pub entries: u64,
    /// How many nodes were stored.
    pub nodes: u64,
    /// Whether nothing is left that is to be folded. Otherwise the budget was spent, or somebody
    /// else folds.
    pub is_finished: bool,
}

/// Folds what is sealed and not yet folded.
///
/// 1. Read the checkpoint `F`, and the segments from it on, strongly consistent.
/// 2. Read the nodes of all periods in which their entries happened, strongly consistent. A period
///    with at most 64 entries gets no node: readers read its entries instead. If it has more now,
///    what was folded of it before is read from the table, with its numbers.
/// 3. Store each of these nodes with the entries added whose number is not below its own `through`,
///    on the condition that this `through` is unchanged (J4).
/// 4. When all are stored, move the checkpoint to `F'`, on the condition that it is `F` (J4).
///
/// Stopped anywhere, it is done again and adds nothing twice. Of two who fold, one finds a
/// condition that does not hold, and leaves the rest to the other.
///
/// # Errors
/// When the store fails. Nodes that were stored before are right by themselves.
pub async fn fold<S: FoldStore>(
    store: &S,
    workspace: &WorkspaceId,
    when: Fold,
    budget: &Budget,
) -> Result<Folding, StoreError> {
    let mut folding = Folding::default();
    loop {
        let seen = store.folded(workspace, Consistency::Strong).await?;
        let from = seen.clone().unwrap_or_else(|| Folded::nothing(1));
        let step = Step::read(store, workspace, from).await?;
        if step.entries.is_empty() {
            return Ok(Folding { is_finished: true, ..folding });
        }
        if when == Fold::WhenItPays && step.is_short() {
            return Ok(Folding { is_finished: true, ..folding });
        }
        let nodes = step.nodes(store, workspace).await?;
        if when == Fold::WhenItPays && !step.pays(workspace, &nodes) {
            return Ok(Folding { is_finished: true, ..folding });
        }
        let (entries, periods) = (step.entries.len(), nodes.len());
        if !step.store(store, workspace, seen.as_ref(), nodes).await? {
            return Ok(folding);
        }
        folding.entries += u64::try_from(entries).unwrap_or(u64::MAX);
        folding.nodes += u64::try_from(periods).unwrap_or(u64::MAX);
        if budget.is_spent(store) {
            return Ok(folding);
        }
    }
}

/// Begins a new generation of nodes, and folds the whole journal into it.
///
/// # Errors
/// When the store fails. Counting goes on from what was folded.
pub async fn recount<S: FoldStore>(
    store: &S,
    workspace: &WorkspaceId,
    budget: &Budget,
) -> Result<Folding, StoreError> {
    if let Some(seen) = store.folded(workspace, Consistency::Strong).await? {
        let after = Folded::nothing(seen.generation.saturating_add(1));
        if !store.put_folded(workspace, Some(&seen), &after).await? {
            return Err(StoreError::Changed);
        }
    }
    fold(store, workspace, Fold::Now, budget).await
}

/// A node as it was read, by its `through`, and as it is to be stored.
type NewNode = (Option<u64>, Node);

/// Segments that are folded together.
struct Step {
    /// The checkpoint before.
    from: Folded,
    /// The checkpoint after, still without the periods.
    to: Folded,
    /// The entries with their numbers, in order of their ids.
    entries: Vec<(u64, EntryId, Cell)>,
    /// How many segments hold them.
    segments: usize,
}

impl Step {
    async fn read<S: FoldStore>(
        store: &S,
        workspace: &WorkspaceId,
        from: Folded,
    ) -> Result<Self, StoreError> {
        let (mut to, mut entries, mut segments) = (from.clone(), Vec::new(), 0);
        while entries.len() < STEP_ENTRIES {
            let page =
                store.segments(workspace, to.through, usize::MAX, Consistency::Strong).await?;
            for segment in page.items {
                to = Folded { next: segment.next(), through: segment.through, ..to };
                entries.extend(numbered(&segment));
                segments += 1;
            }
            if page.stopped_at.is_none() {
                break;
            }
        }
        entries.sort_by_key(|(_, id, _)| *id);
        Ok(Self { from, to, entries, segments })
    }

    /// Whether it is too short to be worth a look at its nodes.
    fn is_short(&self) -> bool {
        self.entries.len() < FEWEST_ENTRIES && self.segments < FEWEST_SEGMENTS
    }

    /// The nodes after the folding of those periods that have a node then.
    ///
    /// Whether a period has a node depends only on how many of its entries have a number below the
    /// new checkpoint. So a fold that goes further makes that node too (J4).
    async fn nodes<S: FoldStore>(
        &self,
        store: &S,
        workspace: &WorkspaceId,
    ) -> Result<Vec<NewNode>, StoreError> {
        let mut above = BTreeMap::new();
        let mut nodes = Vec::new();
        for level in Level::ALL {
            let periods = self.by_period(level);
            let mut stored = self.stored(store, workspace, periods.keys().copied()).await?;
            let mut of_level = BTreeMap::new();
            for (period, entries) in periods {
                let seen = stored.remove(&period);
                let through = seen.as_ref().map(|node| node.through);
                let total = folded_above(&above, period);
                let node = match seen {
                    Some(node) => node,
                    None if total <= FEW_ENTRIES && level != Level::Year => continue,
                    None => {
                        let new = u64::try_from(entries.len()).unwrap_or(u64::MAX);
                        let before = total.saturating_sub(new);
                        self.node_before(store, workspace, period, before).await?
                    }
                };
                of_level.insert(period, (through, node.folded(entries, self.to.next)));
            }
            nodes.extend(std::mem::replace(&mut above, of_level).into_values());
        }
        nodes.extend(above.into_values());
        Ok(nodes)
    }

    /// The nodes that are stored of some periods of one level.
    async fn stored<S: FoldStore>(
        &self,
        store: &S,
        workspace: &WorkspaceId,
        periods: impl Iterator<Item = Period>,
    ) -> Result<BTreeMap<Period, Node>, StoreError> {
        let tally = Tally { workspace, generation: self.from.generation };
        let mut stored = BTreeMap::new();
        for group in near(periods) {
            let level = group[0].level();
            let [first, last] = group.map(Period::start);
            let found = store.nodes(tally, level, first, last, Consistency::Strong).await?;
            stored.extend(found.into_iter().map(|node| (node.period, node)));
        }
        Ok(stored)
    }

    /// Makes the node of a period that has no node yet, with the entries that were folded before:
    /// at most `count`. These are the entries that were recorded by the checkpoint and have a
    /// number (J3). A straggler has no number yet, and is folded when it gets one.
    async fn node_before<S: FoldStore>(
        &self,
        store: &S,
        workspace: &WorkspaceId,
        period: Period,
        count: u64,
    ) -> Result<Node, StoreError> {
        let (mut node, mut rest) = (Node::empty(period), Some(period.span()));
        while let Some(span) = rest.filter(|_| node.counted.total() < count) {
            let page = store.heads(workspace, span, READ_AT_ONCE, Consistency::Strong).await?;
            let before = page.items.into_iter();
            let before: Vec<_> =
                before.filter(|head| head.recorded_at <= self.from.through).collect();
            let asked = before.iter().map(|head| (head.id, head.recorded_at));
            let numbers = numbers_by(store, workspace, asked, Consistency::Strong).await?;
            for head in before.into_iter().filter(|head| numbers.contains_key(&head.id)) {
                node.counted.add(period.level(), head.id, head.kind);
            }
            rest = page.stopped_at.and_then(|stopped_at| span.newer_than(stopped_at));
        }
        Ok(Node { through: self.from.next, ..node })
    }

    fn by_period(&self, level: Level) -> BTreeMap<Period, Vec<(u64, EntryId, Cell)>> {
        let mut periods: BTreeMap<Period, Vec<_>> = BTreeMap::new();
        for entry in &self.entries {
            let period = Period::holding(level, entry.1.occurred_at());
            periods.entry(period).or_default().push(entry.clone());
        }
        periods
    }

    /// Whether the entries are worth what the nodes cost.
    fn pays(&self, workspace: &WorkspaceId, nodes: &[NewNode]) -> bool {
        let write_units: usize = nodes
            .iter()
            .map(|(_, node)| {
                let counts = node.counted.to_bytes(node.period).map_or(0, |bytes| bytes.len());
                (counts + ITEM_BYTES + workspace.as_str().len()).div_ceil(1_024)
            })
            .sum();
        let (entries, write_units) = (self.entries.len(), write_units + 1);
        entries >= MOST_LOOSE
            || entries >= write_units * ENTRIES_PER_WRITE_UNIT
            || self.segments >= write_units * SEGMENTS_PER_WRITE_UNIT
    }

    /// J4: stores the nodes, then the checkpoint. Answers whether all of it was stored.
    async fn store<S: FoldStore>(
        self,
        store: &S,
        workspace: &WorkspaceId,
        seen: Option<&Folded>,
        nodes: Vec<NewNode>,
    ) -> Result<bool, StoreError> {
        let tally = Tally { workspace, generation: self.from.generation };
        let touched = nodes.iter().map(|(_, node)| node.period).collect();
        // A node that is that far already, because the checkpoint was not moved, needs no write.
        let changed = nodes.into_iter().filter(|(seen, node)| *seen != Some(node.through));
        let writes =
            changed.map(|(seen, node)| async move { store.keep(tally, &node, seen).await });
        let all_kept = futures::stream::iter(writes)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_fold(true, |all, is_kept| async move { Ok(all && is_kept) })
            .await?;
        let after = Folded { touched, ..self.to };
        Ok(all_kept && store.put_folded(workspace, seen, &after).await?)
    }
}

fn numbered(segment: &Segment) -> impl Iterator<Item = (u64, EntryId, Cell)> {
    segment.numbered().map(|(number, entry)| (number, entry.id, entry.kind.clone()))
}

/// How many entries of a period are folded, by the nodes of the level above after the folding. It
/// is 0 if the period above has no node: then that period has few entries, and this one needs no
/// node.
fn folded_above(nodes: &BTreeMap<Period, NewNode>, period: Period) -> u64 {
    let above = period.level().above().map(|level| Period::holding(level, period.start()));
    let node = above.and_then(|above| nodes.get(&above));
    node.map_or(0, |(_, node)| node.counted.total_of(period))
}

/// The first and the last of periods, in order, that are read with one query.
fn near(periods: impl Iterator<Item = Period>) -> Vec<[Period; 2]> {
    let mut groups: Vec<[Period; 2]> = Vec::new();
    for period in periods {
        match groups.last_mut() {
            Some([_, last]) if is_near(*last, period) => *last = period,
            _ => groups.push([period, period]),
        }
    }
    groups
}

fn is_near(last: Period, next: Period) -> bool {
    let mut end = last;
    (0..NEAR_PERIODS).any(|_| {
        end = Period::holding(end.level(), end.end());
        end >= next
    })
}

#[cfg(test)]
mod tests;
