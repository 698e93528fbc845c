//! Bodies of 256 KiB, and batches of 4 MiB, each the worst of its kind.

use domain::timestamp::Timestamp;
use serde_json::json;

/// The most bytes of an entry.
const ENTRY: usize = 256 * 1_024;
/// The most bytes of a batch.
const BATCH: usize = 4 * 1_024 * 1_024;
/// The most levels of a value.
const LEVELS: usize = 32;

/// A body and where it is sent to.
pub(super) struct Body {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    /// Further members of the entry, or of each entry of a batch.
    members: String,
    /// How many entries the batch has. `None` means that the body is a single entry.
    entries: Option<usize>,
}

impl Body {
    /// The text of the body. Each number gives another entry.
    pub(super) fn text(&self, number: u32, now: Timestamp) -> String {
        let entry = |number: String| {
            format!(
                r#"{{"occurred_at":"{}","action":"heavy.do","actor":{{"type":"user","id":"u"}},
                    "target":{{"type":"heavy","id":"h"}},"external_id":"{number}",{}}}"#,
                now.rfc3339(),
                self.members
            )
        };
        match self.entries {
            None => entry(number.to_string()),
            Some(count) => {
                let entries: Vec<_> =
                    (0..count).map(|at| entry(format!("{number}-{at}"))).collect();
                format!(r#"{{"entries":[{}]}}"#, entries.join(","))
            }
        }
    }
}

/// The catalogue under which the bodies are sent: an action whose metadata must fit patterns that
/// are in many states at once for each character of a text of `a` and `b`.
pub(super) fn catalog() -> String {
    let pattern = |key: usize| json!({ "pattern": format!("^[ab]*a[ab]{{{}}}c$", 1_000 + key) });
    let keys = (1..=50).map(|key| (format!("k{key}"), pattern(key)));
    let action = |name: &str| json!({ "name": name, "label": "L", "group": "G" });
    let mut heavy = action("heavy.do");
    if let Some(heavy) = heavy.as_object_mut() {
        let properties: serde_json::Map<_, _> = keys.collect();
        let schema = json!({ "type": "object", "properties": properties });
        heavy.insert("metadata_schema".to_owned(), schema);
    }
    let others = (0..999).map(|number| action(&format!("{}{number}", "a".repeat(120))));
    json!({
        "actions": std::iter::once(heavy).chain(others).collect::<Vec<_>>(),
        "target_types": [{ "name": "heavy", "label": "H" }],
    })
    .to_string()
}

/// `open` once for each level, then `inside`, then `close` once for each level.
fn nested(open: &str, inside: &str, close: &str, levels: usize) -> String {
    format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
}

/// As many elements as fit into this many bytes, in containers of at most 10,000.
fn elements(element: &str, bytes: usize) -> String {
    let count = bytes / (element.len() + 1);
    let of = |count: usize| format!("[{}]", vec![element; count].join(","));
    let mut left = count;
    let mut containers = Vec::new();
    while left > 0 {
        let taken = left.min(10_000);
        containers.push(of(taken));
        left -= taken;
    }
    format!("[{}]", containers.join(","))
}

