//! Measures what one tenant feels while another floods the service: with invented tokens, above its
//! own rate, and with exports.
//!
//! Everything runs in this process and over loopback: the service as `cargo run` serves it, its
//! store, and both tenants. A flood is bounded: 16 senders, 400 requests a second in all, 10
//! seconds.

use crate::figures::{Figures, Measured};
use crate::meter::Meter;
use crate::{Fault, progress};
use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use domain::clock::Clock;
use domain::credential::Token;
use local::embedded::{self, Embedded};
use local::jobs::{Backend, LocalQueue, follow};
use local::objects::{self, Objects};
use local::{gateway, setup};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use web::rates::{Rate, Rates};
use web::service::Service;

/// How long each flood lasts.
const TIME: Duration = Duration::from_secs(10);
/// How many senders a flood has.
const SENDERS: u8 = 16;
/// How often each of them sends: 16 / 40 ms = 400 requests a second.
const SENT_EVERY: Duration = Duration::from_millis(40);
/// How often the other tenant sends: 1 / 100 ms = 10 requests a second, below its rate.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// The rates that are measured. Here, one process without optimization does the work of all
/// instances and of the store: some 60 lists a second, of which a workspace gets a quarter. In a
/// deployment, an instance serves one request at a time, and others serve the other tenants.
const RATES: Rates = Rates {
    per_workspace: Rate::per_second(15),
    per_key: Rate::per_second(15),
    ..Rates::OF_AN_INSTANCE
};

/// A flood of one tenant.
#[derive(Debug, Clone, Copy)]
enum Flood {
    /// No flood: what the other tenant is used to.
    None,
    /// Invented tokens, a new one in each request, from this many addresses.
    Invented(u8),
    /// Lists with a key of its own.
    OwnRate,
    /// Exports with a viewer token, a different one in each request.
    Exports,
}

impl Flood {
    fn name(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Invented(1) => "invented tokens, 1 address".to_owned(),
            Self::Invented(count) => format!("invented tokens, {count} addresses"),
            Self::OwnRate => "lists with its key".to_owned(),
            Self::Exports => "exports, each another".to_owned(),
        }
    }
}

/// The service with two workspaces, and a key for each.
struct World {
    http: Client,
    address: String,
    flooder: String,
    other: String,
    embedded: Embedded,
    objects: Objects,
    background: Vec<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

/// Plays each flood without rates and with rates, and prints the table.
pub(crate) async fn measure(meter: &Meter) -> Result<(), Fault> {
    let all =
        [Flood::None, Flood::Invented(1), Flood::Invented(SENDERS), Flood::OwnRate, Flood::Exports];
    let mut table =
        "| rates | flood of one tenant | answers to it | RCU | WCU | the other: p50, ms \
                     | p99, ms | failed |\n|---|---|---|---:|---:|---:|---:|---:|\n"
            .to_owned();
    for (name, rates) in [("none", Rates::UNLIMITED), ("15 a second", RATES)] {
        for flood in all {
            let line = play(flood, rates, meter).await?;
            writeln!(table, "| {name} | {} | {line} |", flood.name())?;
            progress(&format!("rates: {name}, flood: {}", flood.name()));
        }
    }
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?;
    Ok(())
}

/// Plays one flood beside the requests of the other tenant, and returns the rest of its line.
async fn play(flood: Flood, rates: Rates, meter: &Meter) -> Result<String, Fault> {
    let world = World::start(rates).await?;
    let viewer = world.viewer_token().await?;
    let (_, failed) = world.ask(Duration::from_secs(1)).await?;
    if failed > 0 {
        return Err("the service does not answer the other tenant".into());
    }
    meter.take();
    let until = Instant::now() + TIME;
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let sender = Sender {
            client: client(match flood {
                Flood::Invented(addresses) => 2 + number % addresses,
                _ => 2,
            })?,
            address: world.address.clone(),
            token: match flood {
                Flood::Exports => viewer.clone(),
                _ => world.flooder.clone(),
            },
            number,
        };
        if !matches!(flood, Flood::None) {
            senders.spawn(async move { sender.flood(flood, until).await });
        }
    }
    let (figures, failed) = world.ask(TIME).await?;
    let mut answers = BTreeMap::<u16, u64>::new();
    while let Some(sent) = senders.join_next().await {
        for (status, count) in sent?? {
            *answers.entry(status).or_default() += count;
        }
    }
    let spent = meter.take();
    world.stop().await;
    let ms = |percent| figures.percentile(percent, |one| one.ms).unwrap_or_default();
    let answers: Vec<_> =
        answers.iter().map(|(status, count)| format!("{count} × {status}")).collect();
    Ok(format!(
        "{} | {:.0} | {:.0} | {:.1} | {:.1} | {failed} of {}",
        answers.join(", "),
        spent.read_units,
        spent.write_units,
        ms(50),
        ms(99),
        figures.len(),
    ))
}

/// One sender of a flood.
struct Sender {
    client: Client,
    address: String,
    token: String,
    number: u8,
}

