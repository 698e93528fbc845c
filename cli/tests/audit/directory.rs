//! `audit directory`.

use crate::bench::{Bench, entry_at, now};
use domain::directory::ActorProfile;
use domain::entry::Entry;
use domain::memory::fixtures::new_entry;
use domain::ports::{AppendEntry, Consistency, KeepTerms, ReadProfiles};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_is_made_again_from_the_entries() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    // So old that it is settled.
    let at = now().plus_ms(-60_000);
    let old = Entry { recorded_at: at, ..entry_at(&workspace, "p_1", None, at) };
    bench.store.append(&new_entry(&workspace, &old)).await.unwrap();
    let keys = [old.content.actor.key()];
    let profile = async || {
        let (store, id) = (&bench.store, &workspace.id);
        let kept = ReadProfiles::<ActorProfile>::profiles(store, id, &keys, Consistency::Strong);
        kept.await.unwrap().remove(&keys[0])
    };
    let rebuilt = bench.audit(&["directory", "rebuild", "ws_1"]);
    assert_eq!((rebuilt.code, rebuilt.notes.as_str()), (0, ""), "{}", rebuilt.out);
    assert!(rebuilt.out.contains("1 entries"), "{}", rebuilt.out);
    let first = profile().await.unwrap();
    // Somebody has put a term there that no entry tells.
    let id = &workspace.id;
    bench.store.put_term(id, "nobody", &keys[0], None).await.unwrap();
    let again = bench.audit(&["directory", "rebuild", "ws_1", "--output", "json"]).json();
    assert_eq!(again["followed_entries"], 1);
    assert_eq!(profile().await.unwrap().profile, first.profile);
    let found = bench.store.actors_with(id, "nobody", 9).await.unwrap();
    assert!(found.items.is_empty(), "{found:?}");
    assert_eq!(bench.audit(&["directory", "rebuild", "ws_none"]).code, 1);
}
