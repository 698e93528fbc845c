//! Destroying the salt of an actor.

use crate::bench::{Bench, entry};
use domain::entry::Generation;
use domain::identify::identify;
use domain::memory::fixtures::new_entry;
use domain::plan::GraceDays;
use domain::ports::AppendEntry;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salt_is_destroyed_only_with_yes_and_its_entries_are_never_called_altered() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    let recorded = entry(&workspace, "p_1", Some("kept"));
    bench.store.append(&new_entry(&workspace, &recorded)).await.unwrap();
    let actor = &recorded.content.actor;
    let line = ["actor", "destroy-salt", "ws_1", actor.kind.name(), &actor.id];
    let verify = |id: &str| bench.audit(&["entry", "verify", "ws_1", id]);

    let asked = bench.audit(&line);
    assert_eq!(asked.code, 1, "{}", asked.out);
    assert!(asked.out.starts_with("nothing is destroyed: --yes"), "{}", asked.out);
    assert!(asked.notes.contains("no entry is erased"), "{}", asked.notes);
    assert_eq!(verify(&recorded.id.to_string()).code, 0, "still proven");

    let yes = [&line[..], &["--yes"]].concat();
    let done = bench.audit(&[&yes[..], &["--output", "json"]].concat());
    assert_eq!((done.code, &done.json()["generation"]), (0, &1.into()), "{}", done.notes);
    let at = done.json()["destroyed_at"].as_str().unwrap().to_owned();
    let gone = verify(&recorded.id.to_string());
    let words = format!("its salt was destroyed on {at}, so its id can no longer be checked");
    assert!(gone.code == 1 && gone.out.contains(&words), "{}", gone.out);
    let again = bench.audit(&yes);
    assert!(again.code == 0 && again.out.contains("nothing is changed"), "{}", again.out);
    assert!(again.out.contains(&at), "the first time stands: {}", again.out);

    // The next entry has a salt of its own, which leaves the earlier entry as it is.
    let (content, grace) = (recorded.content.clone(), GraceDays::default());
    let now = recorded.recorded_at;
    let next = identify(&bench.store, &workspace, content, None, grace, now).await.unwrap();
    assert_eq!(next.entry.salt_generation, Generation::FIRST.next());
    bench.store.append(&next).await.unwrap();
    assert_eq!(verify(&next.entry.id.to_string()).code, 0);
    assert!(verify(&recorded.id.to_string()).out.contains(&words));
    let second = bench.audit(&[&yes[..], &["--output", "json"]].concat());
    assert_eq!((second.code, &second.json()["generation"]), (0, &2.into()), "{}", second.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_actor_without_a_salt_has_none_to_destroy() {
    let bench = Bench::start().await;
    bench.workspace().await;
    let run = bench.audit(&["actor", "destroy-salt", "ws_1", "user", "nobody", "--yes"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.notes);
    assert!(run.notes.starts_with("error: there is no salt of user \"nobody\""), "{}", run.notes);
    let wrong = bench.audit(&["actor", "destroy-salt", "ws_1", "robot", "nobody", "--yes"]);
    assert_eq!(wrong.code, 2, "{}", wrong.notes);
}
