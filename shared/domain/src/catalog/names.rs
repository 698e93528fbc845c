//! Owns the names of actions and target types.

/// The most characters of the name of an action.
pub const MAX_ACTION_CHARS: usize = 128;
/// The most characters of the name of a target type.
pub const MAX_TARGET_TYPE_CHARS: usize = 64;

/// A name that is further away than this from what was sent is no help.
const MAX_DISTANCE: f64 = 0.5;

/// Whether a text can be a name: `A-Z a-z 0-9` and `_ . : / -` in between, as in `member.invite`,
/// `ConsoleLogin` or `pods/exec.create`. A name never contains `#`, which separates the parts of a
/// key.
#[must_use]
pub fn is_name(text: &str, max_chars: usize) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'/' | b'-');
    (1..=max_chars).contains(&text.len())
        && text.bytes().all(is_plain)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a name is kept for what the service records itself.
pub(super) fn is_reserved(name: &str) -> bool {
    name.starts_with("audit_log.") || name == "workspace.plan.update"
}

/// The known name that is most like `name`, if one is like it at all: `project.updated` is like
/// `project.update`.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if !is_name(name, MAX_ACTION_CHARS) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let likeness =
        |known: &str| strsim::normalized_damerau_levenshtein(&name, &known.to_ascii_lowercase());
    known
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness > MAX_DISTANCE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_systems_are_names() {
        for good in [
            "member.invite",
            "ConsoleLogin",
            "pods/exec.create",
            "user_login",
            "T2000I",
            "s3:PutObject",
            "0",
            &"a".repeat(128),
        ] {
            assert!(is_name(good, MAX_ACTION_CHARS), "{good}");
        }
        for bad in ["", "a b", "a#b", ".a", "é", "a\r\n", "a\u{202e}", &"a".repeat(129)] {
            assert!(!is_name(bad, MAX_ACTION_CHARS), "{bad:?}");
        }
    }

    #[test]
    fn the_nearest_name_is_one_that_was_probably_meant() {
        let known = || ["project.update", "project.create", "member.invite"].into_iter();
        for (sent, meant) in [
            ("project.updated", Some("project.update")),
            ("PROJECT.UPDATE", Some("project.update")),
            ("projct.create", Some("project.create")),
            ("memberInvite", Some("member.invite")),
            ("zzz", None),
            ("project update", None),
        ] {
            assert_eq!(nearest(sent, known()), meant, "{sent}");
        }
    }
}
