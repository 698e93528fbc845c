//! The limits: published, in the code, in the guide.

use crate::openapi::document::Document;
use domain::catalog::{MAX_ACTION_CHARS, MAX_TARGET_TYPE_CHARS};
use domain::counting::MOST_PERIODS;
use domain::entry::{
    MAX_CLOCK_SKEW_MS, MAX_ENTRY_BYTES, MAX_FURTHER_TARGETS, MAX_METADATA_KEY_CHARS,
    MAX_METADATA_KEYS, MAX_METADATA_TEXT_CHARS, MAX_TOLD_CHARS, MOST_TOLD,
};
use domain::filter::MAX_SELECTED;
use domain::job::CHECK_IDS_KEPT;
use domain::job::EXPORT_KEPT_DAYS;
use domain::json::{
    MAX_CONTAINER_ELEMENTS, MAX_KEY_CHARS, MAX_NESTING, MAX_NUMBER_CHARS, MAX_NUMBER_TEXT_CHARS,
};
use domain::text::{MAX_EMAIL_CHARS, MAX_ID_CHARS, MAX_NAME_CHARS, MAX_USER_AGENT_CHARS};
use domain::unusual::MOST_NAMED;
use domain::workspace::MAX_WORKSPACE_ID_CHARS;
use serde_json::Value;
use std::collections::BTreeMap;
use web::http::MAX_EVENT_BODY_BYTES;
use web::list_query::{MAX_PAGE_SIZE, MAX_SEARCH_CHARS, MAX_TOKEN_CHARS};

const GUIDE: &str = include_str!("../../../../docs/api.md");

#[expect(clippy::as_conversions, reason = "a constant has no `From`, and u8 fits")]
const PAGE_SIZE: usize = MAX_PAGE_SIZE as usize;

