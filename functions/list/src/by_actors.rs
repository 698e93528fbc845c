//! Reads the entries of some actors as one list: those behind an email address or an IP address.

use domain::entry::ActorKey;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::ports::{Direction, ListEntries, Matches, Slice, StoreError, Stretch};
use futures::future::try_join_all;

/// The index by actor, for the entries of these actors.
#[derive(Debug)]
pub(crate) struct ByActors<'a, S> {
    store: &'a S,
    actors: Vec<ActorKey>,
}

impl<'a, S> ByActors<'a, S> {
    pub(crate) fn new(store: &'a S, actors: impl IntoIterator<Item = ActorKey>) -> Self {
        Self { store, actors: actors.into_iter().collect() }
    }

    /// The filter for each actor.
    fn filters(&self, filter: &Filter) -> Vec<Filter> {
        let of = |actor: &ActorKey| Filter { actor: Some(actor.clone()), ..filter.clone() };
        self.actors.iter().map(of).collect()
    }

    /// How many entries of each actor may be read.
    fn share(&self, most_read: usize) -> usize {
        (most_read / self.actors.len().max(1)).max(1)
    }
}

impl<S: ListEntries + Sync> ListEntries for ByActors<'_, S> {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let (filters, most_read) = (self.filters(stretch.filter), self.share(most_read));
        let parts = filters.iter().map(|filter| {
            self.store.slice(Stretch { filter, ..stretch }, direction, wanted, most_read)
        });
        Ok(merged(try_join_all(parts).await?, direction, wanted))
    }

    async fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> Result<Matches, StoreError> {
        let (filters, most_read) = (self.filters(stretch.filter), self.share(most_read));
        let parts = filters
            .iter()
            .map(|filter| self.store.count(Stretch { filter, ..stretch }, most, most_read));
        let parts = try_join_all(parts).await?;
        Ok(Matches {
            count: parts.iter().map(|part| part.count).sum(),
            is_whole: parts.iter().all(|part| part.is_whole),
            read: parts.iter().map(|part| part.read).sum(),
        })
    }
}

/// The slices of several lists as that of one. Beyond the place where the first of them stopped,
/// entries may be missing, so what others have there is left out.
fn merged(parts: Vec<Slice>, direction: Direction, wanted: usize) -> Slice {
    let is_newest_first = direction == Direction::NewestFirst;
    let stops = parts.iter().filter_map(|part| part.stopped_at);
    let stop = if is_newest_first { stops.max() } else { stops.min() };
    let is_read =
        |id: EntryId| stop.is_none_or(|stop| if is_newest_first { id >= stop } else { id <= stop });
    let read = parts.iter().map(|part| part.read).sum();
    let mut entries: Vec<_> = parts.into_iter().flat_map(|part| part.entries).collect();
    entries.retain(|entry| is_read(entry.id));
    entries.sort_by_key(|entry| entry.id);
    if is_newest_first {
        entries.reverse();
    }
    let is_cut = entries.len() > wanted;
    entries.truncate(wanted);
    let last = entries.last().map(|entry| entry.id).filter(|_| is_cut);
    Slice { entries, stopped_at: last.or(stop), read }
}
