//! Owns the page token: it says which page of which list is asked for, and is authenticated with a
//! key of the workspace.
//!
//! A token is base64url without padding of these bytes: version (1), direction (1), page size (1),
//! position (24), `as_of` (16), what is counted (1 or 27), filter (the rest), MAC (16).
//! `docs/decisions/0008-page-tokens.md` says why.

use super::{Counted, ListQuery, MAX_PAGE_SIZE, Position};
use data_encoding::BASE64URL_NOPAD;
use domain::entry::{ActorKey, ActorType};
use domain::filter::{Filter, Selection};
use domain::identity::{EntryId, Salt};
use domain::journal::AsOf;
use domain::timestamp::Timestamp;
use std::fmt::Display;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// The most characters of a token.
pub const MAX_TOKEN_CHARS: usize = 512;
const VERSION: u8 = 6;
const MAC_BYTES: usize = 16;
/// 512 characters of base64 are 384 bytes. The other fields take 3 + 24 + 16 + 27 + 16 of them, and
/// 1 says how the filter is carried.
const MAX_FILTER_BYTES: usize = MAX_TOKEN_CHARS / 4 * 3 - (3 + 24 + 16 + 27 + MAC_BYTES) - 1;
const TOKEN_PURPOSE: &str = "page-token";
const FILTER_PURPOSE: &str = "page-token-filter";

/// A token that was opened: its MAC is right.
#[derive(Debug)]
pub struct PageToken {
    edge: Edge,
    counted: Option<Counted>,
    page_size: u8,
    as_of: AsOf,
    filter: CarriedFilter,
    salt: Salt,
}

/// An id and the side of it on which a page lies. The id itself is not on the page, and no entry
/// needs to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The page starts below this id and goes on to older entries.
    OlderThan(EntryId),
    /// The page ends above this id: it holds the entries next to it.
    NewerThan(EntryId),
}

/// How a token carries its filter.
#[derive(Debug)]
enum CarriedFilter {
    /// The filter itself.
    Whole(Box<Filter>),
    /// A digest of the filter, whose ids are too long for a token. The client repeats the filter.
    Digest([u8; 16]),
}

