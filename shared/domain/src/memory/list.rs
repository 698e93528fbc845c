//! Lists and counts entries, and reads spans: page after page, until enough is found.

use super::MemoryStore;
use super::query::Query;
use super::script::Call;
use crate::ports::{
    Consistency, Direction, ListEntries, Matches, ReadSpan, Slice, StoreError, Stretch,
};
use crate::span::Span;
use crate::workspace::WorkspaceId;

/// Entries read by every call but the first.
const MAX_READ_PER_CALL: usize = 1_000;
/// With a filter, the first call reads this many times what is wanted.
const FILTER_MARGIN: usize = 4;

impl ListEntries for MemoryStore {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let query = Query::of_stretch(&stretch, direction);
        let (mut slice, mut start) = (Slice::default(), None);
        loop {
            let limit = match (slice.read, query.has_filter()) {
                (0, false) => wanted,
                (0, true) => wanted.saturating_mul(FILTER_MARGIN),
                _ => MAX_READ_PER_CALL,
            };
            let limit = limit.min(most_read.saturating_sub(slice.read));
            let (rows, scanned, last) = self
                .look(Call::Slice, false, |view| {
                    let page = query.page(view, limit, start);
                    let visible = page
                        .items
                        .iter()
                        .filter(|item| item.entry.is_visible(stretch.workspace, stretch.now));
                    let rows: Vec<_> = visible.map(|item| item.row()).collect();
                    ((rows, page.scanned, page.last), page.units)
                })
                .await?;
            slice.read += scanned;
            for row in rows {
                if slice.entries.len() >= wanted {
                    slice.stopped_at = slice.entries.last().map(|last| last.id);
                    return Ok(slice);
                }
                slice.entries.push(row);
            }
            if last.is_none() || slice.entries.len() >= wanted || slice.read >= most_read {
                slice.stopped_at = last;
                return Ok(slice);
            }
            start = last;
        }
    }

    async fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> Result<Matches, StoreError> {
        let query = Query::of_stretch(&stretch, Direction::NewestFirst);
        let (mut matches, mut start) = (Matches::default(), None);
        while matches.count <= most && matches.read < most_read {
            // As many as are missing, and one to know that there are more.
            let missing =
                usize::try_from(most - matches.count).unwrap_or(usize::MAX).saturating_add(1);
            let limit = if query.has_filter() { most_read } else { missing };
            let limit = limit.min(most_read - matches.read);
            let (count, scanned, last) = self
                .look(Call::Count, false, |view| {
                    let page = query.page(view, limit, start);
                    ((page.items.len(), page.scanned, page.last), page.units)
                })
                .await?;
            matches.read += scanned;
            matches.count += u64::try_from(count).unwrap_or(u64::MAX);
            start = last;
            matches.is_whole = start.is_none();
            if matches.is_whole {
                break;
            }
        }
        Ok(matches)
    }
}

impl ReadSpan for MemoryStore {
    async fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Slice, StoreError> {
        let query = Query::of_span(workspace, span, Direction::NewestFirst);
        let (mut slice, mut start) = (Slice::default(), None);
        loop {
            let left = limit.saturating_sub(slice.entries.len());
            let (rows, last) = self
                .look(Call::ReadSpan, consistency == Consistency::Strong, |view| {
                    let page = query.page(view, left, start);
                    let rows: Vec<_> = page.items.iter().map(|item| item.row()).collect();
                    ((rows, page.last), page.units)
                })
                .await?;
            slice.read += rows.len();
            slice.entries.extend(rows);
            if last.is_none() || slice.entries.len() >= limit {
                slice.stopped_at = last;
                return Ok(slice);
            }
            start = last;
        }
    }
}
