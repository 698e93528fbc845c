//! Random logs and random queries against a plain sorted list.

use domain::clock::Clock;
use domain::entry::{Actor, Content, Entry, Outcome};
use domain::journal::Marker;
use domain::memory::fixtures::entry_with;
use domain::plan::Plan;
use domain::ports::MarkEntries;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use tests::{Api, Ask, NOON, Page, Random, Setup, TestService, actor, at, content, page, target};

const LOGS: u32 = 60;
const QUERIES: u32 = 4;
const STEPS: u32 = 12;
const ACTIONS: [&str; 4] = ["member.invite", "member.remove", "project.update", "audit_log.export"];
const ACTORS: [&str; 4] = ["a", "b", "b#", "ç"];
const ADDRESSES: [&str; 5] = ["10.97.0.1", "10.1.0.2", "10.111.9.9", "2001:db8::1", "2001:db9::"];
const TARGETS: [(&str, &str); 4] =
    [("member", "a"), ("member", "b"), ("project", "a"), ("settings", "member#a")];

/// A random entry, most of them among few moments.
fn entry(random: &mut Random, workspace: &Workspace, external_id: usize) -> Entry {
    let days = i64::from(if random.below(4) == 0 { random.below(40) } else { random.below(3) });
    let ms =
        i64::from(if random.below(3) == 0 { random.below(80_000_000) } else { random.below(6) });
    let moment = at(NOON).plus_days(-days).plus_ms(-ms);
    let (kind, id) = random.pick(&TARGETS);
    let email = (random.below(4) > 0).then(|| format!("{}@b.example", random.below(3)));
    let content = Content {
        outcome: random.pick(&Outcome::ALL),
        request_id: Some(format!("r_{}", random.below(4))),
        ip_address: (random.below(5) > 0).then(|| random.pick(&ADDRESSES).to_owned()),
        ..content(
            moment,
            Actor { email, ..actor(random.pick(&ACTORS)) },
            random.pick(&ACTIONS),
            target(kind, id),
            external_id,
        )
    };
    entry_with(workspace, content)
}

/// A random query; its bounds are often exactly the moment of an entry, or next to it.
fn ask(random: &mut Random, log: &[Entry]) -> Ask {
    let mut ask = Ask::default();
    let text = |text: &str| Some(text.to_owned());
    if random.below(3) == 0 {
        ask.action = text(random.pick(&ACTIONS));
    }
    if random.below(6) == 0 {
        let minus = random.pick(&["", "-"]);
        let two = [random.pick(&ACTIONS), random.pick(&ACTIONS)];
        ask.action = Some(two.map(|name| format!("{minus}{name}")).join(","));
    }
    if random.below(4) == 0 {
        ask.outcome = text(random.pick(&["success", "denied", "denied,failure", "-success"]));
    }
    match random.below(12) {
        2 => ask.actor_email = text("1@b.example"),
        3 => ask.ip_address = text(random.pick(&ADDRESSES)),
        4 => {
            let ranges = ["10.96.0.0/12", "10.0.0.0/8", "2001:db8::/31", "::/0", "10.97.0.0/30"];
            ask.ip_address = text(random.pick(&ranges));
        }
        0 => ask.request_id = text("r_1"),
        1 => ask.external_id = Some(format!("evt_{}", random.below(40))),
        _ => {}
    }
    let (kind, id) = random.pick(&TARGETS);
    match random.below(6) {
        0 => ask.target_type = text(kind),
        2 => ask.target_type = text("settings,project"),
        3 => ask.target_type = text("-settings,-member"),
        1 => (ask.target_type, ask.target_id) = (text(kind), text(id)),
        _ => {}
    }
    if random.below(3) == 0 {
        ask.actor_id = text(random.pick(&ACTORS));
    }
    let mut bound = || {
        let near = i64::from(random.below(3)) - 1;
        (random.below(3) == 0)
            .then(|| random.pick(&log.iter().collect::<Vec<_>>()).content.occurred_at.plus_ms(near))
    };
    (ask.from, ask.to) = (bound(), bound());
    if ask.from.zip(ask.to).is_some_and(|(from, to)| from > to) {
        std::mem::swap(&mut ask.from, &mut ask.to);
    }
    ask
}

/// Whether an entry may be seen: not past what the workspace's plan keeps (whole UTC days).
fn is_live(entry: &Entry, plan: Plan, now: Timestamp) -> bool {
    let days = match plan {
        Plan::Free => 30,
        Plan::Basic => 90,
        Plan::Pro => 365,
        Plan::Enterprise => return true,
    };
    let midnight = |moment: Timestamp| moment.ms().div_euclid(86_400_000);
    midnight(now) - midnight(entry.content.occurred_at) <= days
}

/// The list as a plain reading of the rules has it.
struct Model {
    ask: Ask,
    size: usize,
    plan: Plan,
    now: Timestamp,
}