impl Sender {
    /// Sends until the time is over, and counts the answers by their status.
    async fn flood(self, flood: Flood, until: Instant) -> Result<BTreeMap<u16, u64>, Fault> {
        let (mut answers, mut ticks) = (BTreeMap::new(), interval(SENT_EVERY));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for count in 0_i64.. {
            ticks.tick().await;
            if Instant::now() >= until {
                break;
            }
            let status = self.send(flood, count).await?;
            *answers.entry(status).or_default() += 1;
        }
        Ok(answers)
    }

    async fn send(&self, flood: Flood, count: i64) -> Result<u16, Fault> {
        let (entries, exports) = ("/v1/workspaces/ws_a/entries", "/v1/workspaces/ws_a/exports");
        let request = match flood {
            Flood::Exports => {
                let from = domain::timestamp::Timestamp::clamped(
                    count * i64::from(SENDERS) + i64::from(self.number),
                );
                let body = json!({ "format": "csv", "from": from.rfc3339() });
                self.client
                    .post(format!("{}{exports}", self.address))
                    .header("content-type", "application/json")
                    .body(body.to_string())
            }
            _ => self.client.get(format!("{}{entries}", self.address)),
        };
        let token = match flood {
            Flood::Invented(_) => Token::random()?.text(),
            _ => self.token.clone(),
        };
        let answer = request.header("authorization", format!("Bearer {token}")).send().await?;
        let status = answer.status().as_u16();
        answer.bytes().await?;
        Ok(status)
    }
}

/// A client at an address of this machine's loopback network.
fn client(last: u8) -> Result<Client, Fault> {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    Ok(Client::builder().local_address(address).build()?)
}

impl World {
    async fn start(rates: Rates) -> Result<Self, Fault> {
        let embedded =
            Embedded::start(embedded::open(None)?, TcpListener::bind("127.0.0.1:0").await?)?;
        let folder = tempfile::tempdir()?;
        let objects = Objects::start(folder.path(), TcpListener::bind("127.0.0.1:0").await?)?;
        let now = Clock::System.now();
        let key = || setup::create_demo_key(&embedded.database, now).map(|token| token.text());
        let (flooder, other) = (key()?, key()?);
        let store = DynamoStore::new(embedded::client(&embedded.endpoint), embedded::tables());
        let service = Service::new(store, Clock::System).with_rates(rates);
        let files = S3Files::new(objects::client(&objects.endpoint), objects::BUCKET.to_owned());
        let backend = Backend { queue: LocalQueue::default(), files };
        let jobs = follow(&service, backend.queue.clone(), backend.files.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let served = gateway::serve(listener, service, backend, std::future::pending());
        let background = vec![tokio::spawn(jobs), tokio::spawn(async move { drop(served.await) })];
        let http = client(1)?;
        let world =
            Self { http, address, flooder, other, embedded, objects, background, _folder: folder };
        for id in ["ws_a", "ws_b"] {
            let path = format!("/v1/workspaces/{id}");
            let (status, _) = world
                .send(Method::PUT, &path, &world.flooder, Some(json!({ "plan": "pro" })))
                .await?;
            if status != 201 {
                return Err(format!("{path} is answered with {status}").into());
            }
        }
        Ok(world)
    }

    async fn viewer_token(&self) -> Result<String, Fault> {
        let body = json!({ "admin": { "id": "admin" }, "expires_in_seconds": 3_600 });
        let path = "/v1/workspaces/ws_a/viewer-tokens";
        let (_, made) = self.send(Method::POST, path, &self.flooder, Some(body)).await?;
        Ok(text(&made, "/token"))
    }

    /// Sends what the other tenant usually sends for this long: an entry, a get of that entry, a
    /// list. Returns the times of all requests, and how many failed.
    async fn ask(&self, time: Duration) -> Result<(Figures, u32), Fault> {
        let (mut figures, mut failed) = (Figures::of(0), 0);
        let (path, until) = ("/v1/workspaces/ws_b/entries", Instant::now() + time);
        let mut ticks = interval(ASKED_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut id = String::new();
        for count in 0_u32.. {
            ticks.tick().await;
            let started = Instant::now();
            if started >= until {
                break;
            }
            let (status, answer) = match count % 3 {
                0 => self.send(Method::POST, path, &self.other, Some(entry(count))).await?,
                1 => self.send(Method::GET, &format!("{path}/{id}"), &self.other, None).await?,
                _ => self.send(Method::GET, path, &self.other, None).await?,
            };
            if count % 3 == 0 {
                id = text(&answer, "/id");
            }
            let ms = started.elapsed().as_secs_f64() * 1_000.0;
            figures.add(Measured { ms, ..Measured::default() });
            failed += u32::from(!matches!(status, 200 | 201));
        }
        Ok((figures, failed))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), Fault> {
        let request = self.http.request(method, format!("{}{path}", self.address));
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?).unwrap_or_default()))
    }

    async fn stop(self) {
        self.background.iter().for_each(JoinHandle::abort);
        self.objects.stop().await;
        self.embedded.stop().await;
    }
}

fn entry(number: u32) -> Value {
    json!({
        "occurred_at": Clock::System.now().rfc3339(),
        "action": "member.invite",
        "actor": { "type": "user", "id": "usr_1", "name": "Ada" },
        "target": { "type": "member", "id": "mem_1" },
        "external_id": format!("evt_{number}"),
    })
}

fn text(json: &Value, pointer: &str) -> String {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
