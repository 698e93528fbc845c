//! Reads the entries that only the entries tell: as the store does or, for an email address or an
//! IP address, those of the actors behind it as one list. Unusual entries are in an index.

use crate::by_entry::Limits;
use domain::entry::ActorKey;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::judging::Unusual;
use domain::lookup::{Directory, LookupStore};
use domain::ports::{
    Direction, FindRows, ListEntries, Matches, ReadSpan, ReadUnusual, Slice, StoreError, Stretch,
};
use futures::future::try_join_all;

/// The entries of a store, or of the index in which those of a filter are.
#[derive(Debug)]
pub(crate) struct Entries<'a, S> {
    store: &'a S,
    place: Place<'a, S>,
}

/// Where the entries of a filter are.
#[derive(Debug)]
enum Place<'a, S> {
    /// The store chooses what to read.
    Anywhere,
    /// In the parts of these actors of the index by actor.
    OfActors(Vec<ActorKey>),
    /// In the index of unusual entries.
    Unusual {
        index: Unusual<'a, S>,
        /// Whether all entries that have a sequence number are judged.
        is_whole: bool,
    },
}

impl<'a, S> Entries<'a, S> {
    /// Finds out where the entries of a filter are.
    pub(crate) async fn of(
        store: &'a S,
        directory: Directory<'_>,
        filter: &Filter,
    ) -> Result<Self, StoreError>
    where
        S: LookupStore + ReadSpan,
    {
        if filter.unusual {
            let (judgement, is_whole) = directory.judgement_of_all(store).await?;
            let place = Place::Unusual { index: Unusual { store, judgement }, is_whole };
            return Ok(Self { store, place });
        }
        let actors = directory.actors_behind(store, filter).await?;
        let place = match actors {
            Some(actors) => Place::OfActors(actors.into_iter().collect()),
            None => Place::Anywhere,
        };
        Ok(Self { store, place })
    }

    /// How far one request goes.
    pub(crate) fn limits(&self, filter: &Filter) -> Limits {
        match self.place {
            Place::OfActors(_) => Limits::OF_AN_INDEX,
            Place::Unusual { .. } => Limits::OF_UNUSUAL,
            Place::Anywhere => Limits::of_request(filter),
        }
    }

    /// The index of unusual entries, if it tells which of them a filter selects.
    pub(crate) fn unusual(&self, filter: &Filter) -> Option<(&Unusual<'a, S>, bool)> {
        match &self.place {
            Place::Unusual { index, is_whole } if !filter.has_index() && !filter.is_searched() => {
                Some((index, *is_whole))
            }
            _ => None,
        }
    }
}

/// The filter for each of these actors.
fn filters(actors: &[ActorKey], filter: &Filter) -> Vec<Filter> {
    let of = |actor: &ActorKey| Filter { actor: Some(actor.clone()), ..filter.clone() };
    actors.iter().map(of).collect()
}

/// How many entries of each actor may be read.
fn share(most_read: usize, actors: &[ActorKey]) -> usize {
    (most_read / actors.len().max(1)).max(1)
}

impl<S: ListEntries + ReadUnusual + FindRows + Sync> ListEntries for Entries<'_, S> {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let actors = match &self.place {
            Place::Anywhere => {
                return self.store.slice(stretch, direction, wanted, most_read).await;
            }
            Place::Unusual { index, .. } => {
                return index.slice(stretch, direction, wanted, most_read).await;
            }
            Place::OfActors(actors) => actors,
        };
        let (filters, most_read) = (filters(actors, stretch.filter), share(most_read, actors));
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
        let actors = match &self.place {
            Place::Anywhere => return self.store.count(stretch, most, most_read).await,
            Place::Unusual { index, is_whole } => {
                let matches = index.count(stretch, most, most_read).await?;
                return Ok(Matches { is_whole: matches.is_whole && *is_whole, ..matches });
            }
            Place::OfActors(actors) => actors,
        };
        let (filters, most_read) = (filters(actors, stretch.filter), share(most_read, actors));
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