impl Model {
    /// The ids up to `as_of`, newest first.
    fn ids(&self, log: &[Entry], as_of: Option<&str>) -> Vec<String> {
        let asked_for =
            log.iter().filter(|entry| self.ask.holds(entry) && is_live(entry, self.plan, self.now));
        let mut ids: Vec<_> = asked_for
            .filter(|entry| as_of.is_none_or(|as_of| entry.recorded_at.rfc3339().as_str() <= as_of))
            .map(|entry| entry.id.to_string())
            .collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    }

    /// What stands before a page and after it: at most a page's worth of the newer and of the
    /// older.
    fn around(&self, log: &[Entry], page: &Page) -> (Vec<String>, Vec<String>) {
        let (first, last) = (page.ids.first().unwrap(), page.ids.last().unwrap());
        let ids = self.ids(log, page.as_of.as_deref());
        let newer: Vec<_> = ids.iter().filter(|id| *id > first).cloned().collect();
        let older = ids.into_iter().filter(|id| id < last).take(self.size);
        (newer.get(newer.len().saturating_sub(self.size)..).unwrap().to_vec(), older.collect())
    }
}

/// One query: its first page, all pages to the end, then steps to and fro while entries are
/// recorded.
async fn compare(
    service: &TestService,
    api: &Api,
    workspace: &Workspace,
    log: &mut Vec<Entry>,
    random: &mut Random,
) {
    let ask = ask(random, log);
    let size = random.pick(&[1, 2, 3, 7, 20, 100]);
    let model = Model { size, plan: workspace.plan, now: service.clock.now(), ask };
    let path = format!("/v1/workspaces/{}/entries", workspace.id);
    let query = format!("{}page_size={size}", model.ask.query());
    let context = format!("{} {query}", workspace.id);
    let mut now = page(api, &format!("{path}?{query}")).await;
    let ids = model.ids(log, None);
    assert_eq!(now.ids, ids.get(..size.min(ids.len())).unwrap(), "{context}");
    assert_eq!(now.next.is_some(), ids.len() > size, "{context}");
    for step in 0..STEPS {
        if now.next.is_none() && now.previous.is_none() {
            return;
        }
        if random.below(4) == 0 {
            let mut late = entry(random, workspace, log.len());
            service.clock.set(service.clock.now().plus_ms(1));
            late.recorded_at = service.clock.now();
            for marker in Marker::of(late.recorded_at, [late.id]) {
                service.store.mark(&workspace.id, &marker).await.unwrap();
            }
            service.load(std::slice::from_ref(&late));
            log.push(late);
        }
        let (newer, older) = model.around(log, &now);
        let goes_older = now.previous.is_none() || (now.next.is_some() && random.below(3) > 0);
        let (token, expected) = if goes_older { (now.next, older) } else { (now.previous, newer) };
        now = page(api, &format!("{path}?page_token={}", token.unwrap())).await;
        assert_eq!(now.ids, expected, "{context}, step {step}");
        let (newer, older) = model.around(log, &now);
        assert_eq!(
            (now.previous.is_some(), now.next.is_some()),
            (!newer.is_empty(), !older.is_empty()),
            "{context}, step {step}"
        );
    }
}

#[tokio::test]
async fn any_list_is_a_plain_sorted_list() {
    let service = TestService::with(Setup::at(Clock::manual(at(NOON)))).await;
    let api = service.operator().await;
    for seed in 0..LOGS {
        let mut random = Random::new(seed.into());
        let workspace = service.fixed_workspace(
            &format!("log_{seed}"),
            random.pick(&[Plan::Free, Plan::Free, Plan::Pro, Plan::Enterprise]),
        );
        let count = 20 + random.below(280);
        let mut log: Vec<_> = (0..count)
            .map(|n| entry(&mut random, &workspace, usize::try_from(n).unwrap()))
            .collect();
        service.load(&log);
        for _ in 0..QUERIES {
            compare(&service, &api, &workspace, &mut log, &mut random).await;
        }
    }
}

#[tokio::test]
async fn every_page_of_a_random_list_is_that_of_a_plain_sorted_list() {
    let service = TestService::with(Setup::at(Clock::manual(at(NOON)))).await;
    let api = service.operator().await;
    for seed in 1_000..1_000 + LOGS {
        let mut random = Random::new(seed.into());
        let workspace = service.fixed_workspace(&format!("log_{seed}"), Plan::Free);
        let log: Vec<_> = (0..20 + random.below(180))
            .map(|n| entry(&mut random, &workspace, usize::try_from(n).unwrap()))
            .collect();
        service.load(&log);
        for _ in 0..2 {
            let (ask, size) = (ask(&mut random, &log), random.pick(&[2, 5, 20, 100]));
            let model = Model { size, plan: workspace.plan, now: service.clock.now(), ask };
            let pages = tests::walk(
                &api,
                workspace.id.as_str(),
                &format!("{}page_size={size}", model.ask.query()),
            )
            .await;
            let there: Vec<_> = pages.iter().flat_map(|page| page.ids.clone()).collect();
            assert_eq!(there, model.ids(&log, None), "{} {:?}", workspace.id, model.ask);
            assert!(
                pages.iter().rev().skip(1).all(|page| page.ids.len() == size),
                "only the last page is short"
            );
        }
    }
}
