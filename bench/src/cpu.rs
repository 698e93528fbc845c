//! Measures the CPU time of the first page. That takes a process of its own, because the embedded
//! store is in this one.

use crate::Fault;
use crate::client::list_request;
use crate::ours::Ours;
use crate::process::threads_ms;
use aws::dynamodb::DynamoStore;
use domain::clock::Clock;
use domain::timestamp::Timestamp;
use local::embedded;
use std::io::Write;
use web::rates::Rates;
use web::service::Service;

/// Milliseconds of CPU that one request of the first page takes at this moment.
pub(crate) async fn of_first_page(
    ours: &Ours<'_>,
    now: Timestamp,
    requests: u32,
) -> Result<f64, Fault> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(["--list", ours.endpoint(), ours.authorization(), &now.rfc3339()]);
    command.arg(requests.to_string());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.trim().parse().map_err(|error| {
        format!("{error}: {said}{}", String::from_utf8_lossy(&output.stderr)).into()
    })
}

/// Requests the first page again and again, as one instance, and prints the milliseconds of CPU
/// that one request took. The arguments are `dynamodb`, `authorization`, `now` and `requests`.
pub(crate) async fn list(arguments: &[String]) -> Result<(), Fault> {
    let [dynamodb, authorization, now, requests] = arguments else {
        return Err("four arguments are needed".into());
    };
    let store = DynamoStore::new(embedded::client(dynamodb), embedded::tables());
    let clock = Clock::manual(Timestamp::parse(now)?);
    let service = Service::new(store, clock).with_rates(Rates::UNLIMITED);
    let requests: u32 = requests.parse()?;
    let mut used = 0.0;
    // The first ones warm it up.
    for number in 0..requests + 20 {
        if number == 20 {
            used = threads_ms("self", "")?;
        }
        let request = list_request(authorization, "/entries", "page_size=20");
        let answer = list::answer(&service, request).await;
        if answer.status.as_u16() != 200 {
            return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
        }
    }
    let ms = (threads_ms("self", "")? - used) / f64::from(requests);
    Ok(writeln!(std::io::stdout(), "{ms:.3}")?)
}
