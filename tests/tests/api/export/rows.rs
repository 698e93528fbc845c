//! The rows of an export are those of the list, in its order, whole.

use crate::export::{body, log, scene};
use serde_json::Value;
use tests::jobs::{Export, export};
use tests::{Api, Ask, NOON, Random, TestService, at, walk};

/// The ids of a CSV file's rows, and each row by column, read by the `csv` crate.
fn csv_rows(export: &Export) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(export.bytes.as_slice());
    let columns = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        columns
            .iter()
            .zip(record.iter())
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn cell<'r>(row: &'r [(String, String)], column: &str) -> &'r str {
    &row.iter().find(|(name, _)| name == column).unwrap().1
}

/// The ids that the list shows, walked from its first page to its last.
async fn listed(api: &Api, ask: &Ask) -> Vec<String> {
    walk(api, "ws_a", &format!("{}page_size=100", ask.query()))
        .await
        .into_iter()
        .flat_map(|page| page.ids)
        .collect()
}

fn random_ask(random: &mut Random) -> Ask {
    let some = |random: &mut Random, of: &[&str]| {
        (random.below(3) == 0).then(|| random.pick(of).to_owned())
    };
    let target_type = some(random, &["member", "project", "settings"]);
    let days = |random: &mut Random| at(NOON).plus_days(-i64::from(random.below(45)));
    let (a, b) = (days(random), days(random));
    Ask {
        action: some(
            random,
            &["member.invite", "-project.update", "settings.update,member.invite"],
        ),
        target_id: target_type.as_ref().and_then(|_| some(random, &["t_0", "t_1"])),
        target_type,
        actor_id: some(random, &["u_0", "u_1", "u_9"]),
        outcome: some(random, &["success", "denied,failure", "-success,-denied"]),
        external_id: (random.below(8) == 0).then(|| format!("evt_{}", random.below(900))),
        request_id: None,
        actor_email: (random.below(10) == 0).then(|| "ada@example.com".to_owned()),
        ip_address: some(random, &["203.0.0.0/9", "203.0.113.7", "2001:db8::/33"]),
        from: (random.below(3) == 0).then(|| a.min(b)),
        to: (random.below(3) == 0).then(|| a.max(b)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_the_list_shows_whatever_the_filter() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 1, 900);
    let api = service.operator().await;
    let mut random = Random::new(2);
    for round in 0..14 {
        let ask = if round == 0 { Ask::default() } else { random_ask(&mut random) };
        // An export is recorded itself, later than all that it holds.
        let expected = listed_later(&service, &api, &ask).await;
        let csv = export(&service, &api, "ws_a", &body("csv", "none", &ask)).await;
        let ids: Vec<_> = csv_rows(&csv).iter().map(|row| cell(row, "id").to_owned()).collect();
        assert!(ids == expected, "{ask:?}");
        let expected = listed_later(&service, &api, &ask).await;
        let ndjson =
            export(&service, &api, "ws_a", &body("ndjson", ["none", "gzip"][round % 2], &ask))
                .await;
        let ids: Vec<_> =
            lines_of(&ndjson).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
        assert!(ids == expected, "{ask:?}");
        assert_eq!(u64::try_from(ids.len()).unwrap(), ndjson.number_at("/file/row_count"));
        assert!(
            ndjson.json["rows_expected"]
                .as_u64()
                .is_none_or(|expected| expected == ndjson.number_at("/file/row_count"))
        );
    }
}

/// What the list shows a second later.
async fn listed_later(service: &TestService, api: &Api, ask: &Ask) -> Vec<String> {
    service.clock.set(service.clock.now().plus_ms(1_000));
    listed(api, ask).await
}

/// The lines of an NDJSON file, compressed or not.
fn lines_of(export: &Export) -> Vec<Value> {
    let mut text = Vec::new();
    if export.text_at("/compression") == "gzip" {
        std::io::Read::read_to_end(
            &mut flate2::read::MultiGzDecoder::new(export.bytes.as_slice()),
            &mut text,
        )
        .unwrap();
    } else {
        text.clone_from(&export.bytes);
    }
    let text = String::from_utf8(text).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_the_whole_entry_and_values_keep_their_text() {
    let (service, workspace) = scene().await;
    let log = log(&service, &workspace, 3, 120);
    let api = service.operator().await;
    let csv = export(&service, &api, "ws_a", &body("csv", "none", &Ask::default())).await;
    let ndjson = export(
        &service,
        &api,
        "ws_a",
        &body("ndjson", "none", &Ask { to: Some(at(NOON)), ..Ask::default() }),
    )
    .await;
    let text = String::from_utf8(ndjson.bytes.clone()).unwrap();
    let lines: Vec<_> = text.split_terminator('\n').collect();
    let rows = csv_rows(&csv);
    assert_eq!((rows.len(), lines.len()), (log.len(), log.len()));
    let harmless = |text: &str| {
        let part = |part: &str| match part.chars().next() {
            Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n') => format!("'{part}"),
            _ => part.to_owned(),
        };
        text.split(';').map(part).collect::<Vec<_>>().join(";")
    };
    for (row, line) in rows.iter().zip(lines) {
        let entry = log.iter().find(|entry| entry.id.to_string() == cell(row, "id")).unwrap();
        let sequence = serde_json::from_str::<Value>(line).unwrap()["sequence"].as_u64().unwrap();
        let line = line.replacen(&format!("\"sequence\":{sequence},"), "", 1);
        assert_eq!(line, serde_json::to_string(&entry.view(workspace.plan)).unwrap());
        let value = |value: &Option<domain::json::JsonText>| {
            harmless(value.as_ref().map(domain::json::JsonText::as_str).unwrap_or_default())
        };
        assert_eq!(cell(row, "old_value"), value(&entry.content.old_value));
        assert_eq!(cell(row, "new_value"), value(&entry.content.new_value));
        assert_eq!(
            cell(row, "actor_name"),
            harmless(entry.content.actor.name.as_deref().unwrap_or_default())
        );
        assert_eq!(
            cell(row, "user_agent"),
            harmless(entry.content.user_agent.as_deref().unwrap_or_default())
        );
        assert_eq!(cell(row, "occurred_at"), entry.content.occurred_at.rfc3339());
        assert_eq!(
            cell(row, "expires_at"),
            workspace.expires_at(entry.content.occurred_at).unwrap().rfc3339()
        );
    }
}