impl PageToken {
    /// Makes the token of the page at `edge` in the list that `query` asked for, with the
    /// [`ListQuery::counted`] of that edge.
    #[must_use]
    pub fn seal(
        query: &ListQuery,
        edge: Edge,
        counted: Option<Counted>,
        as_of: AsOf,
        salt: &Salt,
    ) -> String {
        let (direction, position) = match edge {
            Edge::OlderThan(id) => (b'<', id),
            Edge::NewerThan(id) => (b'>', id),
        };
        let mut bytes = vec![VERSION, direction, query.page_size];
        bytes.extend(position.occurred_at().ms().to_be_bytes());
        bytes.extend(position.digest().to_be_bytes());
        for moment in [as_of.sealed, as_of.recorded] {
            bytes.extend(moment.ms().to_be_bytes());
        }
        bytes.extend(counted_bytes(counted));
        let filter = filter_bytes(&query.filter);
        if filter.len() <= MAX_FILTER_BYTES {
            bytes.push(b'w');
            bytes.extend(filter);
        } else {
            bytes.push(b'd');
            bytes.extend(salt.authenticate(FILTER_PURPOSE, &filter));
        }
        bytes.extend(salt.authenticate(TOKEN_PURPOSE, &bytes));
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Opens a token that was sealed with the salt of this workspace. `None` means that it was not:
    /// one bit is changed, or the same bytes are spelled in another way.
    #[must_use]
    pub fn open(text: &str, salt: &Salt) -> Option<Self> {
        if text.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (payload, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        if !bool::from(salt.authenticate(TOKEN_PURPOSE, payload).ct_eq(mac)) {
            return None;
        }
        let mut reader = Reader(payload);
        let [version, direction, page_size] = reader.array()?;
        let position = reader.id()?;
        let as_of = AsOf { sealed: reader.moment()?, recorded: reader.moment()? };
        let mut counted = None;
        reader.counted(&mut counted)?;
        let edge = match direction {
            b'<' => Edge::OlderThan(position),
            b'>' => Edge::NewerThan(position),
            _ => return None,
        };
        let filter = match reader.array()? {
            [b'w'] => CarriedFilter::Whole(Box::new(reader.filter()?)),
            [b'd'] => CarriedFilter::Digest(reader.array()?),
            _ => return None,
        };
        // No list has such a page, even if the code of the token is right.
        let is_page = (1..=MAX_PAGE_SIZE).contains(&page_size);
        let is_whole = version == VERSION && reader.0.is_empty();
        (is_whole && is_page).then(|| Self {
            edge,
            counted,
            page_size,
            as_of,
            filter,
            salt: salt.clone(),
        })
    }

    /// The query that this token stands for. `None` means that the filter or the page size given
    /// beside the token differ from the token's own.
    #[must_use]
    pub fn into_query(self, given: Option<Filter>, page_size: Option<u8>) -> Option<ListQuery> {
        let filter = match self.filter {
            CarriedFilter::Whole(filter) => {
                Some(*filter).filter(|filter| given.is_none_or(|given| given == *filter))
            }
            CarriedFilter::Digest(digest) => given.filter(|given| {
                self.salt.authenticate(FILTER_PURPOSE, &filter_bytes(given)) == digest
            }),
        };
        let page_size =
            page_size.is_none_or(|size| size == self.page_size).then_some(self.page_size);
        Some(ListQuery {
            filter: filter?,
            page_size: page_size?,
            position: Position::Beside(self.edge),
            as_of: Some(self.as_of),
            counted: self.counted,
        })
    }
}

/// What is counted: `c` and its fields in order, or `-`.
fn counted_bytes(counted: Option<Counted>) -> Vec<u8> {
    let Some(Counted { rank, total, from, reach }) = counted else { return vec![b'-'] };
    let mut bytes = vec![b'c'];
    bytes.extend(rank.to_be_bytes());
    bytes.extend(total.to_be_bytes());
    bytes.extend(from.ms().to_be_bytes());
    bytes.extend(reach.to_be_bytes());
    bytes
}

/// The filter's fields in order, and a `u` if only unusual entries are asked for. A text follows
/// its length in two bytes; 65,535 means that there is no text. A time is in milliseconds; the
/// least number means that there is no time.
fn filter_bytes(filter: &Filter) -> Vec<u8> {
    let mut bytes = Vec::new();
    let actor = filter.actor.as_ref();
    let texts = [
        filter.action.as_ref().map(Selection::to_string),
        filter.target_type.as_ref().map(Selection::to_string),
        filter.outcome.as_ref().map(Selection::to_string),
        actor.map(|actor| actor.kind.name().to_owned()),
        actor.map(|actor| actor.id.clone()),
        filter.actor_email.clone(),
        filter.ip_address.map(|range| range.to_string()),
        filter.target_id.clone(),
        filter.external_id.clone(),
        filter.request_id.clone(),
    ];
    for text in texts {
        let length =
            text.as_ref().and_then(|text| u16::try_from(text.len()).ok()).unwrap_or(u16::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend(text.iter().flat_map(|text| text.bytes()));
    }
    for time in [filter.from, filter.to] {
        bytes.extend(time.map_or(i64::MIN, Timestamp::ms).to_be_bytes());
    }
    bytes.extend(filter.unusual.then_some(b'u'));
    bytes
}

/// Reads the fields of a token, from its first byte on. `None` means that the bytes are not a
/// token.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn moment(&mut self) -> Option<Timestamp> {
        Timestamp::from_ms(i64::from_be_bytes(self.array()?))
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.array()?))
    }

    /// Reads what is counted into a field that stays `None` if nothing is. `None` means that the
    /// bytes are not a token.
    fn counted(&mut self, into: &mut Option<Counted>) -> Option<()> {
        match self.array()? {
            [b'-'] => {}
            [b'c'] => {
                let (rank, total, from) = (self.number()?, self.number()?, self.moment()?);
                let reach = u16::from_be_bytes(self.array()?);
                *into = Some(Counted { rank, total, from, reach });
            }
            _ => return None,
        }
        Some(())
    }

    fn id(&mut self) -> Option<EntryId> {
        let at = self.moment()?;
        Some(EntryId::new(at, u128::from_be_bytes(self.array()?)))
    }

    /// Reads a text into a field of the filter, which stays `None` if the token has no text there.
    /// `None` means that the text is cut short or is not UTF-8.
    fn text(&mut self, into: &mut Option<String>) -> Option<()> {
        let length = u16::from_be_bytes(self.array()?);
        if length != u16::MAX {
            let (head, rest) = self.0.split_at_checked(usize::from(length))?;
            self.0 = rest;
            *into = Some(String::from_utf8(head.to_vec()).ok()?);
        }
        Some(())
    }

    /// Reads a time into a field of the filter, which stays `None` if the token has no time there.
    /// `None` means that the time is out of range.
    fn time(&mut self, into: &mut Option<Timestamp>) -> Option<()> {
        let ms = i64::from_be_bytes(self.array()?);
        if ms != i64::MIN {
            *into = Some(Timestamp::from_ms(ms)?);
        }
        Some(())
    }

    /// Reads what is selected into a condition, as [`Reader::text`] reads a text. `None` means also
    /// that it is spelled in another way than a token has it.
    fn selection<T: Ord + Display + FromStr>(
        &mut self,
        into: &mut Option<Selection<T>>,
    ) -> Option<()> {
        let mut text = None;
        self.text(&mut text)?;
        if let Some(text) = text {
            let values: Selection<T> = text.parse().ok()?;
            *into = Some(values).filter(|values| values.to_string() == text);
            into.as_ref()?;
        }
        Some(())
    }

    fn filter(&mut self) -> Option<Filter> {
        let mut filter = Filter::default();
        let (mut actor_type, mut actor_id) = (None, None);
        self.selection(&mut filter.action)?;
        self.selection(&mut filter.target_type)?;
        self.selection(&mut filter.outcome)?;
        let mut range = None;
        for text in [
            &mut actor_type, &mut actor_id, &mut filter.actor_email, &mut range,
            &mut filter.target_id, &mut filter.external_id, &mut filter.request_id,
        ] {
            self.text(text)?;
        }
        if let Some(range) = range {
            filter.ip_address = Some(range.parse().ok()?);
        }
        filter.actor = match (actor_type, actor_id) {
            (Some(kind), Some(id)) => Some(ActorKey { kind: ActorType::named(&kind)?, id }),
            (None, None) => None,
            _ => return None,
        };
        self.time(&mut filter.from)?;
        self.time(&mut filter.to)?;
        if let [b'u', rest @ ..] = self.0 {
            (filter.unusual, self.0) = (true, rest);
        }
        Some(filter)
    }
}

#[cfg(test)]
mod tests;
