//! Owns the directory in the control table: the profiles of actors and addresses, and how far they
//! have followed the journal.

mod found;
mod unusual;

use super::attributes::Reader;
use super::item::{Item, number, text};
use super::journal::if_unmoved;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::directory::{Day, Followed, Profile};
use domain::ports::{
    Consistency, Ends, KeepFollowed, KeepProfiles, Kept, ReadFollowed, ReadProfiles, Replacing,
    StoreError,
};
use domain::unusual::UnusualDay;
use domain::workspace::WorkspaceId;
use std::collections::BTreeMap;
use unusual::day_item;

/// The version of the stored shapes of a profile and of the checkpoint.
const SCHEMA: u32 = 1;

impl<P: Profile> ReadProfiles<P> for DynamoStore {
    async fn profiles(
        &self,
        workspace: &WorkspaceId,
        keys: &[P::Key],
        consistency: Consistency,
    ) -> Result<BTreeMap<P::Key, Kept<P>>, StoreError> {
        let key_of = |key: &P::Key| keys::profile(workspace, P::KIND, &P::key_text(key));
        let item = |key| {
            let (pk, sk) = key_of(key);
            Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
        };
        let wanted = keys.iter().map(item).collect();
        let items = self.get_all(&self.tables.control, wanted, consistency).await?;
        let mut by_sort_key: BTreeMap<String, &P::Key> =
            keys.iter().map(|key| (key_of(key).1, key)).collect();
        let mut found = BTreeMap::new();
        for item in &items {
            let read = Reader { item, what: "a profile" };
            let key = by_sort_key.remove(read.text("sk")?).ok_or_else(|| read.malformed())?;
            found.insert(key.clone(), profile_of(&read)?);
        }
        Ok(found)
    }
}

impl<P: Profile> KeepProfiles<P> for DynamoStore {
    async fn keep_profile(
        &self,
        workspace: &WorkspaceId,
        key: &P::Key,
        new: &Replacing<P>,
    ) -> Result<bool, StoreError> {
        let item = profile_item(workspace, key, new)?;
        let put = self.control_put(item);
        let put = match new.seen {
            // Holds when nobody has stored the profile.
            None => put.condition_expression("attribute_not_exists(pk)"),
            // Holds when nobody has stored it since it was read.
            Some(seen) => put
                .condition_expression("version = :seen")
                .expression_attribute_values(":seen", number(seen)),
        };
        Ok(self.put(put).await?.is_done())
    }

    async fn keep_judged(
        &self,
        workspace: &WorkspaceId,
        profiles: &[(P::Key, Replacing<P>)],
        days: &[(Day, Replacing<UnusualDay>)],
    ) -> Result<bool, StoreError> {
        let profiles =
            profiles.iter().map(|(key, new)| Ok((profile_item(workspace, key, new)?, new.seen)));
        let days = days.iter().map(|(day, new)| Ok((day_item(workspace, *day, new)?, new.seen)));
        let puts = profiles.chain(days).collect::<Result<Vec<_>, StoreError>>()?;
        self.put_versions(puts).await
    }
}

impl ReadFollowed for DynamoStore {
    async fn followed(&self, workspace: &WorkspaceId) -> Result<Option<Followed>, StoreError> {
        self.control_item(keys::followed(workspace)).await?.as_ref().map(followed_of).transpose()
    }
}

impl KeepFollowed for DynamoStore {
    async fn put_followed(
        &self,
        workspace: &WorkspaceId,
        before: Option<Followed>,
        after: Followed,
    ) -> Result<bool, StoreError> {
        let put = self.control_put(followed_item(workspace, after));
        // Holds when nobody has moved it since it was read, or begun the directory again.
        let put = if_unmoved(put, before.map(|before| (before.generation, before.next)));
        Ok(self.put(put).await?.is_done())
    }
}

fn profile_item<P: Profile>(
    workspace: &WorkspaceId,
    key: &P::Key,
    new: &Replacing<P>,
) -> Result<Item, StoreError> {
    let (pk, sk) = keys::profile(workspace, P::KIND, &P::key_text(key));
    let bytes = new.profile.to_bytes().map_err(|error| StoreError::Refused(error.into()))?;
    let mut item = Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("version".to_owned(), number(new.seen.unwrap_or_default() + 1)),
        ("profile".to_owned(), AttributeValue::B(Blob::new(bytes))),
    ]);
    for (name, end) in [("expires_at", new.ends.profile), ("terms_until", new.ends.terms)] {
        if let Some(end) = end {
            item.insert(name.to_owned(), number(end.epoch_seconds()));
        }
    }
    Ok(item)
}

fn profile_of<P: Profile>(read: &Reader<'_>) -> Result<Kept<P>, StoreError> {
    read.schema(SCHEMA)?;
    let profile = P::from_bytes(read.bytes("profile")?);
    let profile = profile.map_err(|error| StoreError::Malformed(error.into()))?;
    let ends = Ends { profile: read.end("expires_at")?, terms: read.end("terms_until")? };
    Ok(Kept { profile, version: read.number("version")?, ends })
}

