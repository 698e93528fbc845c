//! Tests that the service accepts the sample, and that the sample shows every feature.

use super::*;
use domain::adjusted::Reason;
use domain::catalog::default_catalog;
use domain::entry::{Actor, ActorType, ContentError, Outcome, Reading, Target, read_content};
use domain::identity::Salt;
use domain::json::{Json, JsonText, Repairs, parse};
use domain::workspace::Workspace;

const NOON: &str = "2026-11-22T12:00:00.000Z";
/// Noon, both ends of a leap day, the first moment of a year, and the epoch of an unset clock.
const MOMENTS: [&str; 5] = [
    NOON, "2028-02-29T00:00:00.000Z", "2028-02-29T23:59:59.999Z", "2027-01-01T00:00:00.000Z",
    "1970-01-01T00:00:00.000Z",
];

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn workspace(sample: &SampleWorkspace, now: Timestamp) -> Workspace {
    Workspace::new(sample.id.clone(), sample.plan, Salt::from_bytes([7; 32]), now)
}

fn texts(members: &[(&str, Option<&str>)]) -> Vec<(String, Json)> {
    members
        .iter()
        .filter_map(|(key, text)| Some(((*key).to_owned(), Json::Text((*text)?.to_owned()))))
        .collect()
}

fn is_cut(content: &Content) -> bool {
    content.adjusted.iter().any(|one| one.reason == Reason::Cut)
}

/// What the service reads from the request of a client, or makes itself.
fn read_as_recorded(content: &Content, reading: Reading<'_>) -> Result<Content, ContentError> {
    let is_own = reading.catalog.action(&content.action).is_some_and(|action| action.service);
    // No client may record what only the service does; the rest of such an entry is checked alike.
    let sent = if is_own {
        Content { action: "project.update".to_owned(), ..content.clone() }
    } else {
        content.clone()
    };
    let read = read_content(request(&sent), &Repairs::default(), reading)?;
    Ok(Content { action: content.action.clone(), ..read })
}

/// The request body that records this content.
fn request(content: &Content) -> Json {
    let Actor { kind, id, name, email } = &content.actor;
    let actor = texts(&[
        ("type", Some(kind.name())),
        ("id", Some(id)),
        ("name", name.as_deref()),
        ("email", email.as_deref()),
    ]);
    let Target { kind, id, name } = &content.target;
    let target = texts(&[("type", Some(kind)), ("id", Some(id)), ("name", name.as_deref())]);
    let longer = if is_cut(content) { "…" } else { "" };
    let user_agent = content.user_agent.as_ref().map(|kept| format!("{kept}{longer}"));
    let mut members = texts(&[
        ("occurred_at", Some(&content.occurred_at.rfc3339())),
        ("action", Some(&content.action)),
        ("ip_address", content.ip_address.as_deref()),
        ("user_agent", user_agent.as_deref()),
        ("outcome", Some(content.outcome.name())),
        ("external_id", content.external_id.as_deref()),
        ("request_id", content.request_id.as_deref()),
    ]);
    members.extend([
        ("actor".to_owned(), Json::Object(actor)),
        ("target".to_owned(), Json::Object(target)),
    ]);
    let value = |text: &JsonText| parse(text.as_str().as_bytes()).unwrap();
    members.extend(content.old_value.iter().map(|text| ("old_value".to_owned(), value(text))));
    members.extend(content.new_value.iter().map(|text| ("new_value".to_owned(), value(text))));
    parse(Json::Object(members).canonical().as_bytes()).unwrap()
}

#[test]
fn the_service_accepts_every_content_as_it_is() {
    for now in MOMENTS.map(at) {
        for sample in sample(now) {
            let workspace = workspace(&sample, now);
            for content in &sample.contents {
                let reading = Reading { workspace: &workspace, catalog: default_catalog(), now };
                let read = read_as_recorded(content, reading);
                assert_eq!(read.as_ref(), Ok(content));
                assert!(content.occurred_at <= now, "in the future");
            }
        }
    }
}

#[test]
fn every_id_is_distinct_and_the_oldest_come_first() {
    for now in MOMENTS.map(at) {
        for sample in sample(now) {
            let salt = Salt::from_bytes([7; 32]);
            let ids: HashSet<_> =
                sample.contents.iter().map(|content| salt.entry_id(content)).collect();
            assert_eq!(ids.len(), sample.contents.len());
            assert!(sample.contents.is_sorted_by_key(|content| content.occurred_at));
        }
    }
}

#[test]
fn there_is_one_workspace_for_each_plan_with_the_entries_it_should_have() {
    for now in MOMENTS.map(at) {
        let sample = sample(now);
        let plans: Vec<_> =
            sample.iter().map(|workspace| (workspace.id.as_str(), workspace.plan)).collect();
        assert_eq!(
            plans,
            [
                ("ws_acme", Plan::Pro),
                ("ws_globex", Plan::Basic),
                ("ws_initech", Plan::Free),
                ("ws_umbrella", Plan::Enterprise)
            ]
        );
        for (workspace, profile) in sample.iter().zip(&PROFILES) {
            let count = workspace.contents.len();
            assert!(
                (profile.entries * 90 / 100..=profile.entries + 10).contains(&count),
                "{count} in {}",
                profile.id
            );
            let days = (now.ms() - workspace.contents[0].occurred_at.ms()) / 86_400_000;
            let kept = workspace.plan.retention_days().map_or(3 * 365, i64::from);
            assert!((kept * 9 / 10..=kept + 1).contains(&days), "{days} of {kept}");
            assert!(
                workspace
                    .contents
                    .iter()
                    .filter(|content| content.occurred_at >= now.plus_ms(-15 * 60_000))
                    .count()
                    >= 6
            );
        }
    }
}

