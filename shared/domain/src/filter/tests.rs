use super::*;
use crate::entry::{Actor, ActorType, Target};
use crate::memory::fixtures::{at, entry_of, workspace};
use crate::plan::Plan;

/// An entry with everything that a filter can ask for.
fn entry() -> Entry {
    let noon = at("2026-11-22T12:00:00Z");
    entry_of(&workspace("ws_a", Plan::Pro, noon), noon, 1, |content| {
        content.action = "project.update".into();
        content.target = Target::new("project", "p_1");
        content.targets = vec![Target::new("member", "m_1")];
        content.actor = Actor::new(ActorType::User, "u_1");
        content.outcome = Outcome::Denied;
        content.external_id = Some("e_1".into());
        content.request_id = Some("r_1".into());
    })
}

fn names(names: &[&str]) -> Option<Selection<String>> {
    Selection::new(names.iter().map(|name| (*name).to_owned()))
}

#[test]
fn an_entry_must_have_one_alternative_of_each_condition() {
    let (none, entry) = (Filter::default(), entry());
    let text = |text: &str| Some(text.to_owned());
    let target = |kind: &str, id: &str| Filter {
        target_type: names(&[kind]),
        target_id: text(id),
        ..Filter::default()
    };
    let actor = |id: &str| Some(Actor::new(ActorType::User, id).key());
    for (filter, matches) in [
        (none.clone(), true),
        (Filter { action: names(&["a.b", "project.update"]), ..none.clone() }, true),
        (Filter { action: names(&["a.b", "c.d"]), ..none.clone() }, false),
        (Filter { target_type: names(&["project", "settings"]), ..none.clone() }, true),
        (Filter { target_type: names(&["member"]), ..none.clone() }, false),
        (
            Filter { outcome: Selection::new([Outcome::Failure, Outcome::Denied]), ..none.clone() },
            true,
        ),
        (Filter { outcome: Selection::new([Outcome::Success]), ..none.clone() }, false),
        (Filter { actor: actor("u_1"), ..none.clone() }, true),
        (Filter { actor: actor("u_2"), ..none.clone() }, false),
        (target("project", "p_1"), true),
        (target("member", "m_1"), true),
        (target("member", "p_1"), false),
        (Filter { external_id: text("e_1"), ..none.clone() }, true),
        (Filter { external_id: text("r_1"), ..none.clone() }, false),
        (Filter { request_id: text("r_1"), ..none.clone() }, true),
        (Filter { request_id: text("R_1"), ..none.clone() }, false),
        (Filter { request_id: text("r_1"), external_id: text("e_2"), ..none.clone() }, false),
    ] {
        assert_eq!(filter.matches(&entry), matches, "{filter:?}");
    }
    let mut unnamed = entry;
    unnamed.content.external_id = None;
    assert!(!Filter { external_id: text("e_1"), ..none }.matches(&unnamed));
}

#[test]
fn the_kind_tells_if_an_entry_matches_unless_a_condition_is_about_the_entry() {
    let text = || Some("x".to_owned());
    let (action, outcome) = (names(&["a.b"]), Selection::new([Outcome::Success]));
    let of_kind = Filter { action, target_type: names(&["t"]), outcome, ..Filter::default() };
    assert!(!of_kind.needs_entry());
    let id = || Filter { external_id: text(), ..of_kind.clone() };
    let request = || Filter { request_id: text(), ..of_kind.clone() };
    let email = || Filter { actor_email: text(), ..of_kind.clone() };
    let address = || Filter { ip_address: Some("10.0.0.0/8".parse().unwrap()), ..of_kind.clone() };
    for filter in [id(), request(), email(), address()] {
        assert!(filter.needs_entry() && !filter.has_index());
    }
    let target = Filter { target_id: text(), ..of_kind };
    assert!(target.needs_entry() && target.has_index());
}

#[test]
fn the_wire_form_and_the_query_have_every_condition() {
    let filter = Filter {
        action: names(&["b.c", "a.b"]),
        target_type: names(&["member"]),
        outcome: Selection::new([Outcome::Denied, Outcome::Failure]),
        actor: Some(Actor::new(ActorType::ApiKey, "k").key()),
        actor_email: Some("a@b.example".into()),
        ip_address: Some("10.1.2.3/8".parse().unwrap()),
        target_id: Some("#m".into()),
        external_id: Some("e,1".into()),
        request_id: Some("r&1".into()),
        unusual: true,
        from: Some(at("2026-01-01T00:00:00Z")),
        to: Some(at("2026-01-02T00:00:00Z")),
    };
    let wire = [
        r#"{"action":"a.b,b.c","target_type":"member","outcome":"failure,denied""#,
        r#","actor_type":"api_key","actor_id":"k","actor_email":"a@b.example""#,
        r##","ip_address":"10.0.0.0/8","target_id":"#m","external_id":"e,1""##,
        r#","request_id":"r&1","unusual":true,"from":"2026-01-01T00:00:00.000Z""#,
        r#","to":"2026-01-02T00:00:00.000Z"}"#,
    ];
    assert_eq!(serde_json::to_string(&filter.view()).unwrap(), wire.concat());
    assert_eq!(
        filter.to_query(),
        "action=a%2Eb%2Cb%2Ec&target_type=member&outcome=failure%2Cdenied&actor_type=api%5Fkey&\
         actor_id=k&actor_email=a%40b%2Eexample&ip_address=10%2E0%2E0%2E0%2F8&target_id=%23m&\
         external_id=e%2C1&request_id=r%261&unusual=true&\
         from=2026%2D01%2D01T00%3A00%3A00%2E000Z&to=2026%2D01%2D02T00%3A00%3A00%2E000Z&"
    );
    assert_eq!(serde_json::to_string(&Filter::default().view()).unwrap(), "{}");
    let stored = serde_json::to_string(&filter).unwrap();
    assert_eq!(serde_json::from_str::<Filter>(&stored).unwrap(), filter);
}
