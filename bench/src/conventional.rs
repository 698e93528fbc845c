//! Measures the conventional design: an index for each filter, `Select=COUNT` for the total, and a
//! count over the pages before page N to reach it.
//!
//! The items are those of this service, with the keys of three more indexes. All calls go through
//! the AWS SDK, and the capacity is what the store reports as consumed.

use crate::cases::{Answers, Ask, Case, Kinds, PAGE};
use crate::figures::{Figures, Measured};
use crate::workload::{Log, WORKSPACE};
use crate::{Fault, IMPORTED_AT_ONCE, progress};
use aws::dynamodb::{Item, items_of_entry};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, Select};
use domain::entry::{Entry, NewEntry};
use domain::identity::EntryId;
use fastrand::Rng;
use local::embedded::{self, Embedded};
use local::setup;
use local::template::Template;
use serde_json::{Value, json};
use std::time::Instant;
use tokio::net::TcpListener;

const TABLE: &str = "conventional";
/// The indexes that this service does not have, and their partition keys.
const INDEXES: [(&str, &str); 3] = [
    ("by_action", "action_key"),
    ("by_target_type", "target_type_key"),
    ("by_action_and_target_type", "kind_key"),
];
/// Entries recorded one by one.
const RECORDED: usize = 200;
/// The pages of a case are measured until this many entries were counted, but at least one page is.
/// That is enough, because the pages of a case cost almost the same.
const COUNTED_PER_CASE: usize = 500_000;

/// The limit of a query: more entries than fit into the 1 MB that a query reads, so it does not
/// change the capacity. Without a limit, the embedded store reads a whole partition before it stops
/// at 1 MB.
const MORE_THAN_ONE_MB: usize = 4_000;

/// The figures of the conventional design.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The pages of each case, in the order of [`Case::all`].
    pub(crate) pages: Vec<Figures>,
    /// Recording one entry.
    pub(crate) recorded: Figures,
}

/// Loads the log, and measures at most `samples` pages of each case.
pub(crate) async fn measure(
    log: &Log,
    answers: &Answers<'_>,
    samples: usize,
) -> Result<Report, Fault> {
    let embedded = Embedded::start(embedded::open(None)?, TcpListener::bind("127.0.0.1:0").await?)?;
    create_table(&embedded)?;
    let client = embedded::client(&embedded.endpoint);
    let imported = log.len().saturating_sub(RECORDED);
    for start in (0..imported).step_by(IMPORTED_AT_ONCE) {
        let entries = (start..imported.min(start + IMPORTED_AT_ONCE)).map(|place| log.entry(place));
        let items: Vec<Item> =
            entries.map(|entry| item_of(&entry?)).collect::<Result<_, Fault>>()?;
        setup::import(&embedded.database, TABLE, items)?;
    }
    let mut report = Report::default();
    for place in imported..log.len() {
        report.recorded.add(record(&client, &log.entry(place)?).await?);
    }
    progress(&format!("conventional: {} entries are imported", log.len()));
    let mut rng = Rng::with_seed(12);
    for case in Case::all() {
        let mut figures = Figures::default();
        let mut counted = 0;
        while figures.len() < samples && counted < COUNTED_PER_CASE {
            let Some(ask) = answers.ask(case, log.len(), log.end().plus_ms(1), &mut rng) else {
                break;
            };
            figures.add(page(&client, log, &ask).await?);
            figures.matches = ask.total;
            counted += ask.total + if ask.by_token { 0 } else { ask.offset() };
        }
        report.pages.push(figures);
    }
    embedded.stop().await;
    progress("conventional: pages are measured");
    Ok(report)
}

/// Creates the entries table of the template under another name, with three more indexes that have
/// the same projection.
fn create_table(embedded: &Embedded) -> Result<(), Fault> {
    let template = Template::load()?;
    let properties = template
        .tables
        .get(&embedded::tables().entries)
        .ok_or("the template has no entries table")?;
    let mut attributes = properties.attribute_definitions.as_array().cloned().unwrap_or_default();
    let mut indexes = properties.global_secondary_indexes.as_array().cloned().unwrap_or_default();
    let projection =
        indexes.first().and_then(|index| index.get("Projection")).cloned().unwrap_or_default();
    for (name, key) in INDEXES {
        attributes.push(json!({ "AttributeName": key, "AttributeType": "S" }));
        let schema = json!([
            { "AttributeName": key, "KeyType": "HASH" },
            { "AttributeName": "id", "KeyType": "RANGE" },
        ]);
        indexes.push(json!({ "IndexName": name, "KeySchema": schema, "Projection": projection }));
    }
    let table = json!({
        "TableName": TABLE,
        "KeySchema": properties.key_schema,
        "AttributeDefinitions": attributes,
        "GlobalSecondaryIndexes": indexes,
        "BillingMode": "PAY_PER_REQUEST",
    });
    embedded.database.create_table(serde_json::from_value::<_>(table)?)?;
    Ok(())
}

/// The item of an entry, with the keys of the three indexes.
fn item_of(entry: &Entry) -> Result<Item, Fault> {
    let mut item = items_of_entry(&NewEntry { entry: entry.clone(), delete_at: None })?
        .into_iter()
        .next()
        .ok_or("an entry without an item")?;
    let (action, target_type) = (&entry.content.action, &entry.content.target.kind);
    let keys = [action.clone(), target_type.clone(), format!("{action}#{target_type}")];
    for ((_, name), key) in INDEXES.into_iter().zip(keys) {
        item.insert(name.to_owned(), AttributeValue::S(format!("{WORKSPACE}#{key}")));
    }
    Ok(item)
}