#[test]
fn everything_there_is_appears() {
    for now in MOMENTS.map(at) {
        let sample = sample(now);
        let contents: Vec<_> = sample.iter().flat_map(|workspace| &workspace.contents).collect();
        let has = |test: &dyn Fn(&Content) -> bool| contents.iter().any(|content| test(content));
        // Most of what there is: an action that is added to the catalogue needs no line here.
        let catalog = default_catalog();
        let appears = |action: &str| has(&|content| content.action == action);
        let actions = catalog.actions.iter().filter(|action| appears(&action.name)).count();
        assert!(actions * 10 >= catalog.actions.len() * 9, "{actions} actions");
        let is_target = |kind: &str| has(&|content| content.target.kind == kind);
        let kinds = catalog.target_types.iter().filter(|kind| is_target(&kind.name)).count();
        assert!(kinds * 10 >= catalog.target_types.len() * 8, "{kinds} target types");
        for outcome in [Outcome::Success, Outcome::Failure, Outcome::Denied] {
            assert!(has(&|content| content.outcome == outcome));
        }
        for kind in [ActorType::User, ActorType::ApiKey, ActorType::System] {
            assert!(has(&|content| content.actor.kind == kind));
        }
        assert!(has(&is_cut));
        assert!(has(
            &|content| content.actor.kind == ActorType::User && content.actor.email.is_none()
        ));
        let address = |part: char| {
            has(&|content| {
                content.ip_address.as_ref().is_some_and(|address| address.contains(part))
            })
        };
        assert!(address('.') && address(':'));
    }
}

#[test]
fn a_workspace_is_fit_for_a_look_at_every_feature() {
    for workspace in sample(at(NOON)) {
        let contents = &workspace.contents;
        let large = |content: &&Content| {
            let bytes: usize = [&content.old_value, &content.new_value]
                .into_iter()
                .flatten()
                .map(|value| value.as_str().len())
                .sum();
            bytes > 1_024
        };
        let ties =
            contents.windows(2).filter(|pair| pair[0].occurred_at == pair[1].occurred_at).count();
        let success = contents.iter().filter(|content| content.outcome == Outcome::Success).count();
        let people = contents.iter().filter(|content| content.actor.kind == ActorType::User);
        let names: HashSet<_> =
            people.map(|content| (&content.actor.id, &content.actor.name)).collect();
        let ids: HashSet<_> = names.iter().map(|(id, _)| id).collect();
        assert!(contents.iter().filter(large).count() >= 8);
        assert!(ties >= 30);
        assert!(success * 100 / contents.len() > 80);
        assert_eq!(names.len(), ids.len() + 1, "one person is renamed");
        assert!(
            contents
                .iter()
                .any(|content| content.target.name.as_deref()
                    == Some("<img src=x onerror=alert(1)>"))
        );
        assert!(contents.iter().any(|content| {
            content.old_value.as_ref().is_some_and(|value| value.as_str().contains("__proto__"))
        }));
    }
}

#[test]
fn only_addresses_and_domains_for_documentation_appear() {
    let is_kept_free = |address: &str| {
        ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"]
            .iter()
            .any(|net| address.starts_with(net))
    };
    let is_example = |email: &str| {
        ["example.com", "example.org", "example.net"]
            .iter()
            .any(|domain| email.ends_with(&format!("@{domain}")))
    };
    for content in sample(at(NOON)).iter().flat_map(|workspace| &workspace.contents) {
        assert!(content.ip_address.as_deref().is_none_or(is_kept_free));
        assert!(content.actor.email.as_deref().is_none_or(is_example));
        for url in [&content.old_value, &content.new_value]
            .into_iter()
            .flatten()
            .flat_map(|value| value.as_str().split("https://").skip(1))
        {
            let host = url.split(['/', ':', '"', '\\']).next().unwrap();
            assert!(
                ["example.com", "example.org", "example.net", "[2001"]
                    .iter()
                    .any(|end| host.ends_with(end)),
                "{host}"
            );
        }
    }
}

#[test]
fn the_sample_is_the_same_each_time_and_only_grows_within_a_day() {
    assert_eq!(sample(at(NOON)), sample(at(NOON)));
    let (noon, evening) = (sample(at(NOON)), sample(at("2026-11-22T22:00:00.000Z")));
    let from = at(NOON).plus_ms(-15 * 60_000);
    for (earlier, later) in noon.iter().zip(&evening) {
        let later: HashSet<_> = later.contents.iter().map(domain::entry::canonical_form).collect();
        let before = earlier.contents.iter().filter(|content| content.occurred_at < from);
        assert!(before.map(domain::entry::canonical_form).all(|form| later.contains(&form)));
    }
}

#[test]
fn any_clock_gives_a_sample() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        assert!(sample(now).iter().all(|workspace| !workspace.contents.is_empty()));
    }
}
