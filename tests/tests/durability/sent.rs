//! The entries that clients send. Each is made from the seed and its number, so that stored entries
//! can be compared without keeping what was sent.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::Summary;
use domain::json::JsonText;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use tests::Random;

pub(crate) const WORKSPACE: &str = "ws_durable";

/// The most further targets that an entry has.
pub(crate) const MAX_FURTHER: u32 = 3;

const ACTIONS: [&str; 5] =
    ["member.invite", "member.remove", "project.create", "project.update", "settings.update"];
/// Texts that are easily altered on the way: quotes, control characters and non-ASCII text.
const TEXTS: [&str; 6] = [
    "", "plain", "\"quoted\" \\ and /", "tab\tand\nline", "Grüße, 世界 🦀",
    "\u{7f}\u{2028}\u{e000}",
];
/// Numbers, most of which a double would alter.
const NUMBERS: [&str; 4] = ["0", "-1.50", "9007199254740993", "0.1000000000000000000001"];
const NAMES: [&str; 3] = ["Ada Lovelace", "\"Ada\" \\ /", "Ädä 世界 🦀"];

/// The attributes of an item that the service adds to what was sent.
const OTHERS: [&str; 8] = [
    "workspace_id", "id", "schema", "recorded_at", "key_id", "seal", "delete_at", "salt_generation",
];

/// An entry that a client sends. Its number is its `external_id`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) seed: u64,
    pub(crate) number: usize,
    pub(crate) occurred_at: Timestamp,
}

/// The parts of an entry. `old_value` and `new_value` are JSON text.
struct Parts {
    actor: Value,
    action: &'static str,
    target: Value,
    targets: Vec<Value>,
    old_value: Option<String>,
    new_value: String,
}

impl Sent {
    /// The number in an `external_id`.
    pub(crate) fn number_of(external_id: &str) -> Option<usize> {
        external_id.strip_prefix("evt_")?.parse().ok()
    }

    fn external_id(self) -> String {
        format!("evt_{}", self.number)
    }

