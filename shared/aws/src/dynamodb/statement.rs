//! Writes PartiQL: statements that insert an item only if it is absent, and statements that replace
//! one that is there. Their permissions (`PartiQLInsert`, `PartiQLUpdate`) are narrower than
//! `PutItem`, which allows both. Source: "IAM security policies with PartiQL for DynamoDB",
//! DynamoDB developer guide.

use super::DynamoStore;
use super::call::one_attempt;
use super::client::classify;
use super::item::Item;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::ports::StoreError;
use futures::FutureExt;

/// A statement and its parameters, in the order of its question marks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) parameters: Vec<AttributeValue>,
}

/// Which item of the control table a replacement replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// The stored item, whichever it is, or no item.
    Any,
    /// Only the item with this `version`: an optimistic lock.
    Version(u64),
}

/// The attributes of an item in the order of their names, so that equal items give equal texts.
fn in_order(item: Item) -> Vec<(String, AttributeValue)> {
    let mut attributes: Vec<_> = item.into_iter().collect();
    attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    attributes
}

/// The statement that inserts an item, and fails as a duplicate if an item has its key.
pub(super) fn insert(table: &str, item: Item) -> Statement {
    let (names, parameters): (Vec<_>, Vec<_>) =
        in_order(item).into_iter().map(|(name, value)| (format!("'{name}': ?"), value)).unzip();
    let text = format!("INSERT INTO \"{table}\" VALUE {{{}}}", names.join(", "));
    Statement { text, parameters }
}

/// The statement that replaces an item of the control table. Attributes of `optional` that the item
/// lacks are removed, so that nothing of the stored item is left.
pub(super) fn replace(
    table: &str,
    mut item: Item,
    optional: &[&str],
    stored: Stored,
) -> Result<Statement, StoreError> {
    let missing = || StoreError::Refused("an item without its key".into());
    let pk = item.remove("pk").ok_or_else(missing)?;
    let sk = item.remove("sk").ok_or_else(missing)?;
    let removed: Vec<_> = optional
        .iter()
        .filter(|name| !item.contains_key(**name))
        .map(|name| format!(" REMOVE \"{name}\""))
        .collect();
    let (set, mut parameters): (Vec<_>, Vec<_>) = in_order(item)
        .into_iter()
        .map(|(name, value)| (format!(" SET \"{name}\" = ?"), value))
        .unzip();
    parameters.extend([pk, sk]);
    // Holds when an item has this key. An update in PartiQL makes no item.
    let mut condition = "\"pk\" = ? AND \"sk\" = ?".to_owned();
    if let Stored::Version(version) = stored {
        // Holds when, besides, the stored version is the one that the item was made from.
        condition.push_str(" AND \"version\" = ?");
        parameters.push(AttributeValue::N(version.to_string()));
    }
    let text = format!("UPDATE \"{table}\"{}{} WHERE {condition}", set.concat(), removed.concat());
    Ok(Statement { text, parameters })
}

impl DynamoStore {
    /// Inserts an item and says whether it was absent. DynamoDB does not say what a duplicate
    /// consumed: it counts as a call only.
    pub(super) async fn insert(&self, table: &str, item: Item) -> Result<bool, StoreError> {
        let Statement { text, parameters } = insert(table, item);
        let call = self
            .client
            .execute_statement()
            .statement(text)
            .set_parameters(Some(parameters))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // J1: whoever records tries again with the clock read anew, and the SDK does not.
        let call = call.customize().config_override(one_attempt()).interceptor(self.attempts());
        match call.send().boxed().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                Ok(true)
            }
            Err(error) if error.code() == Some("DuplicateItemException") => {
                self.count_write([]);
                Ok(false)
            }
            Err(error) => Err(classify(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::{number, text};
    use super::*;

    fn item(names: &[&str]) -> Item {
        names.iter().map(|name| ((*name).to_owned(), text(*name))).collect()
    }

    #[test]
    fn an_insert_names_the_attributes_in_their_order() {
        let Statement { text: statement, parameters } = insert("t", item(&["sk", "a", "pk"]));
        assert_eq!(statement, "INSERT INTO \"t\" VALUE {'a': ?, 'pk': ?, 'sk': ?}");
        assert_eq!(parameters, [text("a"), text("pk"), text("sk")]);
    }

    #[test]
    fn a_replacement_sets_all_attributes_removes_the_others_and_may_need_a_version() {
        let whole = item(&["sk", "b", "a", "pk"]);
        let any = replace("t", whole.clone(), &["a", "c"], Stored::Any).unwrap();
        let set = "UPDATE \"t\" SET \"a\" = ? SET \"b\" = ? REMOVE \"c\"";
        assert_eq!(any.text, format!("{set} WHERE \"pk\" = ? AND \"sk\" = ?"));
        assert_eq!(any.parameters, ["a", "b", "pk", "sk"].map(text));
        let locked = replace("t", whole, &["a", "c"], Stored::Version(7)).unwrap();
        assert_eq!(locked.text, format!("{} AND \"version\" = ?", any.text));
        assert_eq!(locked.parameters.last(), Some(&number(7)));
        assert!(matches!(
            replace("t", item(&["pk"]), &[], Stored::Any),
            Err(StoreError::Refused(_))
        ));
    }
}
