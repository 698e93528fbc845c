//! Tells the operators of stored items that were changed or deleted behind the service's back.

use domain::identity::EntryId;
use domain::workspace::WorkspaceId;
use std::fmt;

/// The longest name of an attribute that is logged. The service stores no longer one.
const MAX_NAME_BYTES: usize = 32;

/// What happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// These attributes have changed.
    Modified(Vec<String>),
    /// It has changed, and the record does not say how: the stream does not show images.
    ModifiedUnseen,
    /// It was deleted, and not because it had expired.
    Removed,
}

impl fmt::Display for Change {
    /// The line for the operators. It has names of attributes, and never their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed => f.write_str("removed"),
            Self::ModifiedUnseen => f.write_str("modified, without images"),
            Self::Modified(names) => {
                write!(f, "modified:")?;
                names.iter().try_for_each(|name| write!(f, " {}", shown(name)))
            }
        }
    }
}

/// A name as it is logged. Altered items can have attributes with any name, so an unusual name is
/// not shown.
fn shown(name: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_usual = name.len() <= MAX_NAME_BYTES && name.bytes().all(is_plain);
    if is_usual { name } else { "(another)" }
}

/// An item that was changed or deleted behind the service's back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alteration {
    /// `None` means that the partition is of no workspace.
    pub(crate) workspace: Option<WorkspaceId>,
    /// `None` means that the key is no id of an entry.
    pub(crate) entry: Option<EntryId>,
    /// What the partition holds: `entry`, `values` or `row`.
    pub(crate) part: &'static str,
    /// What happened.
    pub(crate) change: Change,
}

impl Alteration {
    /// Writes the line that `AlterationsAlarm` of `template.yaml` counts. It names the entry and
    /// holds nothing of its content.
    pub(crate) fn report(&self) {
        tracing::error!(
            workspace_id = self.workspace.as_ref().map(WorkspaceId::as_str),
            entry_id = self.entry.map(tracing::field::display),
            part = self.part,
            change = %self.change,
            "stored item altered"
        );
    }
}

/// What an item of this partition is.
pub(crate) fn part_of(partition: &str) -> &'static str {
    match partition.split_once('#') {
        None => "entry",
        Some((_, "values")) => "values",
        Some(_) => "row",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_are_shown_and_nothing_that_may_be_content() {
        let names = |names: &[&str]| Change::Modified(names.iter().map(|&n| n.into()).collect());
        let odd = names(&["reason", "Ada Lovelace", "ada@example.com", &"a".repeat(33)]);
        assert_eq!(odd.to_string(), "modified: reason (another) (another) (another)");
        assert_eq!(names(&["action", "seal"]).to_string(), "modified: action seal");
        assert_eq!(Change::Removed.to_string(), "removed");
    }

    #[test]
    fn the_partition_says_what_an_item_is() {
        let parts = ["ws_a", "ws_a#values", "ws_a#target10"].map(part_of);
        assert_eq!(parts, ["entry", "values", "row"]);
    }
}