fn followed_item(workspace: &WorkspaceId, followed: Followed) -> Item {
    let (pk, sk) = keys::followed(workspace);
    let mut item = Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("generation".to_owned(), number(followed.generation)),
        ("next".to_owned(), number(followed.next)),
        ("through".to_owned(), text(followed.through.rfc3339())),
    ]);
    if let Some(first) = followed.first {
        item.insert("first".to_owned(), text(first.rfc3339()));
    }
    item
}

fn followed_of(item: &Item) -> Result<Followed, StoreError> {
    let read = Reader { item, what: "the checkpoint of the directory" };
    read.schema(SCHEMA)?;
    Ok(Followed {
        generation: read.number("generation")?,
        next: read.number("next")?,
        through: read.moment("through")?,
        first: item.contains_key("first").then(|| read.moment("first")).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use domain::directory::{ActorProfile, AddressProfile, Sighting};
    use domain::entry::{ActorKey, ActorType, Outcome};
    use domain::identity::EntryId;
    use domain::tally::Cell;
    use domain::timestamp::Timestamp;
    use std::net::IpAddr;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn workspace() -> WorkspaceId {
        WorkspaceId::parse("ws_a").unwrap()
    }

    fn sighting() -> Sighting {
        let at = at("2026-11-22T14:05:06.789Z");
        Sighting {
            number: 7,
            id: EntryId::new(at, 9),
            actor: ActorKey { kind: ActorType::User, id: "u_1".to_owned() },
            name: Some("Ada".to_owned()),
            email: Some("ada@example.com".to_owned()),
            address: Some(IpAddr::from([203, 0, 113, 7])),
            kind: Cell {
                action: "member.invite".into(),
                target_type: "member".into(),
                outcome: Outcome::Success,
            },
            recorded_at: at,
            is_sensitive: false,
            is_late: false,
        }
    }

    fn item<P: Profile>(seen: Option<u64>) -> Item {
        let (key, profile) = P::seen_in(&sighting()).unwrap();
        let ends = ["2026-12-30T00:00:00Z", "2027-01-13T00:00:00Z"].map(|text| Some(at(text)));
        let ends = Ends { profile: ends[0], terms: ends[1] };
        let new = Replacing { profile, seen, ends };
        profile_item(&workspace(), &key, &new).unwrap()
    }

    fn hex(item: &Item, name: &str) -> String {
        HEXLOWER.encode(item[name].as_b().unwrap().as_ref())
    }

    /// Golden: profiles have this shape while the schema is 1.
    #[test]
    fn the_stored_shape_of_profiles_is_fixed() {
        let actor = item::<ActorProfile>(None);
        assert_eq!(actor.len(), 7);
        assert_eq!(actor["terms_until"], number(1_799_798_400));
        assert_eq!(actor["pk"], text("directory#ws_a#actor"));
        assert_eq!(actor["sk"], text("user#u_1"));
        assert_eq!((&actor["schema"], &actor["version"]), (&number(1), &number(1)));
        assert_eq!(actor["expires_at"], number(1_798_588_800));
        assert_eq!(hex(&actor, "profile"), include_str!("golden/profile_actor.hex").trim());
        let address = item::<AddressProfile>(Some(7));
        assert_eq!(address["pk"], text("directory#ws_a#address"));
        assert_eq!(address["sk"], text("00000000000000000000ffffcb007107"));
        assert_eq!(address["version"], number(8));
        assert_eq!(hex(&address, "profile"), include_str!("golden/profile_address.hex").trim());
    }

    #[test]
    fn a_profile_is_read_as_it_was_written_and_an_unknown_schema_is_an_error() {
        let mut item = item::<ActorProfile>(Some(2));
        let read = |item: &Item| profile_of::<ActorProfile>(&Reader { item, what: "a profile" });
        let kept = read(&item).unwrap();
        assert_eq!((kept.profile, kept.version), (ActorProfile::of(&sighting()), 3));
        assert_eq!(kept.ends.profile, Some(at("2026-12-30T00:00:00Z")));
        assert_eq!(kept.ends.terms, Some(at("2027-01-13T00:00:00Z")));
        item.insert("schema".to_owned(), number(SCHEMA + 1));
        assert!(matches!(read(&item), Err(StoreError::Malformed(_))));
    }

    #[test]
    fn the_stored_shape_of_the_checkpoint_is_fixed() {
        let first = Some(at("2026-11-22T13:05:06.789Z"));
        let through = at("2026-11-22T14:05:06.789Z");
        let followed = Followed { generation: 3, next: 7, through, first };
        let mut item = followed_item(&workspace(), followed);
        assert_eq!((item.len(), &item["generation"]), (7, &number(3)));
        assert_eq!(item["first"], text("2026-11-22T13:05:06.789Z"));
        assert_eq!((&item["pk"], &item["sk"]), (&text("directory#ws_a"), &text("followed")));
        assert_eq!((&item["schema"], &item["next"]), (&number(1), &number(7)));
        assert_eq!(item["through"], text("2026-11-22T14:05:06.789Z"));
        assert_eq!(followed_of(&item).unwrap(), followed);
        let none = Followed { first: None, ..followed };
        assert_eq!(followed_of(&followed_item(&workspace(), none)).unwrap(), none);
        item.insert("schema".to_owned(), number(SCHEMA + 1));
        assert!(matches!(followed_of(&item), Err(StoreError::Malformed(_))));
    }
}