    fn parts(self) -> Parts {
        let number = u64::try_from(self.number).unwrap();
        let mut random = Random::new(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let actor = format!("usr_{}", random.below(40));
        let text = |random: &mut Random| Value::from(random.pick(&TEXTS)).to_string();
        // The keys are in order and there are no spaces, so the text is in canonical form.
        let note = text(&mut random);
        let amount = random.pick(&NUMBERS);
        let padding = match random.below(100) {
            // Values of this size are stored in an item of their own.
            0 => 1_500 + random.below(4_000),
            1..=20 => random.below(400),
            _ => 0,
        };
        let padding = "x".repeat(usize::try_from(padding).unwrap());
        let new_value = format!(
            r#"{{"amount":{amount},"note":{note},"number":{number},"padding":"{padding}"}}"#
        );
        let old_value = (random.below(3) == 0).then(|| text(&mut random));
        let further = if random.below(50) == 0 { 1 + random.below(MAX_FURTHER) } else { 0 };
        Parts {
            actor: json!({ "type": "user", "id": actor, "name": random.pick(&NAMES) }),
            action: random.pick(&ACTIONS),
            target: json!({ "type": "member", "id": format!("mem_{}", random.below(1_000)) }),
            targets: (0..further)
                .map(|n| json!({ "type": "project", "id": format!("prj_{n}") }))
                .collect(),
            old_value,
            new_value,
        }
    }

    pub(crate) fn further_targets(self) -> usize {
        self.parts().targets.len()
    }

    /// The JSON text that is sent.
    pub(crate) fn text(self) -> String {
        let parts = self.parts();
        let mut text = json!({
            "occurred_at": self.occurred_at.rfc3339(),
            "actor": parts.actor,
            "action": parts.action,
            "target": parts.target,
            "external_id": self.external_id(),
            "request_id": "req_1",
        });
        if !parts.targets.is_empty() {
            text["targets"] = parts.targets.into();
        }
        let mut text = text.to_string();
        text.pop();
        // They are added as text, because `serde_json` would round the numbers.
        text = text + r#","new_value":"# + &parts.new_value;
        if let Some(old_value) = parts.old_value {
            text = text + r#","old_value":"# + &old_value;
        }
        text + "}"
    }

    /// The first field of an entry of the API that differs from this one. `None` means that they
    /// are equal. Values are compared as the text that was received.
    pub(crate) fn differs_from(self, entry: &Shown) -> Option<String> {
        let parts = self.parts();
        let fields = &entry.fields;
        let expected = json!({
            "workspace_id": WORKSPACE,
            "occurred_at": self.occurred_at.rfc3339(),
            "actor": parts.actor,
            "action": parts.action,
            "target": parts.target,
            "outcome": "success",
            "external_id": self.external_id(),
            "request_id": "req_1",
        });
        let expected = expected.as_object().unwrap();
        if let Some((name, _)) =
            expected.iter().find(|(name, value)| fields.get(*name) != Some(value))
        {
            return Some(name.clone());
        }
        let targets = (!parts.targets.is_empty()).then(|| Value::from(parts.targets));
        let pairs = [
            ("targets", fields.get("targets").cloned() != targets),
            ("new_value", entry.new_value.as_deref() != Some(&parts.new_value)),
            ("old_value", entry.old_value != parts.old_value),
        ];
        pairs.into_iter().find(|(_, differs)| *differs).map(|(name, _)| name.to_owned())
    }

    /// The first attribute of a stored item that differs from this entry. `None` means that they
    /// are equal. `values` is the item of its values, if they are stored in an item of their own.
    pub(crate) fn differs_from_item(
        self,
        item: &HashMap<String, AttributeValue>,
        values: Option<&HashMap<String, AttributeValue>>,
    ) -> Option<String> {
        let parts = self.parts();
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let map = |value: &Value| {
            let members = value.as_object().unwrap().iter();
            AttributeValue::M(
                members
                    .map(|(name, value)| (name.clone(), text(value.as_str().unwrap())))
                    .collect(),
            )
        };
        let is_apart =
            parts.new_value.len() + parts.old_value.as_ref().map_or(0, String::len) > 1_024;
        let value = |name: &str| match values {
            Some(values) if is_apart => values.get(name).cloned(),
            _ => item.get(name).cloned(),
        };
        let targets = (!parts.targets.is_empty())
            .then(|| AttributeValue::L(parts.targets.iter().map(map).collect()));
        let [actor_id, target_id] =
            [&parts.actor, &parts.target].map(|of| of["id"].as_str().unwrap());
        // Where it would cost more, an item has no summary.
        let json = |text: &str| JsonText::from_stored(text.to_owned()).unwrap();
        let old_value = parts.old_value.as_deref().map(json);
        let summary = Summary::of(old_value.as_ref(), Some(&json(&parts.new_value)))
            .map(|summary| text(&summary.stored()))
            .filter(|_| item.contains_key("summary"));
        let pairs = [
            ("summary", item.get("summary").cloned(), summary),
            ("actor", item.get("actor").cloned(), Some(map(&parts.actor))),
            ("action", item.get("action").cloned(), Some(text(parts.action))),
            ("target", item.get("target").cloned(), Some(map(&parts.target))),
            ("targets", item.get("targets").cloned(), targets),
            ("external_id", item.get("external_id").cloned(), Some(text(&self.external_id()))),
            ("request_id", item.get("request_id").cloned(), Some(text("req_1"))),
            ("outcome", item.get("outcome").cloned(), Some(text("success"))),
            ("new_value", value("new_value"), Some(text(&parts.new_value))),
            ("old_value", value("old_value"), parts.old_value.as_deref().map(text)),
            (
                "values_apart",
                item.get("values_apart").cloned(),
                is_apart.then_some(AttributeValue::Bool(true)),
            ),
            (
                "actor_key",
                item.get("actor_key").cloned(),
                Some(text(&format!("{WORKSPACE}#user#{actor_id}"))),
            ),
            (
                "target_key",
                item.get("target_key").cloned(),
                Some(text(&format!("{WORKSPACE}#member#{target_id}"))),
            ),
        ];
        if let Some((name, ..)) = pairs.iter().find(|(_, stored, expected)| stored != expected) {
            return Some((*name).to_owned());
        }
        let known = |name: &&String| {
            OTHERS.contains(&name.as_str()) || pairs.iter().any(|(known, ..)| known == name)
        };
        item.keys().find(|name| !known(name)).map(|name| format!("{name}, which was not sent"))
    }
}

/// An entry as the API shows it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) fields: Value,
    pub(crate) old_value: Option<String>,
    pub(crate) new_value: Option<String>,
}

impl Shown {
    /// Reads an entry, and keeps the JSON text of its values.
    pub(crate) fn read(text: &str) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Values<'a> {
            #[serde(borrow, default)]
            old_value: Option<&'a serde_json::value::RawValue>,
            #[serde(borrow, default)]
            new_value: Option<&'a serde_json::value::RawValue>,
        }
        let values: Values<'_> = serde_json::from_str(text).ok()?;
        let own =
            |value: Option<&serde_json::value::RawValue>| value.map(|value| value.get().to_owned());
        Some(Self {
            old_value: own(values.old_value),
            new_value: own(values.new_value),
            fields: serde_json::from_str(text).ok()?,
        })
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields[name].as_str().unwrap_or_default()
    }
}
