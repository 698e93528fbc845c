//! Signs the addresses from which the file of a finished export can be fetched.

use crate::job::ExportFile;
use crate::ports::{FileHead, ShareFile, StoreError};
use crate::timestamp::Timestamp;
use std::time::Duration;

/// How long an address is valid.
const LINK_LIFE: Duration = Duration::from_mins(10);

/// The addresses of a finished export.
#[derive(Debug)]
pub struct Links {
    /// The address of the file.
    pub url: String,
    /// The address of the manifest.
    pub manifest_url: String,
    /// When both addresses expire.
    pub expires_at: Timestamp,
}

/// Signs the addresses of an export's file and manifest. `now` must be read before the call, so
/// that the addresses are valid for at least as long as they say.
///
/// # Errors
/// When an address cannot be signed.
pub async fn links<F: ShareFile>(
    files: &F,
    file: &ExportFile,
    now: Timestamp,
) -> Result<Links, StoreError> {
    let (key, manifest) = (file.key(), file.manifest_key());
    let file = FileHead { key: &key, name: &file.name, media_type: file.media_type };
    let manifest =
        FileHead { key: &manifest, name: "manifest.json", media_type: "application/json" };
    Ok(Links {
        url: files.link(file, LINK_LIFE).await?,
        manifest_url: files.link(manifest, LINK_LIFE).await?,
        expires_at: now.plus_ms(i64::try_from(LINK_LIFE.as_millis()).unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;
    use crate::identity::EntryId;
    use crate::job::{
        Compression, ExportSpec, ExportWork, FileFormat, Job, JobKey, JobName, JobState,
        RetentionWork, Work,
    };
    use crate::memory::fixtures::{actor, at};
    use crate::memory::{Failure, Fate, MemoryFiles, finish};
    use crate::plan::Plan;
    use crate::workspace::WorkspaceId;

    fn noon() -> Timestamp {
        at("2026-11-22T12:00:00Z")
    }

    fn job(name: JobName, work: Work) -> Job {
        let key = JobKey { workspace_id: WorkspaceId::parse("ws_a").unwrap(), name };
        Job::new(key, 0, work.clone(), noon()).closed(JobState::Done, work, noon(), 7)
    }

    fn export() -> Job {
        let spec = ExportSpec {
            format: FileFormat::Csv,
            bom: false,
            compression: Compression::Gzip,
            filter: Filter::default(),
            as_of: noon(),
            requested_by: actor("u_1"),
            rows_expected: None,
        };
        let name = JobName::Export(EntryId::new(noon(), 7));
        job(name, Work::Export(Box::new(ExportWork::new(spec))))
    }

    fn file() -> ExportFile {
        ExportFile::of_job(&export()).unwrap()
    }

    #[test]
    fn a_file_and_its_manifest_can_be_fetched_for_ten_minutes() {
        let links = finish(links(&MemoryFiles::default(), &file(), noon())).unwrap();
        let folder = "memory://exports/ws_a/20261122T120000.000Z-00000000000000000000000000000007";
        let file = "audit-log-ws_a-20261122T120000Z.csv.gz";
        assert_eq!(links.url, format!("{folder}/{file}?name={file}&seconds=600"));
        let manifest = format!("{folder}/manifest.json?name=manifest.json&seconds=600");
        assert_eq!(links.manifest_url, manifest);
        assert_eq!(links.expires_at, noon().plus_ms(600_000));
    }

    #[test]
    fn what_is_no_export_has_no_file_and_what_cannot_be_signed_is_an_error() {
        let retention = Work::Retention(RetentionWork::new(Plan::Free));
        for job in [
            job(JobName::Retention, retention.clone()),
            job(JobName::Export(EntryId::LAST), retention),
            job(JobName::Retention, export().work),
        ] {
            assert_eq!(ExportFile::of_job(&job), None);
        }
        for failed in 0..2 {
            let files = MemoryFiles::default().scripted(move |asked| match asked.number {
                number if number == failed => Fate::FailBefore(Failure::Unavailable),
                _ => Fate::Pass,
            });
            let outcome = finish(links(&files, &file(), noon()));
            assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
        }
    }
}
