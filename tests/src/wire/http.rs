//! HTTP/1.1 as the SDK speaks it: calls and answers with a length, one after the other on a
//! connection.

use crate::wire::Tear;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The headers of a call that the store needs.
const PASSED_ON: [&str; 4] = ["x-amz-target", "content-type", "authorization", "x-amz-date"];

/// A call of the store.
#[derive(Debug)]
pub(super) struct Call {
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// A status and a body.
pub(super) type Answered = (u16, Vec<u8>);

impl Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The operation, for example `PutItem`.
    pub(super) fn operation(&self) -> &str {
        self.header("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default()
    }

    /// Whether a tear applies to it.
    pub(super) fn can_be(&self, tear: Tear) -> bool {
        match tear {
            Tear::Partial => {
                matches!(self.operation(), "BatchExecuteStatement" | "BatchGetItem")
            }
            Tear::LieOfOne | Tear::Lie => self.operation() == "BatchExecuteStatement",
            _ => true,
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn statements(&self) -> usize {
        self.json().get("Statements").and_then(Value::as_array).map_or(0, Vec::len)
    }
}

/// Reads the next call of a connection. `None` means that the connection has ended.
pub(super) async fn read_call(connection: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Call> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(connection, unread).await?;
    };
    let head: Vec<u8> = unread.drain(..end).collect();
    let lines = std::str::from_utf8(&head).ok()?.lines().skip(1);
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, length)| length.parse().ok())?;
    while unread.len() < length {
        more(connection, unread).await?;
    }
    Some(Call { headers, body: unread.drain(..length).collect() })
}

async fn more(connection: &mut TcpStream, unread: &mut Vec<u8>) -> Option<()> {
    let read = connection.read_buf(unread).await.ok()?;
    (read > 0).then_some(())
}

/// An answer as it goes over the wire.
pub(super) fn answer((status, body): &Answered) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/x-amz-json-1.0\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An injected error, in the form of the store's own.
pub(super) fn refusal(status: u16, code: &str) -> Answered {
    let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
    (status, json!({ "__type": code, "message": "injected" }).to_string().into_bytes())
}

/// What the store would answer to a batch of statements if all of it had landed.
pub(super) fn success(call: &Call) -> Answered {
    let landed = json!({ "TableName": "entries" });
    (200, json!({ "Responses": vec![landed; call.statements()] }).to_string().into_bytes())
}

/// Passes a call on with this body.
pub(super) async fn forward(
    http: &reqwest::Client,
    target: &str,
    call: &Call,
    body: Vec<u8>,
) -> Answered {
    let mut request = http.post(target).body(body);
    for name in PASSED_ON {
        if let Some(value) = call.header(name) {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            (status, response.bytes().await.map(|body| body.to_vec()).unwrap_or_default())
        }
        Err(_) => (502, Vec::new()),
    }
}

/// An answer in which entries were recorded in another year.
pub(super) fn recorded_in_another_year((status, body): Answered) -> Answered {
    let text = String::from_utf8_lossy(&body);
    let changed = text.replace(r#""recorded_at":{"S":"2"#, r#""recorded_at":{"S":"1"#);
    (status, changed.into_bytes())
}

/// Keeps back a third of a batch, and reports it as throttled. As a lie, keeps back one statement,
/// and answers as if it had landed.
pub(super) async fn partial(
    http: &reqwest::Client,
    target: &str,
    call: &Call,
    is_lie: bool,
) -> Answered {
    if call.operation() == "BatchGetItem" {
        return partial_read(http, target, call).await;
    }
    let count = call.statements();
    let is_kept_back =
        |index: usize| if is_lie { index == count / 2 } else { index.is_multiple_of(3) };
    let mut request = call.json();
    keep_back(request.get_mut("Statements"), is_kept_back);
    let mut landed = Vec::new().into_iter();
    if request.get("Statements").is_some_and(|passed| *passed != json!([])) {
        let (status, body) = forward(http, target, call, request.to_string().into_bytes()).await;
        if status != 200 {
            return (status, body);
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let responses = body.get("Responses").and_then(Value::as_array).cloned();
        landed = responses.unwrap_or_default().into_iter();
    }
    let kept_back = if is_lie {
        json!({ "TableName": "entries" })
    } else {
        json!({ "Error": { "Code": "ThrottlingError", "Message": "injected" } })
    };
    let responses = (0..count).map(|index| {
        if is_kept_back(index) { kept_back.clone() } else { landed.next().unwrap_or_default() }
    });
    (200, json!({ "Responses": responses.collect::<Vec<_>>() }).to_string().into_bytes())
}

/// Removes elements from an array, and returns them.
fn keep_back(array: Option<&mut Value>, is_kept_back: impl Fn(usize) -> bool) -> Vec<Value> {
    let Some(array) = array else { return Vec::new() };
    let elements = array.as_array().cloned().unwrap_or_default().into_iter().enumerate();
    let (kept_back, passed): (Vec<_>, Vec<_>) =
        elements.partition(|(index, _)| is_kept_back(*index));
    let values = |of: Vec<(usize, Value)>| of.into_iter().map(|(_, one)| one).collect();
    *array = Value::Array(values(passed));
    values(kept_back)
}

/// A read of many keys that leaves some of them unprocessed, as a busy store does.
async fn partial_read(http: &reqwest::Client, target: &str, call: &Call) -> Answered {
    let mut request = call.json();
    let mut unprocessed = request.get("RequestItems").cloned().unwrap_or_default();
    let mut passes_any = false;
    let tables = request.get_mut("RequestItems").and_then(Value::as_object_mut);
    for (table, asked) in tables.into_iter().flatten() {
        let kept_back = keep_back(asked.get_mut("Keys"), |index| index.is_multiple_of(3));
        passes_any |= asked.get("Keys").is_some_and(|passed| *passed != json!([]));
        if let Some(keys) = unprocessed.pointer_mut(&format!("/{table}/Keys")) {
            *keys = Value::Array(kept_back);
        }
    }
    let mut answer = json!({ "Responses": {} });
    if passes_any {
        let (status, body) = forward(http, target, call, request.to_string().into_bytes()).await;
        if status != 200 {
            return (status, body);
        }
        answer = serde_json::from_slice(&body).unwrap_or_default();
    }
    if let Some(members) = answer.as_object_mut() {
        members.insert("UnprocessedKeys".to_owned(), unprocessed);
    }
    (200, answer.to_string().into_bytes())
}

/// Closes a connection normally (FIN).
pub(super) async fn closed(mut connection: TcpStream) {
    let _ = connection.shutdown().await;
}

/// Makes a connection end with a reset when it is dropped. Unsent data is lost, and the other side
/// gets an error.
pub(super) fn reset(connection: &TcpStream) {
    let _ = connection.set_zero_linger();
}
