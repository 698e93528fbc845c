//! Uses the generated client of Rust: record, list, get, export.

use audit_client::apis::configuration::Configuration;
use audit_client::apis::{export_api, get_api, list_api, record_api};
use audit_client::models::{
    ActorInput, ActorTypeInput, ExportRequest, FileFormatInput, RecordRequest, TargetInput,
};
use std::env::var;
use std::error::Error;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let workspace = &var("WORKSPACE")?;
    let api = &Configuration {
        base_path: var("AUDIT")?,
        bearer_access_token: Some(var("TOKEN")?),
        ..Configuration::default()
    };
    let user = "usr_rust".to_owned();

    let mut actor = ActorInput::new(ActorTypeInput::User);
    actor.id = Some(Some(user.clone()));
    let target = TargetInput::new("member".to_owned(), "mem_1".to_owned());
    let now = chrono::Utc::now().fixed_offset();
    let mut request = RecordRequest::new(now, actor, "member.invite".to_owned(), target);
    request.new_value = Some(Some(serde_json::json!({ "role": "editor" })));
    let entry = record_api::record_entry(api, workspace, request).await?;

    let none = None;
    let page = list_api::list_entries(
        api, workspace, none, none, none, Some(&user), None, none, none, none, none, none, None,
        None, None, Some(5), None, None,
    )
    .await?;
    assert_eq!(page.entries.iter().map(|row| &row.id).collect::<Vec<_>>(), [&entry.id]);
    let got = get_api::get_entry(api, workspace, &entry.id).await?;
    assert_eq!((got.integrity.as_str(), got.changes.len()), ("verified", 1));

    let mut request = ExportRequest::new(FileFormatInput::Ndjson);
    request.actor_id = Some(Some(user));
    let mut export = export_api::create_export(api, workspace, request).await?;
    while !matches!(export.state.as_str(), "done" | "failed") {
        tokio::time::sleep(Duration::from_millis(200)).await;
        export = export_api::get_export(api, workspace, &export.id).await?;
    }
    let file = export.file.ok_or("the export has failed")?;
    let url = file.url.ok_or("the file has no address")?;
    let text = reqwest::get(url).await?.text().await?;
    assert_eq!((text.lines().count(), file.row_count), (1, 1));
    assert!(text.contains(&entry.id), "{text}");
    println!("rust: recorded, listed, got and exported {}", entry.id);
    Ok(())
}
