//! JSON pointers (RFC 6901).

use crate::validation::MAX_POINTER_BYTES;
use std::borrow::Cow;
use std::fmt::Write;

/// The pointer to the member `key` of the container at `parent` (RFC 6901, section 3).
#[must_use]
pub fn pointer_to(parent: &str, key: &str) -> String {
    let mut pointer = parent.to_owned();
    add_key(&mut pointer, key);
    pointer
}

fn add_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    if !key.contains(['~', '/']) {
        pointer.push_str(key);
        return;
    }
    for character in key.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// A place in a JSON text: its container, and its key or index there. A walk passes it down and
/// makes the pointer only where it has something to say: a value may have 100,000 places.
pub(super) enum Place<'a> {
    /// The whole text.
    Root,
    /// A member of an object.
    Key(&'a Place<'a>, &'a str),
    /// An element of an array.
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    /// The places on the way to this one, the outermost first.
    fn way<'p>(&'p self) -> Vec<&'p Place<'a>> {
        let mut way = Vec::new();
        let mut place = self;
        while let Self::Key(parent, _) | Self::Index(parent, _) = place {
            way.push(place);
            place = parent;
        }
        way.reverse();
        way
    }

    /// The first `most` segments of the pointer to this place, the outermost first.
    pub(super) fn first_segments(&self, most: usize) -> Vec<Cow<'_, str>> {
        let way = self.way().into_iter().take(most);
        way.filter_map(|place| match place {
            Self::Root => None,
            Self::Key(_, key) => Some(Cow::Borrowed(*key)),
            Self::Index(_, index) => Some(Cow::Owned(index.to_string())),
        })
        .collect()
    }

    /// The pointer to this place, in a text whose own pointer is `root`. A long one is shortened to
    /// the nearest container that fits.
    pub(super) fn pointer(&self, root: &str) -> String {
        #[cfg(test)]
        MADE.set(MADE.get() + 1);
        let mut pointer = root.to_owned();
        for place in self.way() {
            let container = pointer.len();
            match place {
                Self::Root => {}
                Self::Key(_, key) => add_key(&mut pointer, key),
                // Writing into a text cannot fail.
                Self::Index(_, index) => drop(write!(pointer, "/{index}")),
            }
            if pointer.len() > MAX_POINTER_BYTES {
                pointer.truncate(container);
                break;
            }
        }
        pointer
    }
}

#[cfg(test)]
thread_local! {
    static MADE: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// How many pointers this thread has made of places: the work that a walk must not do at each.
#[cfg(test)]
pub(super) fn made() -> u32 {
    MADE.get()
}
