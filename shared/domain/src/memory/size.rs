//! Approximates what items weigh and what calls cost, so that budgets work as they do over
//! DynamoDB. Source: "DynamoDB item sizes and formats" and "Read and write operations", DynamoDB
//! developer guide.

use crate::entry::{Actor, Entry, Target};

/// A read unit is this many bytes, strongly consistent; an eventually consistent read costs half.
const READ_UNIT_BYTES: usize = 4_096;
/// A write unit is this many bytes.
const WRITE_UNIT_BYTES: usize = 1_024;
/// What one call reads at most.
pub(super) const MAX_PAGE_BYTES: usize = 1_048_576;
/// An item of the control table without a list in it: a workspace, a credential, a job.
pub(super) const CONTROL_ITEM_BYTES: usize = 400;
/// The open exports of a workspace.
pub(super) const OPEN_EXPORTS_BYTES: usize = 260;
/// A line of the list of open jobs.
pub(super) const OPEN_JOB_BYTES: usize = 130;
/// The plan of a check.
pub(super) const PLAN_BYTES: usize = 120;
/// Attributes of fixed size that an entry has in the table and in the indexes, names included:
/// `id`, `schema` and `recorded_at`, and the names of `workspace_id`, `actor`,
/// `action`, `target`, `outcome` and of one index key.
const FIXED_BYTES: usize = 55 + 8 + 35 + 12 + 5 + 6 + 6 + 7 + 10;

/// The TTL attribute `delete_at`, which only the table has.
const DELETE_AT_BYTES: usize = 15;

/// The units of an eventually consistent read of so many bytes.
pub(super) fn read_units(bytes: usize) -> f64 {
    0.5 * units(bytes, READ_UNIT_BYTES)
}

/// The units of a write of so many bytes.
pub(super) fn write_units(bytes: usize) -> f64 {
    units(bytes, WRITE_UNIT_BYTES)
}

fn units(bytes: usize, unit: usize) -> f64 {
    f64::from(u32::try_from(bytes.div_ceil(unit).max(1)).unwrap_or(u32::MAX))
}

/// What an entry weighs in an index: without its values, and with one of the two index keys.
pub(super) fn index_bytes(entry: &Entry) -> usize {
    let content = &entry.content;
    let text = |name: usize, text: Option<&String>| text.map_or(0, |text| name + text.len());
    let Actor { id, name, email, kind } = &content.actor;
    let actor = 3 + 7 + kind.name().len() + 3 + id.len();
    let actor = actor + text(5, name.as_ref()) + text(6, email.as_ref());
    let Target { kind, id, name } = &content.target;
    let target = 3 + 5 + kind.len() + 3 + id.len() + text(5, name.as_ref());
    let texts = text(10, content.ip_address.as_ref())
        + text(15, content.ip_address_text.as_ref())
        + text(8, content.location.as_ref())
        + text(10, content.session_id.as_ref())
        + text(6, content.reason.as_ref())
        + text(10, content.user_agent.as_ref())
        + text(11, content.external_id.as_ref())
        + text(10, content.request_id.as_ref());
    let workspace = 2 * entry.workspace_id.as_str().len();
    let journaled = if entry.journaled_at.is_some() { 12 + 24 } else { 0 };
    FIXED_BYTES
        + journaled
        + workspace
        + actor
        + target
        + texts
        + content.action.len()
        + kind.len()
        + id.len()
}

/// What an entry weighs in the table: with the values that lie in it, and both index keys.
pub(super) fn entry_bytes(entry: &Entry) -> usize {
    let keys = 10 + entry.workspace_id.as_str().len() + entry.content.actor.id.len();
    let seal = if entry.seal.is_some() { 4 + 43 } else { 0 };
    let key_id = if entry.key_id.is_some() { 6 + 16 } else { 0 };
    index_bytes(entry) + DELETE_AT_BYTES + keys + seal + key_id + values_bytes(entry)
}

/// What old value, new value and metadata weigh.
pub(super) fn values_bytes(entry: &Entry) -> usize {
    let content = &entry.content;
    let values = [&content.old_value, &content.new_value, &content.metadata];
    values.into_iter().flatten().map(|value| 9 + value.as_str().len()).sum()
}
