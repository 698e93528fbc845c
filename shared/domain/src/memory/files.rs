//! The files of exports in memory.

use super::script::{Call, Fate, Script, Scripted};
use crate::job::PartNumbers;
use crate::ports::{FileHead, ShareFile, StoreError, WriteFile};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest life of an address ("Sharing objects with presigned URLs", Amazon S3 user guide).
const MAX_LINK_LIFE: Duration = Duration::from_hours(7 * 24);

/// Files in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    stored: Arc<Mutex<Stored>>,
    script: Scripted,
}

#[derive(Debug, Default)]
struct Stored {
    objects: BTreeMap<String, Vec<u8>>,
    /// Uploads under way by key and id: the parts by number.
    uploads: BTreeMap<(String, String), BTreeMap<u16, Vec<u8>>>,
    uploads_begun: u64,
}

impl MemoryFiles {
    /// The same files through a handle whose calls this script decides on.
    #[must_use]
    pub fn scripted(&self, script: impl Script + 'static) -> Self {
        Self { script: Scripted::new(script), ..self.clone() }
    }

    /// The keys of all files that are whole.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T>(
        &self,
        call: Call,
        act: impl FnOnce(&mut Stored) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.script.decide(call, || 0) {
            Fate::FailBefore(failure) => Err(failure.error()),
            Fate::FailAfter(failure) => {
                let _lost = act(&mut self.lock());
                Err(failure.error())
            }
            _ => act(&mut self.lock()),
        }
    }
}

fn refused(what: &str) -> StoreError {
    StoreError::Refused(what.into())
}

impl WriteFile for MemoryFiles {
    async fn begin(&self, head: FileHead<'_>) -> Result<String, StoreError> {
        self.call(Call::BeginFile, |stored| {
            stored.uploads_begun += 1;
            let id = format!("upload-{}", stored.uploads_begun);
            stored.uploads.insert((head.key.to_owned(), id.clone()), BTreeMap::new());
            Ok(id)
        })
    }

    async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.call(Call::PutPart, |stored| {
            let upload = stored.uploads.get_mut(&(key.to_owned(), upload_id.to_owned()));
            let parts = upload.ok_or_else(|| refused("there is no such upload"))?;
            parts.insert(number, bytes);
            Ok(())
        })
    }

    async fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &PartNumbers,
        bytes: u64,
    ) -> Result<(), StoreError> {
        self.call(Call::CompleteFile, |stored| {
            let length = stored.objects.get(key).map(|file| u64::try_from(file.len()));
            if length == Some(Ok(bytes)) {
                return Ok(());
            }
            let upload = (key.to_owned(), upload_id.to_owned());
            let uploaded =
                stored.uploads.get(&upload).ok_or_else(|| refused("there is no such upload"))?;
            let wanted: Option<Vec<_>> = parts.iter().map(|number| uploaded.get(&number)).collect();
            let wanted = wanted.ok_or_else(|| refused("a part of the file is missing"))?;
            let file: Vec<u8> = wanted.into_iter().flatten().copied().collect();
            stored.uploads.remove(&upload);
            stored.objects.insert(key.to_owned(), file);
            Ok(())
        })
    }

    async fn put(&self, head: FileHead<'_>, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.call(Call::PutFile, |stored| {
            stored.objects.insert(head.key.to_owned(), bytes);
            Ok(())
        })
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        self.call(Call::GetFile, |stored| {
            stored.objects.get(key).cloned().ok_or_else(|| refused("there is no such file"))
        })
    }
}

impl ShareFile for MemoryFiles {
    /// An address of the form `memory://<key>?name=<name>&seconds=<life>`.
    async fn link(&self, head: FileHead<'_>, life: Duration) -> Result<String, StoreError> {
        self.call(Call::Link, |_| {
            if life > MAX_LINK_LIFE {
                return Err(refused("an address lives at most 7 days"));
            }
            Ok(format!("memory://{}?name={}&seconds={}", head.key, head.name, life.as_secs()))
        })
    }
}
