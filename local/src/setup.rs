//! Fills a new database with what a developer needs: the sample and a key.

use crate::embedded::tables;
use crate::sample::sample;
use aws::dynamodb::{Item, item_of_salt, items_of_credential, items_of_entry, items_of_workspace};
use aws_sdk_dynamodb::types::AttributeValue as Sent;
use domain::credential::{Credential, Scope, Token};
use domain::entry::{Entry, LivingSalt, NewEntry, Recording, Seed};
use domain::identity::Salt;
use domain::plan::GraceDays;
use domain::ports::StoreError;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use dynoxide::{AttributeValue, Database, DynoxideError, ImportOptions};
use std::collections::HashMap;

/// Why the set-up stopped. Nothing of the failed step is stored.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The database refused a call.
    #[error("the embedded DynamoDB refuses the call")]
    Database(#[from] DynoxideError),
    /// An entry cannot be stored.
    #[error("the sample cannot be stored")]
    Store(#[from] StoreError),
    /// The operating system has no random bytes.
    #[error("the operating system returned no random bytes")]
    Random(#[from] getrandom::Error),
    /// An attribute has a type that this module does not convert.
    #[error("an item has an attribute of an unknown type")]
    Attribute,
}

/// Loads the sample in one transaction for each table, and returns how many entries it has.
///
/// # Errors
/// [`SetupError`]; nothing of the failed transaction is stored.
pub fn load_sample(
    database: &Database,
    grace: GraceDays,
    now: Timestamp,
) -> Result<usize, SetupError> {
    let (mut entries, mut control, mut count) = (Vec::new(), Vec::new(), 0);
    for sampled in sample(now) {
        let workspace = Workspace::new(sampled.id, sampled.plan, Salt::random()?, now);
        control.extend(items_of_workspace(&workspace)?);
        let mut salts = HashMap::new();
        for content in sampled.contents {
            let actor = content.actor.key();
            let salt = if let Some(salt) = salts.get(&actor) {
                Salt::clone(salt)
            } else {
                let salt = Salt::random()?;
                control.push(item_of_salt(&workspace.id, &actor, &salt)?);
                salts.insert(actor, salt.clone());
                salt
            };
            let (at, seed) = (content.occurred_at, Seed::random()?);
            let recording = Recording { at, key_id: None, salt: LivingSalt::first(salt), seed };
            let entry = Entry::new(&workspace, content, &recording);
            entries.extend(items_of_entry(&NewEntry::new(&workspace, entry, grace, now))?);
            count += 1;
        }
    }
    import(database, &tables().entries, entries)?;
    import(database, &tables().control, control)?;
    Ok(count)
}

/// Creates a key that may do everything in every workspace, for trying things out on this machine.
///
/// # Errors
/// [`SetupError`]; nothing is stored then.
pub fn create_demo_key(database: &Database, now: Timestamp) -> Result<Token, SetupError> {
    let token = Token::random()?;
    let credential = Credential {
        name: Some("demo".to_owned()),
        ..Credential::of(&token, Scope::ALL.to_vec(), now)
    };
    import(database, &tables().control, items_of_credential(&credential)?)?;
    Ok(token)
}

/// Stores all items or none, without any condition.
///
/// # Errors
/// [`SetupError`]; nothing is stored then.
pub fn import(database: &Database, table: &str, items: Vec<Item>) -> Result<(), SetupError> {
    let items = items.into_iter().map(converted).collect::<Result<_, _>>()?;
    database.import_items(table, items, ImportOptions::default())?;
    Ok(())
}

/// An item of the SDK as one of the embedded database.
fn converted(item: Item) -> Result<dynoxide::Item, SetupError> {
    item.into_iter().map(|(name, value)| Ok((name, attribute(value)?))).collect()
}

/// An attribute of the SDK as one of the embedded database.
fn attribute(value: Sent) -> Result<AttributeValue, SetupError> {
    Ok(match value {
        Sent::S(text) => AttributeValue::S(text),
        Sent::N(number) => AttributeValue::N(number),
        Sent::Bool(truth) => AttributeValue::BOOL(truth),
        Sent::L(elements) => {
            AttributeValue::L(elements.into_iter().map(attribute).collect::<Result<_, _>>()?)
        }
        Sent::M(members) => AttributeValue::M(converted(members)?),
        _ => return Err(SetupError::Attribute),
    })
}