/// Records one entry.
async fn record(client: &Client, entry: &Entry) -> Result<Measured, Fault> {
    let put = client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item_of(entry)?))
        // Holds when no entry has this id.
        .condition_expression("attribute_not_exists(id)");
    let started = Instant::now();
    let output = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
    Ok(Measured {
        write_units: units(output.consumed_capacity()),
        calls: 1.0,
        ms: started.elapsed().as_secs_f64() * 1_000.0,
        read_units: 0.0,
    })
}

/// Requests a page with its total: counts all matching entries, counts those before the page unless
/// a token leads to it, and reads the page.
async fn page(client: &Client, log: &Log, ask: &Ask) -> Result<Measured, Fault> {
    let mut measured = Measured::default();
    let started = Instant::now();
    let (total, _) = count(client, log, ask, usize::MAX, &mut measured).await?;
    let start = match ask.above {
        Some(above) if ask.by_token => Some(key_of(log, ask.kinds, above)?),
        _ if ask.offset() > 0 => count(client, log, ask, ask.offset(), &mut measured).await?.1,
        _ => None,
    };
    let page = query(client, log, ask)
        .limit(i32::try_from(PAGE)?)
        .set_exclusive_start_key(start)
        .send()
        .await?;
    measured.calls += 1.0;
    measured.read_units += units(page.consumed_capacity());
    measured.ms = started.elapsed().as_secs_f64() * 1_000.0;
    let newest = page.items().first().and_then(|item| item.get("id")).and_then(|id| id.as_s().ok());
    if total != ask.total || newest != ask.newest.map(|id| id.to_string()).as_ref() {
        return Err(format!(
            "a wrong page of the conventional design: {ask:?} got {total}, {newest:?}"
        )
        .into());
    }
    Ok(measured)
}

/// Counts up to `most` entries, and returns how many there are and where counting ended.
async fn count(
    client: &Client,
    log: &Log,
    ask: &Ask,
    most: usize,
    measured: &mut Measured,
) -> Result<(usize, Option<Item>), Fault> {
    let (mut count, mut start) = (0, None);
    loop {
        let limit = i32::try_from((most - count).min(MORE_THAN_ONE_MB))?;
        let output = query(client, log, ask)
            .select(Select::Count)
            .limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await?;
        measured.calls += 1.0;
        measured.read_units += units(output.consumed_capacity());
        count += usize::try_from(output.count())?;
        start = output.last_evaluated_key.filter(|key| !key.is_empty());
        if start.is_none() || count >= most {
            return Ok((count, start));
        }
    }
}

/// The query of the entries that match, the newest first.
fn query(client: &Client, log: &Log, ask: &Ask) -> QueryFluentBuilder {
    let (index, partition_name, partition) = partition(ask.kinds);
    let low = ask.from.max(log.workspace.visible_from(log.end())).map(EntryId::first_of);
    let high = ask.to.and_then(|to| EntryId::first_of(to).before()).unwrap_or(EntryId::LAST);
    client
        .query()
        .table_name(TABLE)
        .set_index_name(index.map(str::to_owned))
        .key_condition_expression("#partition = :partition AND #id BETWEEN :low AND :high")
        .expression_attribute_names("#partition", partition_name)
        .expression_attribute_names("#id", "id")
        .expression_attribute_values(":partition", AttributeValue::S(partition))
        .expression_attribute_values(
            ":low",
            AttributeValue::S(
                low.unwrap_or(EntryId::first_of(domain::timestamp::Timestamp::MIN)).to_string(),
            ),
        )
        .expression_attribute_values(":high", AttributeValue::S(high.to_string()))
        .scan_index_forward(false)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
}

/// The index that answers a filter, the name of its partition key, and the partition.
fn partition(kinds: Kinds) -> (Option<&'static str>, &'static str, String) {
    let [by_action, by_target_type, by_both] = INDEXES.map(|(index, name)| (Some(index), name));
    let of = |(index, name), key: String| (index, name, format!("{WORKSPACE}#{key}"));
    match (kinds.action(), kinds.target_type()) {
        (None, None) => (None, "workspace_id", WORKSPACE.to_owned()),
        (Some(action), None) => of(by_action, action.to_owned()),
        (None, Some(target_type)) => of(by_target_type, target_type.to_owned()),
        (Some(action), Some(target_type)) => of(by_both, format!("{action}#{target_type}")),
    }
}

/// The `ExclusiveStartKey` of an entry: the keys of the table and of the index.
fn key_of(_log: &Log, kinds: Kinds, id: EntryId) -> Result<Item, Fault> {
    let (_, name, partition) = partition(kinds);
    let keys: Value = json!({ "workspace_id": WORKSPACE, "id": id.to_string(), name: partition });
    let members = keys.as_object().ok_or("keys are an object")?;
    Ok(members
        .iter()
        .filter_map(|(name, text)| {
            Some((name.clone(), AttributeValue::S(text.as_str()?.to_owned())))
        })
        .collect())
}

fn units(consumed: Option<&ConsumedCapacity>) -> f64 {
    consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}
