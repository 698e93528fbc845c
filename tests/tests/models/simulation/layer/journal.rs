//! Segments, the checkpoint of folding, and nodes.

use super::{Layer, answered};
use crate::simulation::gate::Purpose;
use crate::simulation::mutant::Mutant;
use domain::journal::{Folded, Segment};
use domain::ports::{
    Consistency, KeepTally, ReadJournal, ReadTally, Stopped, StoreError, Tally, WriteJournal,
};
use domain::tally::{Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;

impl ReadJournal for Layer {
    async fn segments(
        &self,
        workspace: &WorkspaceId,
        from: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Segment, Timestamp>, StoreError> {
        let text = || format!("read the segments from {}, {consistency:?}", from.key());
        let passage = self.pass(Purpose::Read, text).await?;
        let limit = limit.min(self.segments_per_call);
        let segments = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_segments(from, limit, as_of),
            None => self.inner.segments(workspace, from, limit, consistency).await?,
        };
        answered(&passage, segments)
    }

    async fn segments_before(
        &self,
        workspace: &WorkspaceId,
        before: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Vec<Segment>, StoreError> {
        let text = || format!("read the segments before {}, {consistency:?}", before.key());
        let passage = self.pass(Purpose::Read, text).await?;
        let limit = limit.min(self.segments_per_call);
        let segments = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_segments_before(before, limit, as_of),
            None => self.inner.segments_before(workspace, before, limit, consistency).await?,
        };
        answered(&passage, segments)
    }

    async fn folded(
        &self,
        workspace: &WorkspaceId,
        consistency: Consistency,
    ) -> Result<Option<Folded>, StoreError> {
        let text = || format!("read the checkpoint, {consistency:?}");
        let passage = self.pass(Purpose::Read, text).await?;
        let folded = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_folded(as_of),
            None => self.inner.folded(workspace, consistency).await?,
        };
        answered(&passage, folded)
    }
}

impl WriteJournal for Layer {
    async fn put_segment(
        &self,
        workspace: &WorkspaceId,
        segment: &Segment,
    ) -> Result<bool, StoreError> {
        let ends = || format!("{} through {}", segment.from.key(), segment.through.key());
        let text = || format!("put {} entries after {}", segment.entries.len(), ends());
        let passage = self.pass(Purpose::Seal, text).await?;
        if self.is(Mutant::SegmentPutAnyway) {
            self.delete_segment(workspace, segment.from).await;
        }
        let is_put = self.inner.put_segment(workspace, segment).await?;
        if is_put {
            self.history().put_segment(segment);
        }
        answered(&passage, is_put)
    }

    async fn put_folded(
        &self,
        workspace: &WorkspaceId,
        before: Option<&Folded>,
        after: &Folded,
    ) -> Result<bool, StoreError> {
        let text = || format!("fold {} entries by {}", after.next, after.generation);
        let passage = self.pass(Purpose::Move, text).await?;
        let is_put = self.inner.put_folded(workspace, before, after).await?;
        if is_put {
            self.history().put_folded(after);
        }
        let answer = answered(&passage, is_put);
        drop(passage);
        let withheld = std::mem::take(&mut self.broken.lock().unwrap().withheld);
        for (node, seen) in withheld.into_iter().filter(|_| is_put) {
            let tally = Tally { workspace, generation: after.generation };
            self.keep_now(tally, &node, seen).await?;
        }
        answer
    }
}

impl ReadTally for Layer {
    async fn nodes(
        &self,
        tally: Tally<'_>,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<Vec<Node>, StoreError> {
        let ends =
            || format!("{} to {}", Period::holding(level, first), Period::holding(level, last));
        let text = || format!("read the nodes {} by {}, {consistency:?}", ends(), tally.generation);
        let passage = self.pass(Purpose::Read, text).await?;
        let nodes = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_nodes(tally.generation, level, [first, last], as_of),
            None => self.inner.nodes(tally, level, first, last, consistency).await?,
        };
        answered(&passage, nodes.into_iter().map(|node| self.as_read(node, consistency)).collect())
    }
}

impl KeepTally for Layer {
    async fn keep(
        &self,
        tally: Tally<'_>,
        node: &Node,
        seen: Option<u64>,
    ) -> Result<bool, StoreError> {
        if self.is(Mutant::CheckpointFirst) {
            self.broken.lock().unwrap().withheld.push((node.clone(), seen));
            return Ok(true);
        }
        self.keep_now(tally, node, seen).await
    }
}

impl Layer {
    async fn keep_now(
        &self,
        tally: Tally<'_>,
        node: &Node,
        seen: Option<u64>,
    ) -> Result<bool, StoreError> {
        let counts = || format!("{} entries through {}", node.counted.total(), node.through);
        let text = || format!("keep {} with {} over {seen:?}", node.period, counts());
        let passage = self.pass(Purpose::Keep, text).await?;
        let seen = match self.mutant {
            Some(Mutant::NodePutAnyway) => self.through_of(tally, node.period).await?,
            Some(Mutant::ThroughIgnored) => {
                self.broken.lock().unwrap().through.get(&node.period).copied().or(seen)
            }
            _ => seen,
        };
        let is_kept = self.inner.keep(tally, node, seen).await?;
        if is_kept {
            self.history().put_node(tally.generation, node);
        }
        answered(&passage, is_kept)
    }

    /// The node that the worker gets. The mutant may hide its `through`.
    fn as_read(&self, node: Node, consistency: Consistency) -> Node {
        if self.is(Mutant::ThroughIgnored) && consistency == Consistency::Strong {
            self.broken.lock().unwrap().through.insert(node.period, node.through);
            return Node { through: 0, ..node };
        }
        node
    }

    /// The present `through` of a node.
    async fn through_of(
        &self,
        tally: Tally<'_>,
        period: Period,
    ) -> Result<Option<u64>, StoreError> {
        let (level, start) = (period.level(), period.start());
        let there = self.inner.nodes(tally, level, start, start, Consistency::Strong).await?;
        Ok(there.first().map(|node| node.through))
    }
}
