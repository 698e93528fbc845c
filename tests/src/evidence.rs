//! Compares JSON texts as evidence. The text of numbers, the keys and the nesting matter, and the
//! order of members does not.

use domain::json::{Json, parse};

/// The tree of a JSON text with the members of its objects sorted. `None` means that the text is
/// not JSON.
#[must_use]
pub fn meaning(text: &[u8]) -> Option<Json> {
    parse(text).ok().map(sorted)
}

/// The meaning of a member of the object that the text is.
#[must_use]
pub fn member(text: &str, name: &str) -> Option<Json> {
    let Some(Json::Object(members)) = meaning(text.as_bytes()) else { return None };
    members.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn sorted(json: Json) -> Json {
    match json {
        Json::Array(elements) => Json::Array(elements.into_iter().map(sorted).collect()),
        Json::Object(members) => {
            let mut members: Vec<_> =
                members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(members)
        }
        leaf => leaf,
    }
}
