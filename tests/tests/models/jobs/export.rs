//! Runs of exports: whatever happens to the workers, each file is complete and put together once.

use crate::jobs::driver::{Driver, Mutant, play_run};
use domain::entry::Entry;
use domain::job::{ExportFile, Job, JobKey, JobName, JobState, Work};
use domain::json::{JsonText, parse};
use domain::plan::Plan;
use domain::ports::ReadJobs;
use sha2::{Digest, Sha256};
use tests::{Ask, Random, actor, content, log_of, target};

/// One run: two exports of one log, by workers that may be killed or paused.
pub(crate) fn play(
    runtime: &tokio::runtime::Runtime,
    seed: u64,
    mutant: Option<Mutant>,
) -> Result<(), String> {
    play_run(runtime, seed, mutant, async |driver| run(driver).await)
}

fn log(driver: &mut Driver<'_>) -> Vec<Entry> {
    let workspace = driver.service.fixed_workspace("ws_a", Plan::Basic);
    let (random, now) = (&mut driver.random, driver.service.clock.now());
    let count = 20 + usize::try_from(random.below(90)).unwrap();
    let value = |random: &mut Random, bytes: usize| {
        let length = usize::try_from(random.below(u32::try_from(bytes).unwrap())).unwrap();
        Some(
            JsonText::of(&parse(format!("\"{}\"", "v".repeat(length)).as_bytes()).unwrap())
                .unwrap(),
        )
    };
    let contents: Vec<_> = (0..count)
        .map(|number| {
            let at = now.plus_ms(-i64::from(random.below(80 * 86_400)) * 1_000 - 1_000);
            let mut one = content(
                at,
                actor(random.pick(&["u_1", "u_2"])),
                "project.update",
                target("project", "p"),
                number,
            );
            one.new_value =
                if random.below(6) == 0 { value(random, 3_000) } else { value(random, 60) };
            one
        })
        .collect();
    let log = log_of(&workspace, contents);
    driver.service.load(&log);
    log
}

async fn run(driver: &mut Driver<'_>) -> Result<(), String> {
    let mut log = log(driver);
    log.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    let api = driver.service.operator().await;
    let mut asked = Vec::new();
    for (place, actor_id) in [None, Some("u_1".to_owned())].into_iter().enumerate() {
        let ask = Ask { actor_id, to: Some(driver.service.clock.now()), ..Ask::default() };
        let compression = driver.random.pick(&["none", "gzip"]);
        let mut body = serde_json::json!({ "format": "ndjson", "compression": compression,
            "to": ask.to.unwrap().rfc3339() });
        if let Some(id) = &ask.actor_id {
            body["actor_id"] = id.as_str().into();
        }
        let answer = api.post("/v1/workspaces/ws_a/exports", &body).await;
        if answer.status != 202 {
            return Err(format!("{answer:?}"));
        }
        asked.push((answer.text_at("/id").to_owned(), ask, place));
    }
    driver.announced();
    driver.run().await?;
    for (id, ask, _) in asked {
        check(driver, &log, &id, &ask).await?;
    }
    let completed = driver.kept.lock().unwrap().completed;
    if completed == 2 { Ok(()) } else { Err(format!("{completed} files were put together, not 2")) }
}

async fn check(driver: &Driver<'_>, log: &[Entry], id: &str, ask: &Ask) -> Result<(), String> {
    let id = domain::identity::EntryId::parse(id).unwrap();
    let key = JobKey {
        workspace_id: domain::workspace::WorkspaceId::parse("ws_a").unwrap(),
        name: JobName::Export(id),
    };
    let Job { state, work: Work::Export(work), .. } =
        driver.service.store.job(&key).await.unwrap().unwrap()
    else {
        unreachable!()
    };
    if state != JobState::Done {
        return Err(format!("the export is {state:?} and no message is left"));
    }
    let file = ExportFile::of(&key.workspace_id, id, &work.spec);
    let kept = driver.kept.lock().unwrap();
    let bytes = kept.objects.get(&file.key()).ok_or("the file is not there")?;
    let sha256 = Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    if work.sha256.as_deref() != Some(sha256.as_str())
        || work.bytes != u64::try_from(bytes.len()).unwrap()
    {
        return Err(format!(
            "the file is not what the export says: {} bytes, {} said",
            bytes.len(),
            work.bytes
        ));
    }
    let mut text = Vec::new();
    match work.spec.compression {
        domain::job::Compression::Gzip => {
            let read = std::io::Read::read_to_end(
                &mut flate2::read::MultiGzDecoder::new(bytes.as_slice()),
                &mut text,
            );
            read.map_err(|error| format!("the file is no gzip file: {error}"))?;
        }
        domain::job::Compression::None => text.clone_from(bytes),
    }
    let expected: String = log
        .iter()
        .filter(|entry| ask.holds(entry))
        .map(|entry| serde_json::to_string(&entry.view(Plan::Basic)).unwrap() + "\n")
        .collect();
    let text = String::from_utf8(text).unwrap();
    if text.lines().map(|line| without_number(line) + "\n").collect::<String>() != expected {
        return Err(format!(
            "the file has {} lines, and the log {}",
            text.lines().count(),
            expected.lines().count()
        ));
    }
    if !kept.objects.contains_key(&file.manifest_key()) {
        return Err("the manifest is not there".to_owned());
    }
    Ok(())
}

/// A line of the file without the sequence number of its entry. The simulation checks the numbers.
fn without_number(line: &str) -> String {
    let number = serde_json::from_str::<serde_json::Value>(line).unwrap()["sequence"].as_u64();
    number.map_or_else(
        || line.to_owned(),
        |number| line.replacen(&format!("\"sequence\":{number},"), "", 1),
    )
}
