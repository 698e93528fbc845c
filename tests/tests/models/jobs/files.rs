//! Files in memory that follow the rules of S3's multipart uploads: uploading a part again replaces
//! the earlier one, and completing an upload joins the parts as they are at that moment. Unlike in
//! S3, parts may be small.

use crate::jobs::fuse::Fuse;
use domain::job::PartNumbers;
use domain::ports::{FileHead, StoreError, WriteFile};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub(crate) struct Kept {
    uploads: BTreeMap<String, BTreeMap<u16, Vec<u8>>>,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// How many uploads were completed.
    pub(crate) completed: u32,
}

/// The files as one worker sees them.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) kept: Arc<Mutex<Kept>>,
    pub(crate) fuse: Fuse,
}

fn missing(what: &str) -> StoreError {
    StoreError::Refused(what.into())
}

impl WriteFile for Files {
    async fn begin(&self, head: FileHead<'_>) -> Result<String, StoreError> {
        let begin = async {
            let mut kept = self.kept.lock().unwrap();
            let id = format!("{}?{}", head.key, kept.uploads.len());
            kept.uploads.insert(id.clone(), BTreeMap::new());
            Ok(id)
        };
        self.fuse.call("begin an upload", begin).await
    }

    async fn put_part(
        &self,
        _: &str,
        upload_id: &str,
        number: u16,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        let put = async {
            let mut kept = self.kept.lock().unwrap();
            kept.uploads
                .get_mut(upload_id)
                .ok_or_else(|| missing("no such upload"))?
                .insert(number, bytes);
            Ok(())
        };
        self.fuse.call(&format!("put part {number}"), put).await
    }

    async fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &PartNumbers,
        bytes: u64,
    ) -> Result<(), StoreError> {
        let complete = async {
            let mut kept = self.kept.lock().unwrap();
            if kept
                .objects
                .get(key)
                .is_some_and(|there| u64::try_from(there.len()).unwrap() == bytes)
            {
                return Ok(());
            }
            let upload = kept.uploads.remove(upload_id).ok_or_else(|| missing("no such upload"))?;
            let file: Option<Vec<_>> = parts.iter().map(|number| upload.get(&number)).collect();
            let file = file
                .ok_or_else(|| missing("no such part"))?
                .into_iter()
                .flatten()
                .copied()
                .collect();
            kept.objects.insert(key.to_owned(), file);
            kept.completed += 1;
            Ok(())
        };
        self.fuse.call("put the file together", complete).await
    }

    async fn put(&self, head: FileHead<'_>, bytes: Vec<u8>) -> Result<(), StoreError> {
        let put = async {
            self.kept.lock().unwrap().objects.insert(head.key.to_owned(), bytes);
            Ok(())
        };
        self.fuse.call(&format!("put {}", head.name), put).await
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        let get = async {
            self.kept
                .lock()
                .unwrap()
                .objects
                .get(key)
                .cloned()
                .ok_or_else(|| missing("no such object"))
        };
        self.fuse.call("get what was carried", get).await
    }
}
