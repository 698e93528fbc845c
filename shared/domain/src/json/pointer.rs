//! JSON pointers (RFC 6901).

/// The pointer to the member `key` of the container at `parent` (RFC 6901, section 3).
#[must_use]
pub fn pointer_to(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}
