//! The check at the end of a run. It compares the table and the feed with what the clients sent and
//! with what was acknowledged.

use crate::run::Run;
use crate::sent::{MAX_FURTHER, Sent, Shown, WORKSPACE};
use aws::dynamodb::Item;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::clock::Clock;
use domain::counting::{self, Budget, Fold};
use domain::journal::SETTLED_AFTER_MS;
use domain::sequencing::seal;
use domain::timestamp::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tests::Api;

/// How many findings of a kind are shown.
const SHOWN: usize = 5;

/// The result of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    seed: u64,
    entries: usize,
    acknowledged: usize,
    stored: usize,
    fed: usize,
    torn: BTreeMap<&'static str, u64>,
    kills: u64,
    wanted: (u64, u64),
    seconds: u64,
    /// What is wrong, by kind.
    findings: BTreeMap<&'static str, Vec<String>>,
}

impl Report {
    pub(crate) fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.stored >= self.acknowledged && self.acknowledged > 0
    }

    /// Whether enough went wrong: nine tenths of the wanted faults, of at least ten kinds, and all
    /// kills.
    pub(crate) fn has_met_enough(&self) -> bool {
        let kinds = self.torn.len();
        let torn: u64 = self.torn.values().sum();
        torn * 10 >= self.wanted.0 * 9 && self.kills >= self.wanted.1 && kinds >= 10
    }

    /// The kinds of what is wrong.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.findings.keys().copied().collect()
    }

    fn find(&mut self, kind: &'static str, what: String) {
        self.findings.entry(kind).or_default().push(what);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, entries, acknowledged, stored, fed, kills, seconds, .. } = self;
        let torn: u64 = self.torn.values().sum();
        writeln!(f, "seed {seed}: {entries} entries in {seconds} s")?;
        writeln!(f, "  {acknowledged} acknowledged, {stored} stored, {fed} in the feed")?;
        writeln!(f, "  {torn} faults {:?}, {kills} kills", self.torn)?;
        let of = |kind| self.findings.get(kind).map_or(0, Vec::len);
        write!(f, "  {} acknowledged missing, {} stored twice, ", of("missing"), of("twice"))?;
        writeln!(f, "{} altered, {} holes in the feed", of("altered"), of("hole"))?;
        for (kind, all) in &self.findings {
            writeln!(f, "  {kind}, {} times: {:#?}", all.len(), &all[..all.len().min(SHOWN)])?;
        }
        Ok(())
    }
}

/// A part of the feed, with the texts of its entries.
#[derive(Deserialize)]
struct FeedPage<'a> {
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
    next: Option<u64>,
    has_more: bool,
}

impl Run {
    /// Compares what is stored with what was sent and acknowledged.
    pub(crate) async fn check(&self) -> Report {
        let known = self.known().clone();
        let mut report = Report {
            seed: self.size.seed,
            entries: self.size.entries,
            acknowledged: known.iter().filter(|known| known.id.is_some()).count(),
            torn: self.wire.torn(),
            kills: self.kills.load(Ordering::SeqCst),
            wanted: (self.size.faults, self.size.kills),
            ..Report::default()
        };
        for wrong in self.noted() {
            report.find("answers", wrong);
        }
        self.check_table(&mut report).await;
        self.check_feed(&mut report).await;
        self.check_total(&mut report).await;
        report.seconds = self.seconds();
        report
    }

    /// Checks that the table holds each acknowledged entry once, as it was sent.
    async fn check_table(&self, report: &mut Report) {
        let client = self.dynamodb();
        let mut values = HashMap::new();
        each_item(&client, &format!("{WORKSPACE}#values"), |item| {
            values.insert(text(&item, "id").to_owned(), item);
        })
        .await;
        let (mut found, mut rows) = (vec![0_u8; self.size.entries], 0);
        each_item(&client, WORKSPACE, |item| {
            report.stored += 1;
            let id = text(&item, "id");
            let Some(number) = Sent::number_of(text(&item, "external_id")) else {
                return report.find("altered", format!("{id} has no number"));
            };
            found[number] += 1;
            rows += self.sent(number).further_targets();
            for name in self.differences(number, &item, values.get(id)) {
                report.find("altered", format!("{number} in the table: {name}"));
            }
        })
        .await;
        for partition in (1..=MAX_FURTHER).map(|n| format!("{WORKSPACE}#target{n}")) {
            each_item(&client, &partition, |_| rows = rows.wrapping_sub(1)).await;
        }
        if rows != 0 {
            report.find("altered", "there are more or fewer rows than further targets".to_owned());
        }
        self.check_found(report, &found, "in the table");
    }

