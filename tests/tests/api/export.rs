//! Exports over HTTP: what is in the file, who may have it, what bad requests get, and what becomes
//! of it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect fails"
)]

mod access;
mod file;
mod flood;
mod large;
mod rows;

use domain::entry::{Entry, Outcome};
use domain::json::{JsonText, parse};
use domain::plan::Plan;
use domain::workspace::Workspace;
use serde_json::{Value, json};
use tests::{Ask, Random, TestService, actor, content, log_of, target};

/// The first two share an octet, and the last two a group.
const ADDRESSES: [&str; 5] =
    ["203.0.113.7", "203.200.0.1", "10.1.0.2", "2001:db8::1", "2001:db8:8000::1"];

/// What an export is asked for, with the filters of a list.
pub(crate) fn body(format: &str, compression: &str, ask: &Ask) -> Value {
    let mut body = json!({ "format": format, "compression": compression });
    for (name, value) in ask.parameters() {
        body[name] = value.into();
    }
    body
}

/// A log of some weeks with values of all kinds and sizes, and with cells that readers of CSV often
/// misread.
pub(crate) fn log(
    service: &TestService,
    workspace: &Workspace,
    seed: u64,
    entries: usize,
) -> Vec<Entry> {
    let (mut random, now) = (Random::new(seed), service.clock.now());
    let values = [
        "null", "-5", "1e-400", "18446744073709551616", "\"=1+1\"",
        "\"a\\r\\nb\\\"c,d;e\\u0000\\u2028\"", "[]", "{\"a\":{\"b\":[1,2]}}",
    ];
    let names = [
        "=HYPERLINK(\"x\")", "+1", "-1", "@a", "\tx", "\rx", "\nx", "a\"b", "a,b\r\nc", "\u{0}",
        "\u{2028}", "Żółć 😀", "plain",
    ];
    let contents = (0..entries).map(|number| {
        let at =
            now.plus_ms(-i64::from(random.below(40 * 86_400)) * 1_000 - i64::from(random.below(3)));
        let (action, kind) = random.pick(&[
            ("member.invite", "member"),
            ("project.update", "project"),
            ("settings.update", "settings"),
        ]);
        let mut one = content(
            at,
            actor(&format!("u_{}", random.below(4))),
            action,
            target(kind, &format!("t_{}", random.below(5))),
            number,
        );
        one.outcome = Outcome::ALL[number % 3];
        one.ip_address = Some(random.pick(&ADDRESSES).to_owned());
        one.actor.name = Some(random.pick(&names).to_owned());
        one.user_agent = (random.below(2) == 0).then(|| random.pick(&names).to_owned());
        let json = |text: &str| JsonText::of(&parse(text.as_bytes()).unwrap()).unwrap();
        one.old_value = (random.below(3) > 0).then(|| json(random.pick(&values)));
        one.new_value = match random.below(8) {
            0 => Some(json(&format!(
                "\"{}\"",
                "x".repeat(2_000 + usize::try_from(random.below(30_000)).unwrap())
            ))),
            1..4 => Some(json(random.pick(&values))),
            _ => None,
        };
        one
    });
    let log = log_of(workspace, contents);
    service.load(&log);
    log
}

/// A service at noon with a workspace on the plan basic.
pub(crate) async fn scene() -> (TestService, Workspace) {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", Plan::Basic);
    (service, workspace)
}