/// The most that each schema allows, by its place under `components/schemas`, and the constant it
/// comes from.
const CONSTANTS: [(&str, usize); 46] = [
    ("WorkspaceId/maxLength", MAX_WORKSPACE_ID_CHARS),
    ("Id/maxLength", MAX_ID_CHARS),
    ("Name/maxLength", MAX_NAME_CHARS),
    ("Email/maxLength", MAX_EMAIL_CHARS),
    ("UserAgent/maxLength", MAX_USER_AGENT_CHARS),
    ("PageToken/maxLength", MAX_TOKEN_CHARS),
    ("ActionName/maxLength", MAX_ACTION_CHARS),
    ("TargetTypeName/maxLength", MAX_TARGET_TYPE_CHARS),
    ("ActorInput/properties/id/maxLength", MAX_ID_CHARS),
    ("FeedPage/properties/entries/maxItems", 1_000),
    ("Graces/maxItems", 3),
    ("Timeline/properties/buckets/maxItems", MOST_PERIODS),
    ("JournalCheck/properties/found/maxItems", CHECK_IDS_KEPT),
    // The integers that a JavaScript number holds exactly: RFC 8259, section 6.
    ("Sequence/maximum", (1 << 53) - 1),
    ("RecordRequest/properties/targets/maxItems", MAX_FURTHER_TARGETS),
    ("RecordRequest/properties/session_id/maxLength", MAX_ID_CHARS),
    ("RecordRequest/properties/external_id/maxLength", MAX_ID_CHARS),
    ("RecordRequest/properties/request_id/maxLength", MAX_ID_CHARS),
    ("FurtherTargets/maxItems", MAX_FURTHER_TARGETS),
    ("Metadata/maxProperties", MAX_METADATA_KEYS),
    ("Metadata/propertyNames/maxLength", MAX_METADATA_KEY_CHARS),
    ("Metadata/additionalProperties/anyOf/0/maxLength", MAX_METADATA_TEXT_CHARS),
    ("MetadataInput/maxProperties", MAX_METADATA_KEYS),
    ("MetadataInput/propertyNames/maxLength", MAX_METADATA_KEY_CHARS),
    ("ExportRequest/properties/actor_id/maxLength", MAX_ID_CHARS),
    ("EmailFilter/maxLength", MAX_EMAIL_CHARS),
    ("SearchText/maxLength", MAX_SEARCH_CHARS),
    ("SearchPage/properties/size/maximum", PAGE_SIZE),
    ("ActorProfile/properties/active_hours/items/maximum", 24 - 1),
    ("Evidence/properties/known_hours/items/maximum", 24 - 1),
    ("Evidence/properties/known_hours/maxItems", 24),
    ("Evidence/properties/known_networks/maxItems", MOST_NAMED),
    // An address of IPv6 with eight groups of four digits, a slash, and three digits.
    ("AddressRange/maxLength", 8 * 5 - 1 + 4),
    ("ExportRequest/properties/target_id/maxLength", MAX_ID_CHARS),
    ("ExportRequest/properties/external_id/maxLength", MAX_ID_CHARS),
    ("ExportRequest/properties/request_id/maxLength", MAX_ID_CHARS),
    ("ChangesInShort/properties/first/maxItems", MOST_TOLD),
    ("ChangeInShort/properties/path/maxLength", MAX_TOLD_CHARS),
    ("SimpleValue/maxLength", MAX_TOLD_CHARS),
    // Each name with its comma and its minus.
    ("ActionNames/maxLength", MAX_SELECTED * (MAX_ACTION_CHARS + 2) - 1),
    ("TargetTypeNames/maxLength", MAX_SELECTED * (MAX_TARGET_TYPE_CHARS + 2) - 1),
    ("Outcomes/maxLength", MAX_SELECTED * ("success".len() + 2) - 1),
    ("EntryPage/properties/entries/maxItems", PAGE_SIZE),
    ("Page/properties/size/maximum", PAGE_SIZE),
    ("EntryId/maxLength", "20261122T140506.789Z-".len() + 32),
    ("IpAddress/maxLength", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".len()),
];

/// Limits whose constants are private: `tried` and `successes` test them on the running service.
const TRIED: [&str; 19] = [
    "BatchRequest/properties/entries/maxItems",
    "EntryWithChanges/properties/changes/maxItems",
    "BatchAnswer/properties/results/maxItems",
    "BatchAnswer/properties/recorded/maximum",
    "BatchAnswer/properties/duplicate/maximum",
    "BatchAnswer/properties/rejected/maximum",
    "ViewerTokenRequest/properties/expires_in_seconds/maximum",
    "ExportList/properties/exports/maxItems",
    "Problem/properties/errors/maxItems",
    "FieldError/properties/pointer/maxLength",
    "Adjustment/properties/pointer/maxLength",
    "Adjusted/maxItems",
    "ReasonText/maxLength",
    "IpAddressText/maxLength",
    "Location/maxLength",
    "CatalogAction/properties/description/maxLength",
    "CatalogActionInput/properties/description/maxLength",
    "Label/maxLength",
    "Labels/maxProperties",
];

/// The keywords of a schema that bound a value from above.
const BOUNDS: [&str; 4] = ["maxLength", "maxItems", "maximum", "maxProperties"];

fn maxima(node: &Value, place: &str, found: &mut BTreeMap<String, u64>) {
    let members = node.as_object().into_iter().flatten();
    let members = members.map(|(name, value)| (name.clone(), value));
    let elements = node.as_array().into_iter().flatten().enumerate();
    let elements = elements.map(|(index, value)| (index.to_string(), value));
    for (name, value) in members.chain(elements) {
        let place = if place.is_empty() { name.clone() } else { format!("{place}/{name}") };
        match value.as_u64() {
            Some(most) if BOUNDS.contains(&name.as_str()) => {
                found.insert(place, most);
            }
            _ => maxima(value, &place, found),
        }
    }
}

#[test]
fn the_published_maxima_are_the_constants_of_the_code() {
    let document = Document::load();
    let mut published = BTreeMap::new();
    maxima(document.at("/components/schemas"), "", &mut published);
    published.retain(|place, _| !TRIED.contains(&place.as_str()));
    let constants = CONSTANTS.map(|(place, most)| (place.to_owned(), u64::try_from(most).unwrap()));
    assert_eq!(published, constants.into());
    assert_eq!(document.operation("recordEntry").max_bytes(), Some(MAX_ENTRY_BYTES));
}

/// A number as the guide writes it: `262,144`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}

#[test]
fn the_guide_and_the_descriptions_say_the_limits_of_the_code() {
    let document = Document::load();
    let rows = GUIDE
        .split_once("| what | limit | beyond it |")
        .unwrap()
        .1
        .trim_start()
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let limits: BTreeMap<_, _> =
        rows.map(|row| row.trim_matches('|').split_once(" | ").unwrap()).collect();
    let bytes = |operation: &str| grouped(document.operation(operation).max_bytes().unwrap());
    let field = |place: &str| {
        grouped(
            document
                .schema(place.split_once('/').unwrap().0)
                .pointer(&format!("/{}", place.split_once('/').unwrap().1))
                .unwrap()
                .as_u64()
                .unwrap()
                .try_into()
                .unwrap(),
        )
    };
    for (what, limit) in [
        ("one entry", bytes("recordEntry")),
        ("a batch", bytes("recordBatch")),
        ("a batch", grouped(MAX_EVENT_BODY_BYTES)),
        ("the body that makes a workspace", bytes("putWorkspace")),
        ("the body that makes a workspace", bytes("createViewerToken")),
        ("the body that makes a workspace", bytes("createExport")),
        ("a catalogue", bytes("putCatalog")),
        ("exports in a list", field("ExportList/properties/exports/maxItems")),
        ("life of an export", format!("{EXPORT_KEPT_DAYS} days")),
        ("entries in a batch", field("BatchRequest/properties/entries/maxItems")),
        ("levels of containers", grouped(MAX_NESTING)),
        ("elements of a list", grouped(MAX_CONTAINER_ELEMENTS)),
        ("object key", grouped(MAX_KEY_CHARS)),
        ("number in a value", grouped(MAX_NUMBER_CHARS)),
        ("ids", format!("1 to {}", grouped(MAX_ID_CHARS))),
        ("names", format!("1 to {}", grouped(MAX_NAME_CHARS))),
        ("email address", grouped(MAX_EMAIL_CHARS)),
        ("`reason`", field("ReasonText/maxLength")),
        ("`location`", field("Location/maxLength")),
        ("`ip_address_text`", field("IpAddressText/maxLength")),
        ("`targets`", grouped(MAX_FURTHER_TARGETS)),
        ("keys of `metadata`", grouped(MAX_METADATA_KEYS)),
        ("keys of `metadata`", format!("1 to {MAX_METADATA_KEY_CHARS} ")),
        ("texts in `metadata`", grouped(MAX_METADATA_TEXT_CHARS)),
        ("number in a value", grouped(MAX_NUMBER_TEXT_CHARS)),
        ("name of an action", format!("1 to {MAX_ACTION_CHARS} ")),
        ("name of a target type", format!("1 to {MAX_TARGET_TYPE_CHARS} ")),
        ("`user_agent`", grouped(MAX_USER_AGENT_CHARS)),
        ("workspace id", format!("1 to {}", grouped(MAX_WORKSPACE_ID_CHARS))),
        ("`occurred_at`", format!("{} minutes", MAX_CLOCK_SKEW_MS / 60_000)),
        ("`page_size`", format!("1 to {MAX_PAGE_SIZE}")),
        ("page token", grouped(MAX_TOKEN_CHARS)),
        ("values of `action`", grouped(MAX_SELECTED)),
        ("`expires_in_seconds`", field("ViewerTokenRequest/properties/expires_in_seconds/maximum")),
        ("changes of one entry", field("EntryWithChanges/properties/changes/maxItems")),
        ("errors in a 422", field("Problem/properties/errors/maxItems")),
        (
            "effect of a revocation",
            format!("{} seconds", domain::credential::REMEMBERED_FOR_MS / 1_000),
        ),
    ] {
        let (_, said) = limits
            .iter()
            .find(|(row, _)| row.trim().starts_with(what))
            .unwrap_or_else(|| panic!("no limit of {what}"));
        assert!(said.contains(&limit), "{what}: {said} does not say {limit}");
    }
    let value = document.schema("Value")["description"].as_str().unwrap();
    for (limit, of) in [
        (MAX_NESTING, "levels"),
        (MAX_CONTAINER_ELEMENTS, "elements"),
        (MAX_KEY_CHARS, "characters in a key"),
        (MAX_NUMBER_CHARS, "in a number"),
    ] {
        assert!(value.replace('\n', " ").contains(&format!("{} {of}", grouped(limit))), "{value}");
    }
    for operation in
        document.operations().iter().filter(|operation| operation.max_bytes().is_some())
    {
        let said = operation.node["requestBody"]["description"].as_str().unwrap();
        assert!(said.contains(&format!("({} bytes)", bytes(operation.id))), "{said}");
    }
    let of_batch = document.operation("recordBatch").node["requestBody"]["description"].as_str();
    assert!(of_batch.unwrap().contains(&grouped(MAX_EVENT_BODY_BYTES)), "{of_batch:?}");
}
