//! The catalogue: shown, compared with a file, and set.

use crate::bench::{Bench, Run};
use domain::ports::ReadCatalog;
use serde_json::{Value, json};

fn action(name: &str) -> Value {
    json!({ "name": name, "label": "A label", "group": "A group" })
}

fn catalog(actions: &[Value]) -> Value {
    let target_types = json!([{ "name": "repo", "label": "Repository" }]);
    json!({ "actions": actions, "target_types": target_types })
}

impl Bench {
    /// Runs `audit catalog` with a file of this text.
    fn catalog(&self, verb: &str, text: &str, more: &[&str]) -> Run {
        let file = self.home_file("catalog.json", text);
        self.audit(&[&["catalog", verb, file.to_str().unwrap()], more].concat())
    }

    fn set(&self, catalog: &Value) -> Run {
        self.catalog("set", &catalog.to_string(), &["--yes"])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_is_compared_set_and_shown() {
    let bench = Bench::start().await;
    let default = bench.audit(&["catalog", "show"]);
    assert!(default.out.contains("0, the default of this release"), "{}", default.out);
    assert!(default.out.contains("member.invite"), "{}", default.out);

    let first = catalog(&[action("repo.create"), action("repo.rename")]);
    let diff = bench.catalog("diff", &first.to_string(), &[]);
    assert_eq!(diff.code, 0, "{}", diff.notes);
    assert!(diff.out.starts_with("added    action       repo.create\n"), "{}", diff.out);
    assert!(diff.out.contains("removed  action       member.invite\n"), "{}", diff.out);
    assert!(bench.store.catalog().await.unwrap().is_none(), "a comparison stores nothing");

    let set = bench.set(&first);
    assert_eq!((set.code, set.out), (0, diff.out));
    assert_eq!(set.notes, "Version 1 is stored. Functions know it within 60 seconds.\n");
    let again = bench.set(&first);
    assert_eq!(
        (again.code, again.out.as_str(), again.notes.as_str()),
        (0, "nothing changes\n", "")
    );

    let mut retired = action("repo.rename");
    retired["retired"] = true.into();
    let mut changed = action("repo.create");
    changed["label"] = "Repository \u{1b}[2J".into();
    let second = catalog(&[changed, retired, action("repo.delete")]);
    let set = bench.catalog("set", &second.to_string(), &["--yes", "--output", "json"]).json();
    assert_eq!(
        set,
        json!({
            "version": 2,
            "previous_version": 1,
            "is_stored": true,
            "difference": {
                "actions": {
                    "added": ["repo.delete"],
                    "changed": [{ "name": "repo.create", "fields": ["label"] }],
                    "retired": ["repo.rename"],
                    "removed": [],
                },
                "target_types": { "added": [], "changed": [], "retired": [], "removed": [] },
                "is_reordered": false,
            },
        })
    );
    let shown = bench.audit(&["catalog", "show"]);
    assert!(shown.out.starts_with("version       2\n"), "{}", shown.out);
    assert!(shown.out.contains("retired") && !shown.out.contains('\u{1b}'), "{}", shown.out);
    let version =
        |version: &str| bench.audit(&["catalog", "show", "--version", version, "--output", "json"]);
    assert_eq!(version("1").json()["actions"][0], action("repo.create"));
    assert_eq!(version("0").json()["actions"][0]["name"], "settings.update");
    let absent = version("3");
    assert_eq!((absent.code, absent.notes.lines().count()), (1, 1), "{}", absent.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_is_not_stored_without_a_yes() {
    let bench = Bench::start().await;
    let text = catalog(&[action("repo.create")]).to_string();
    let asked = bench.catalog("set", &text, &[]);
    assert_eq!(asked.code, 1, "nobody can answer where stdin is no terminal");
    assert!(asked.out.contains("repo.create") && asked.notes.contains("--yes"), "{}", asked.notes);
    let json = bench.catalog("set", &text, &["--output", "json"]);
    assert_eq!((json.code, &json.json()["is_stored"]), (1, &false.into()));
    assert!(bench.store.catalog().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_that_is_refused_says_why_in_one_line() {
    let bench = Bench::start().await;
    assert_eq!(bench.set(&catalog(&[action("repo.create")])).code, 0);
    let mut wrong = action("a#b");
    wrong["label"] = "".into();
    let mut stale = catalog(&[action("repo.create"), action("repo.rename")]);
    stale["version"] = 0.into();
    for (text, said) in [
        (catalog(&[wrong]).to_string(), "/actions/0/label must have"),
        ("{".to_owned(), "it is no JSON"),
        (catalog(&[]).to_string(), "/actions must have repo.create, as version 1 has"),
        (stale.to_string(), "the catalogue changed meanwhile"),
    ] {
        let run = bench.catalog("set", &text, &["--yes"]);
        assert_eq!((run.code, run.notes.lines().count()), (1, 1), "{}", run.notes);
        assert!(run.notes.contains(said) && run.out.is_empty(), "{}", run.notes);
    }
    let missing = bench.audit(&["catalog", "set", "/no/such/file", "--yes"]);
    assert_eq!((missing.code, missing.notes.lines().count()), (1, 1), "{}", missing.notes);
    let dropped = bench.catalog("diff", &catalog(&[]).to_string(), &[]);
    assert!(dropped.code == 0 && dropped.notes.contains("warning: "), "{}", dropped.notes);
    assert_eq!(bench.store.catalog().await.unwrap().unwrap().version, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_filtered_by_names_of_the_stored_catalogue() {
    let bench = Bench::start().await;
    bench.workspace().await;
    assert_eq!(bench.set(&catalog(&[action("repo.create")])).code, 0);
    let create = |option: &str, name: &str| {
        bench.audit(&["export", "create", "ws_1", "--format", "csv", option, name])
    };
    for (option, name, said) in [
        ("--action", "repo.created", "the nearest is repo.create"),
        ("--action", "zzz", "--action must be an action of the catalogue"),
        ("--target-type", "repos", "the nearest is repo"),
    ] {
        let run = create(option, name);
        assert_eq!((run.code, run.notes.lines().count()), (2, 1), "{}", run.notes);
        assert!(run.notes.contains(said), "{}", run.notes);
    }
    assert_eq!(create("--action", "repo.create").code, 0);
    assert_eq!(create("--target-type", "repo").code, 0);
    // The default held before: entries may have its names.
    assert_eq!(create("--action", "member.invite").code, 0);
}
