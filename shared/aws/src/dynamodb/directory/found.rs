//! Owns what finds actors and addresses in the control table: the terms of actors, and the range of
//! addresses.

use super::profile_of;
use crate::dynamodb::attributes::Reader;
use crate::dynamodb::call::limit;
use crate::dynamodb::item::{Item, number, text};
use crate::dynamodb::{DynamoStore, keys};
use domain::directory::{AddressProfile, Profile};
use domain::entry::{ActorKey, ActorType};
use domain::ports::{ClearDirectory, Consistency, FindAddresses, Found, KeepTerms, StoreError};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use std::net::IpAddr;

/// The version of the stored shape of a term.
const SCHEMA: u32 = 1;

impl KeepTerms for DynamoStore {
    async fn put_term(
        &self,
        workspace: &WorkspaceId,
        term: &str,
        actor: &ActorKey,
        delete_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let item = term_item(workspace, term, actor, delete_at);
        self.put(self.control_put(item)).await.map(drop)
    }

    async fn actors_with(
        &self,
        workspace: &WorkspaceId,
        beginning: &str,
        most: usize,
    ) -> Result<Found<ActorKey>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.tables.control)
            .consistent_read(true)
            // Holds for the terms that begin so.
            .key_condition_expression("pk = :partition AND begins_with(sk, :beginning)")
            .expression_attribute_values(":partition", text(keys::terms(workspace)))
            .expression_attribute_values(":beginning", text(beginning))
            .limit(limit(most));
        let page = self.page(query).await?;
        let items = page.items.iter().map(actor_of).collect::<Result<_, _>>()?;
        Ok(Found { items, is_whole: page.last_key.is_none() })
    }
}

impl FindAddresses for DynamoStore {
    async fn addresses(
        &self,
        workspace: &WorkspaceId,
        first: IpAddr,
        last: IpAddr,
        most: usize,
    ) -> Result<Found<(IpAddr, AddressProfile)>, StoreError> {
        let range = [first, last].map(|end| {
            keys::profile(workspace, AddressProfile::KIND, &AddressProfile::key_text(&end))
        });
        let query = self.control_range(range, Consistency::Strong).limit(limit(most));
        let page = self.page(query).await?;
        let items = page.items.iter().map(|item| {
            let read = Reader { item, what: "the profile of an address" };
            let address = AddressProfile::key_of(read.text("sk")?);
            Ok((address.ok_or_else(|| read.malformed())?, profile_of(&read)?.profile))
        });
        let items = items.collect::<Result<_, StoreError>>()?;
        Ok(Found { items, is_whole: page.last_key.is_none() })
    }
}

impl ClearDirectory for DynamoStore {
    async fn clear_directory(&self, workspace: &WorkspaceId) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for partition in keys::directory(workspace) {
            let query = self.control_query(partition).projection_expression("pk, sk");
            for key in self.query_all(query).await? {
                let delete =
                    self.client.delete_item().table_name(&self.tables.control).set_key(Some(key));
                self.delete(delete).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}

fn term_item(
    workspace: &WorkspaceId,
    term: &str,
    actor: &ActorKey,
    delete_at: Option<Timestamp>,
) -> Item {
    let (pk, sk) = keys::term(workspace, term, actor);
    let mut item = Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("actor_type".to_owned(), text(actor.kind.name())),
        ("actor_id".to_owned(), text(&actor.id)),
    ]);
    if let Some(delete_at) = delete_at {
        item.insert("expires_at".to_owned(), number(delete_at.epoch_seconds()));
    }
    item
}

fn actor_of(item: &Item) -> Result<ActorKey, StoreError> {
    let read = Reader { item, what: "a term of an actor" };
    read.schema(SCHEMA)?;
    let kind = ActorType::named(read.text("actor_type")?).ok_or_else(|| read.malformed())?;
    Ok(ActorKey { kind, id: read.text("actor_id")?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden: terms have this shape while the schema is 1.
    #[test]
    fn the_stored_shape_of_a_term_is_fixed() {
        let workspace = WorkspaceId::parse("ws_a").unwrap();
        let actor = ActorKey { kind: ActorType::User, id: "u_1".to_owned() };
        let end = Timestamp::parse("2026-12-30T00:00:00Z").unwrap();
        let mut item = term_item(&workspace, "ada lovelace", &actor, Some(end));
        assert_eq!(item.len(), 6);
        assert_eq!(item["pk"], text("directory#ws_a#term"));
        assert_eq!(item["sk"], text("ada lovelace\u{1f}0a121b8bbe9a2384d52d6118007a83e2"));
        assert_eq!((&item["schema"], &item["expires_at"]), (&number(1), &number(1_798_588_800)));
        assert_eq!((&item["actor_type"], &item["actor_id"]), (&text("user"), &text("u_1")));
        assert_eq!(actor_of(&item).unwrap(), actor);
        assert_eq!(term_item(&workspace, "a", &actor, None).len(), 5);
        item.insert("schema".to_owned(), number(SCHEMA + 1));
        assert!(matches!(actor_of(&item), Err(StoreError::Malformed(_))));
    }
}
