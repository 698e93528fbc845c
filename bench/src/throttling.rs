//! Simulates 100 workspaces, of which one is hot, over a store that throttles as DynamoDB does, in
//! simulated time.
//!
//! What is real: `record` and `list` as they are deployed, over the ports in memory, with their
//! answers, statuses and `Retry-After`; each workspace has an instance of its own. What is a model:
//! the partitions of the entries table ([`partition`]), what a request takes, and the publishers
//! ([`publisher`]). A request happens at one moment: the pauses between the three attempts of
//! `record` take no time in the store, and are added to the request's. Neither the partitions of
//! the indexes and of the control table nor the gateway and the number of instances are part of it.

mod partition;
mod publisher;
mod run;
mod throttle;

use crate::meter::Meter;
use crate::{Fault, progress};
use publisher::Seen;
use run::{Outcome, run};
use std::fmt::Write;

/// How many workspaces there are. The first is the hot one.
const WORKSPACES: usize = 100;

/// One run: what the hot workspace does, and where it lies.
#[derive(Debug, Clone, Copy)]
struct Scenario {
    name: &'static str,
    /// How many publishers the hot workspace has. Each makes 100 entries every 2 seconds.
    publishers: usize,
    /// For how many seconds of unused capacity a partition bursts above its limits.
    burst_seconds: u32,
    /// How many other workspaces share the hot one's partition.
    beside: usize,
    /// After how many seconds DynamoDB moves the hot workspace to a partition of its own.
    moved_after: i64,
}

/// Without the hot one; with it, asking for twice what a partition gives; and then with what AWS
/// does not promise: a burst, and a partition that others share until it is split.
const SCENARIOS: [Scenario; 4] = [
    Scenario { name: "no hot workspace", publishers: 0, ..HOT },
    HOT,
    Scenario { name: "bursts of 300 s", burst_seconds: 300, ..HOT },
    Scenario { name: "shared for 60 s", beside: 24, moved_after: 60, ..HOT },
];
const HOT: Scenario = Scenario {
    name: "a partition of its own",
    publishers: 40,
    burst_seconds: 0,
    beside: 0,
    moved_after: 0,
};

/// Plays all runs, and prints the table.
pub(crate) async fn measure(meter: &Meter) -> Result<(), Fault> {
    let mut table =
        "| run | workspaces | requests | refused in part or whole | entries acknowledged \
                     | of these stored | entries/s | wait, s p50 / p99 / max | done after, s |\n\
                     |---|---|--:|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for scenario in SCENARIOS {
        let outcome = run(scenario, meter).await?;
        let Outcome { hot, beside, others, stored } = &outcome;
        for (name, seen) in [("the hot one", hot), ("in its partition", beside), ("others", others)]
        {
            if !seen.waits_ms.is_empty() {
                writeln!(table, "| {} | {name} | {} |", scenario.name, row(seen, stored))?;
            }
        }
        progress(&format!("{} is played", scenario.name));
    }
    Ok(std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?)
}

/// The rest of a line.
fn row(seen: &Seen, stored: &run::Stored) -> String {
    let seconds = |ms: i64| f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / 1_000.0;
    let kept = seen.acknowledged.iter().filter(|one| stored.contains(one)).count();
    let count = u32::try_from(seen.waits_ms.len()).unwrap_or(u32::MAX);
    format!(
        "{} | {} | {count} | {kept} | {:.0} | {:.2} / {:.2} / {:.2} | {:.0}",
        seen.requests,
        seen.refused,
        f64::from(count) / seconds(seen.done_ms),
        seconds(seen.wait_ms(50)),
        seconds(seen.wait_ms(99)),
        seconds(seen.wait_ms(100)),
        seconds(seen.done_ms),
    )
}