/// As many members of an object as fit into this many bytes, in objects of at most 10,000.
fn members(bytes: usize, value: &str) -> String {
    let count = bytes / (value.len() + 10);
    let member = |number: usize| format!(r#""{number:06}":{value}"#);
    let numbers: Vec<_> = (0..count).collect();
    let objects: Vec<_> = numbers
        .chunks(10_000)
        .map(|chunk| {
            let members: Vec<_> = chunk.iter().map(|number| member(*number)).collect();
            format!("{{{}}}", members.join(","))
        })
        .collect();
    format!("[{}]", objects.join(","))
}

/// Members of the entry that are unknown to the service.
fn unknown_fields(bytes: usize) -> String {
    let members: Vec<_> = (0..bytes / 11).map(|number| format!(r#""{number:06}":0"#)).collect();
    members.join(",")
}

fn texts(text: &str, bytes: usize) -> String {
    format!("\"{}\"", text.repeat(bytes / text.len()))
}

fn new_value(value: &str) -> String {
    format!(r#""new_value":{value}"#)
}

/// An old and a new value.
fn both(old: &str, new: &str) -> String {
    format!(r#""old_value":{old},"new_value":{new}"#)
}

/// Two values that differ in every element, below a pointer that is as long as fits.
fn far_apart(key: &str, old: &str, new: &str, bytes: usize) -> String {
    let open = format!("{{\"{}\":", key.repeat(512));
    let levels = (bytes / 2 / (open.len() + 1)).min(LEVELS - 2);
    let half = bytes.saturating_sub(levels * (open.len() + 1)).min(bytes * 2 / 3);
    let side = |element: &str| nested(&open, &elements(element, half), "}", levels);
    both(&side(old), &side(new))
}

/// Metadata of at most 50 keys with texts that its patterns walk through to the end.
fn metadata(bytes: usize) -> String {
    let letter = |at: u32| if (at * at / 7 + at / 3).is_multiple_of(2) { 'a' } else { 'b' };
    let text: String = (0..1_024).map(letter).collect();
    let count = (bytes / (text.len() + 10)).min(50);
    let keys: Vec<_> = (1..=count).map(|key| format!(r#""k{key}":"{text}""#)).collect();
    format!(r#""metadata":{{{}}}"#, keys.join(","))
}

/// All bodies.
pub(super) fn all() -> Vec<Body> {
    let room = ENTRY - 512;
    let one = |name, members| Body { name, path: "entries", members, entries: None };
    let wide = elements("0", room - 4 * LEVELS);
    let mut bodies = vec![
        one("one long text", new_value(&texts("x", room))),
        one("32 levels around numbers", new_value(&nested("[", &wide, "]", LEVELS - 2))),
        one(
            "32 levels around objects",
            new_value(&nested("{\"a\":", &members(room - 256, "0"), "}", LEVELS - 2)),
        ),
        one("many deep values", new_value(&elements(&nested("[", "", "]", LEVELS - 2), room))),
        one("10,000 elements per container", new_value(&elements("0", room))),
        one("many keys", new_value(&members(room, "0"))),
        one("numbers of 64 digits", new_value(&elements(&"1".repeat(64), room))),
        one("numbers of 4,096 digits", new_value(&elements(&"1".repeat(4_096), room))),
        one("escapes", new_value(&texts("\\u0041", room))),
        one("escapes that stay", new_value(&texts("\\u0001", room))),
        one("quotes", new_value(&texts("\\\"", room))),
        one("empty texts", new_value(&elements("\"\"", room))),
        one("lone surrogates in one text", new_value(&texts("\\ud800", room))),
        one(
            "lone surrogates, each at a place of its own",
            new_value(&nested("[", &elements("\"\\ud800\"", room - 128), "]", LEVELS - 2)),
        ),
        one(
            "too deep, each at a place of its own",
            new_value(&nested("[", &elements("[]", room - 128), "]", LEVELS - 2)),
        ),
        one("50 heavy patterns", metadata(room)),
        one("unknown fields", unknown_fields(room)),
        one(
            "a name of 255 KiB",
            format!(
                r#""on_behalf_of":{{"type":"user","id":"u","name":{}}}"#,
                elements("0", room - 64)
            ),
        ),
        one(
            "an email of 255 KiB",
            format!(
                r#""on_behalf_of":{{"type":"user","id":"u","email":{}}}"#,
                texts("\\u0001", room - 64)
            ),
        ),
        one("two texts that differ", both(&texts("x", room / 2), &texts("y", room / 2))),
        one(
            "two lists that differ in each element",
            both(&elements("1", room / 2), &elements("2", room / 2)),
        ),
        one("two lists that are equal", both(&elements("1", room / 2), &elements("1", room / 2))),
        one(
            "two objects that differ in each member",
            both(&members(room / 2, "1"), &members(room / 2, "2")),
        ),
    ];
    for (name, key, old, new) in [
        ("long pointers to what is equal", "é", "1", "1"),
        ("long pointers to what differs", "é", "1", "2"),
        ("long pointers with escapes", "~", "1", "1"),
    ] {
        bodies.push(one(name, far_apart(key, old, new, (room - 2_048) / 2)));
    }
    let batch = |name, members, entries| Body {
        name,
        path: "entries/batch",
        members,
        entries: Some(entries),
    };
    let each = BATCH / 100 - 256;
    bodies.extend([
        batch("a batch of 100 with one long text", new_value(&texts("x", each)), 100),
        batch(
            "a batch of 100 with 32 levels",
            new_value(&nested("[", &elements("0", each - 128), "]", LEVELS - 2)),
            100,
        ),
        batch("a batch of 16 with 256 KiB", new_value(&elements("0", room)), 15),
        batch("a batch of 100 with patterns", metadata(each), 100),
    ]);
    bodies
}
