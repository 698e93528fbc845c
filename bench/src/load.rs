//! Measures what the service does in a second over loopback, how long its requests take, and how
//! much CPU time they take of it and of its store.
//!
//! The service runs in a process of its own, as `cargo run` serves it. The embedded store runs on
//! threads of its own in this process, and the clients on the others, so that the kernel counts the
//! CPU time of each apart. All share the machine: what is above the service's CPU time in a figure
//! is mostly the store's and the clients'.

mod cases;
mod report;
mod store;
mod world;

use crate::figures::{Figures, Measured};
use crate::{Fault, progress};
use cases::Case;
use report::{Line, Report};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use world::World;

pub(crate) use world::serve;

/// How many requests a client sends in one case at most: what bounds the store's memory.
const MOST_REQUESTS: usize = 100_000;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many entries the log has before.
    pub(crate) entries: usize,
    /// How many clients send at the same time, each one request after another.
    pub(crate) clients: usize,
    /// How long each case lasts, after a tenth of it to warm up.
    pub(crate) time: Duration,
}

/// Drives each case, and prints the table.
pub(crate) async fn measure(plan: Plan) -> Result<(), Fault> {
    let world = Arc::new(World::start(plan.entries).await?);
    let mut report = Report::new(plan);
    for case in Case::ALL {
        let line = drive(&world, case, plan).await?;
        progress(&format!("{}: {:.0} requests a second", case.name(), line.per_second()));
        report.lines.push(line);
    }
    Arc::into_inner(world).ok_or("a client is left")?.stop()?;
    Ok(std::io::Write::write_all(&mut std::io::stdout(), report.to_string().as_bytes())?)
}

/// Drives one case with all clients at once.
async fn drive(world: &Arc<World>, case: Case, plan: Plan) -> Result<Line, Fault> {
    send(world, case, plan.clients, plan.time / 10).await?;
    let before = world.cpu()?;
    let started = Instant::now();
    let figures = send(world, case, plan.clients, plan.time).await?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Line { case, seconds, figures, cpu: world.cpu()?.since(before) })
}

/// Lets the clients send for this long, and returns how long each request took.
async fn send(
    world: &Arc<World>,
    case: Case,
    clients: usize,
    time: Duration,
) -> Result<Figures, Fault> {
    let until = Instant::now() + time;
    let mut sending = JoinSet::new();
    for _ in 0..clients {
        let world = Arc::clone(world);
        sending.spawn(async move {
            let mut figures = Figures::of(0);
            while figures.len() < MOST_REQUESTS && Instant::now() < until {
                let request = case.request(&world)?;
                let started = Instant::now();
                world.expect(request, case.status()).await?;
                let ms = started.elapsed().as_secs_f64() * 1_000.0;
                figures.add(Measured { ms, ..Measured::default() });
            }
            Ok::<_, Fault>(figures)
        });
    }
    let mut all = Vec::new();
    while let Some(figures) = sending.join_next().await {
        all.push(figures??);
    }
    Ok(Figures::joined(all.iter()))
}
