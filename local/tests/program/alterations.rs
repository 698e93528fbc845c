//! The `local` program tells its developer of what was altered behind its back, as a deployment
//! tells its operators.

use crate::restart::command;
use aws_sdk_dynamodb::types::AttributeValue;
use local::embedded::{client, tables};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test]
async fn an_item_that_is_altered_behind_its_back_is_a_line_of_its_log() {
    let data = tempfile::tempdir().unwrap();
    let ports = ["--port", "0", "--dynamodb-port", "0", "--s3-port", "0"];
    let mut process = command(data.path(), &ports).spawn().unwrap();
    let mut printed = BufReader::new(process.stdout.take().unwrap()).lines();
    let endpoint = loop {
        let line = printed.next_line().await.unwrap().unwrap();
        if let Some(rest) = line.trim().strip_prefix("DynamoDB") {
            break rest.split_whitespace().next().unwrap().to_owned();
        }
    };
    let dynamodb = client(&endpoint);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let id = "20261122T140506.789Z-1c140b187fa87828587db9865d8c5c09";
    let put = dynamodb.put_item().table_name(tables().entries);
    let put = put.item("workspace_id", text("ws_altered")).item("id", text(id));
    put.send().await.unwrap();
    let update = dynamodb.update_item().table_name(tables().entries);
    let update = update.key("workspace_id", text("ws_altered")).key("id", text(id));
    let update = update.update_expression("SET reason = :text");
    update.expression_attribute_values(":text", text("forged")).send().await.unwrap();
    let mut logged = BufReader::new(process.stderr.take().unwrap()).lines();
    let line = loop {
        let line = logged.next_line().await.unwrap().unwrap();
        if line.contains("stored item altered") {
            break line;
        }
    };
    assert!(line.contains("ws_altered") && line.contains(id), "{line}");
    assert!(line.contains("modified: reason") && !line.contains("forged"), "{line}");
    process.kill().await.unwrap();
}