    /// The attributes in which an item differs from what its client sent or was told.
    fn differences(&self, number: usize, item: &Item, values: Option<&Item>) -> Vec<String> {
        let known = self.known()[number];
        let recorded_at = known.recorded_at.map(Timestamp::rfc3339);
        let differs = |told: Option<String>, name| {
            (told.is_some_and(|told| told != text(item, name))).then(|| name.to_owned())
        };
        let told = [
            differs(recorded_at, "recorded_at"),
            differs(known.id.map(|id| id.to_string()), "id"),
            self.sent(number).differs_from_item(item, values),
        ];
        told.into_iter().flatten().collect()
    }

    /// Checks that the feed has the same entries, numbered without a gap.
    async fn check_feed(&self, report: &mut Report) {
        self.settle().await;
        let api = Api::new(&self.instances.address(0), Some(&self.token));
        let mut found = vec![0_u8; self.size.entries];
        let (mut after, mut expected) = (String::new(), 0);
        loop {
            let path = format!("/v1/workspaces/{WORKSPACE}/feed?limit=1000&include=values{after}");
            let answer = api.get(&path).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let page: FeedPage<'_> = serde_json::from_str(&answer.text).unwrap();
            for entry in &page.entries {
                let shown = Shown::read(entry.get()).unwrap();
                if shown.fields["sequence"].as_u64() != Some(expected) {
                    report.find("hole", format!("{expected} is not {}", entry.get()));
                }
                expected += 1;
                report.fed += 1;
                self.check_fed(report, &shown, &mut found);
            }
            match page.next {
                Some(next) if page.has_more => after = format!("&after={next}"),
                _ => break,
            }
        }
        self.check_found(report, &found, "in the feed");
    }

    fn check_fed(&self, report: &mut Report, shown: &Shown, found: &mut [u8]) {
        let Some(number) = Sent::number_of(shown.text("external_id")) else {
            return report.find("altered", format!("{} in the feed", shown.fields));
        };
        found[number] += 1;
        if let Some(name) = self.sent(number).differs_from(shown) {
            report.find("altered", format!("{number} in the feed: {name}"));
        }
        if shown.fields.get("integrity").is_some() {
            report.find("altered", format!("{number} in the feed: {}", shown.fields["integrity"]));
        }
    }

    fn check_found(&self, report: &mut Report, found: &[u8], place: &str) {
        for (number, known) in self.known().iter().enumerate() {
            match found[number] {
                0 if known.id.is_some() => report.find("missing", format!("{number} {place}")),
                0 | 1 => {}
                _ => report.find("twice", format!("{number} {place}")),
            }
        }
    }

    /// Checks that the total of a list and the length of the feed are the number of stored entries.
    async fn check_total(&self, report: &mut Report) {
        let api = Api::new(&self.instances.address(0), Some(&self.token));
        let page = api.get(&format!("/v1/workspaces/{WORKSPACE}/entries")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let total = page.json["page"]["total_entries"].as_u64().unwrap();
        if usize::try_from(total).unwrap() != report.stored {
            report.find("total", format!("{total} instead of {}", report.stored));
        }
        if report.fed != report.stored {
            report.find("hole", format!("{} of {} in the feed", report.fed, report.stored));
        }
    }

    /// Numbers and folds everything, however long that takes. With faults, writes may still land
    /// late, so it waits for them first. Without faults, it sets the clock ahead instead.
    pub(crate) async fn settle(&self) {
        let mut now = Clock::System.now().plus_ms(SETTLED_AFTER_MS + 1_000);
        if self.size.faults > 0 {
            let settled = u64::try_from(SETTLED_AFTER_MS).unwrap() + 1_000;
            tokio::time::sleep(Duration::from_millis(settled)).await;
            now = Clock::System.now();
        }
        let budget = Budget::new(f64::MAX, Duration::from_hours(1));
        let (store, id) = (&self.store, &self.workspace.id);
        while !seal(store, id, now, &budget).await.unwrap().is_finished {}
        while !counting::fold(store, id, Fold::Now, &budget).await.unwrap().is_finished {}
    }
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// Visits the items of a partition of the entries table, with strongly consistent reads.
async fn each_item(client: &Client, partition: &str, mut visit: impl FnMut(Item)) {
    let query = client
        .query()
        .table_name(local::embedded::tables().entries)
        .consistent_read(true)
        // The embedded store reads the rest of the partition unless there is a limit.
        .limit(1_000)
        .key_condition_expression("workspace_id = :partition")
        .expression_attribute_values(":partition", AttributeValue::S(partition.to_owned()));
    let mut pages = query.into_paginator().send();
    while let Some(page) = pages.next().await {
        page.unwrap().items.unwrap_or_default().into_iter().for_each(&mut visit);
    }
}
