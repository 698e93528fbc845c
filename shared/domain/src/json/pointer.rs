//! JSON pointers (RFC 6901).

use crate::validation::MAX_POINTER_BYTES;
use std::borrow::Cow;

/// The pointer to the member `key` of the container at `parent` (RFC 6901, section 3).
#[must_use]
pub fn pointer_to(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A place in a JSON text: its container, and its key or index there. A walk passes it down and
/// makes the pointer only where it has something to say: a pointer may be 16 KB long.
pub(super) enum Place<'a> {
    /// The whole text.
    Root,
    /// A member of an object.
    Key(&'a Place<'a>, &'a str),
    /// An element of an array.
    Index(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// The segments of the pointer to this place, the outermost first.
    pub(super) fn segments(&self) -> Vec<Cow<'_, str>> {
        let mut segments = Vec::new();
        let mut place = self;
        loop {
            place = match place {
                Self::Root => break,
                Self::Key(parent, key) => {
                    segments.push(Cow::Borrowed(*key));
                    parent
                }
                Self::Index(parent, index) => {
                    segments.push(Cow::Owned(index.to_string()));
                    parent
                }
            };
        }
        segments.reverse();
        segments
    }

    /// The pointer to this place, in a text whose own pointer is `root`. A long one is shortened to
    /// the nearest container that fits.
    pub(super) fn pointer(&self, root: &str) -> String {
        let mut pointer = root.to_owned();
        for segment in self.segments() {
            let longer = pointer_to(&pointer, &segment);
            if longer.len() > MAX_POINTER_BYTES {
                break;
            }
            pointer = longer;
        }
        pointer
    }
}
