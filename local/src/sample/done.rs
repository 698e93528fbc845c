//! What a deed leaves behind.

use domain::entry::Target;
use domain::json::JsonText;

/// What was done: the part of an entry that the deed decides.
pub(super) struct Done {
    pub(super) action: &'static str,
    pub(super) target: Target,
    pub(super) old_value: Option<JsonText>,
    pub(super) new_value: Option<JsonText>,
}
