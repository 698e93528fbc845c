use super::*;
use crate::args::{AuditArgs, Command};
use crate::failure::Report;
use crate::{export, plan};
use aws::dynamodb::{DynamoStore, Tables, items_of_workspace};
use aws::s3::S3Files;
use aws::sqs::SqsQueue;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use clap::Parser;
use domain::identity::Salt;
use domain::plan::{GraceDays, Plan};
use domain::workspace::{Workspace, WorkspaceId};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// A DynamoDB with the workspace `ws_1` and nothing else. It answers reads and makes salts, and
/// never answers another write.
async fn store_that_does_not_write() -> DynamoStore {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(|| serve(connection.unwrap()));
        }
    });
    let loader = aws::config::aws()
        .endpoint_url(endpoint)
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"));
    let tables = Tables { entries: "entries".to_owned(), control: "control".to_owned() };
    DynamoStore::new(aws_sdk_dynamodb::Client::new(&loader.load().await), tables)
}

fn serve(mut connection: TcpStream) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    while let Some((action, request)) = received(&mut reader) {
        let body = match action.as_str() {
            "GetItem" if request.contains("\"workspace#") => {
                format!(r#"{{"Item":{}}}"#, stored_workspace())
            }
            "GetItem" | "ExecuteStatement" => "{}".to_owned(),
            "Query" => r#"{"Items":[],"Count":0,"ScannedCount":0}"#.to_owned(),
            "ExecuteTransaction" => continue,
            other => panic!("{other}"),
        };
        let length = body.len();
        write!(connection, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    }
}

/// The action and the body of the next request; `None` means that the connection was closed.
fn received(reader: &mut impl BufRead) -> Option<(String, String)> {
    let (mut action, mut length, mut line) = (None, 0, String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            match name.to_lowercase().as_str() {
                "x-amz-target" => action = value.split('.').nth(1).map(str::to_owned),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((action?, String::from_utf8(body).ok()?))
}

/// The item of the workspace in DynamoDB's JSON.
fn stored_workspace() -> String {
    let id = WorkspaceId::parse("ws_1").unwrap();
    let workspace = Workspace::new(id, Plan::Pro, Salt::from_bytes([7; 32]), Clock::System.now());
    let attribute = |(name, value): (&String, &AttributeValue)| match value {
        AttributeValue::S(text) => format!(r#""{name}":{{"S":"{text}"}}"#),
        AttributeValue::N(number) => format!(r#""{name}":{{"N":"{number}"}}"#),
        other => panic!("{other:?}"),
    };
    let items = items_of_workspace(&workspace).unwrap();
    format!("{{{}}}", items[0].iter().map(attribute).collect::<Vec<_>>().join(","))
}

/// How a command fails whose write gets no answer.
async fn failed(line: &[&str], recording: &Recording) -> Failure {
    let store = store_that_does_not_write().await;
    let line = std::iter::once(&"audit").chain(line);
    let AuditArgs { settings, command } = AuditArgs::try_parse_from(line).unwrap();
    let no_queue = None::<&SqsQueue>;
    let answer = match command {
        Command::Plan(command) => {
            plan::run(&store, no_queue, command, recording, settings.format()).await
        }
        Command::Export(command) => {
            let now = Clock::System.now();
            export::run(&store, None::<&S3Files>, no_queue, command, recording, now).await
        }
        other => panic!("{other:?}"),
    };
    answer.expect_err("nothing was written")
}

#[tokio::test]
async fn a_write_without_an_answer_is_given_up_at_the_deadline() {
    let time = Duration::from_millis(500);
    let recording = Recording { time, ..Recording::system(GraceDays::default()) };
    for line in [
        &["plan", "set", "ws_1", "free", "--yes"][..],
        &["export", "create", "ws_1", "--format", "csv"],
        &["export", "create", "ws_1", "--format", "csv", "--wait"],
    ] {
        let line = Report::from(failed(line, &recording).await).line();
        let told = "error: the change is not confirmed: the store did not answer: \
                    not within 500ms; it may be stored: look (show, list) before you try again";
        assert_eq!(line, told);
    }
}

#[tokio::test]
async fn a_command_records_by_the_clock_of_this_machine_as_it_goes_on() {
    let at = domain::timestamp::Timestamp::clamped;
    let clock = Clock::manual(at(1));
    let recording = Recording { clock: clock.clone(), ..Recording::system(GraceDays::default()) };
    let read = recording.run(async |given| {
        clock.set(at(2));
        Ok::<_, Failure>(given.now())
    });
    assert_eq!(read.await.unwrap(), at(2));
}

#[test]
fn a_command_is_over_within_20_seconds() {
    assert!(
        Recording::system(GraceDays::default()).time + Duration::from_secs(2)
            <= Duration::from_secs(20)
    );
}
