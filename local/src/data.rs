//! Owns the data directory: which files in it are this program's, and that one process uses them.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const DATABASE: &str = "dynamodb.sqlite";
const KEY: &str = "demo-key";
const OBJECTS: &str = "objects";
const LOCK: &str = "lock";

/// Why the directory cannot be used. Nothing in it is changed then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// Another process has the lock.
    #[error("another process uses {0}; stop it, or choose another directory with --data")]
    InUse(String),
    /// `--fresh` would leave, or delete, what is not ours.
    #[error(
        "{directory} has files that are not of this program, for example {name}, so --fresh \
         deletes nothing there; choose another directory with --data"
    )]
    Foreign {
        /// The directory.
        directory: String,
        /// One of the files.
        name: String,
    },
    /// The file system refuses.
    #[error("the data directory {0} cannot be used")]
    Unusable(String, #[source] io::Error),
}

/// The data directory. No other process opens it while this value lives.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Creates the directory if it does not exist, and locks it. With `is_fresh`, deletes the files
    /// of this program in it.
    ///
    /// # Errors
    /// [`DataError`]
    pub(crate) fn open(path: &Path, is_fresh: bool) -> Result<Self, DataError> {
        let name = || path.display().to_string();
        let unusable = |error| DataError::Unusable(name(), error);
        if is_fresh && path.exists() {
            refuse_foreign(path)?;
        }
        fs::create_dir_all(path).map_err(unusable)?;
        // The lock is the open file's and ends with the process, however it ends. The file stays.
        let lock = File::create(path.join(LOCK)).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => DataError::InUse(name()),
            TryLockError::Error(error) => unusable(error),
        })?;
        if is_fresh {
            delete_own(path).map_err(unusable)?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The directory itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the embedded DynamoDB.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The file with the demo key.
    pub(crate) fn key(&self) -> PathBuf {
        self.path.join(KEY)
    }

    /// The directory of the embedded S3.
    pub(crate) fn objects(&self) -> PathBuf {
        self.path.join(OBJECTS)
    }
}

/// Whether a name in the directory is this program's. SQLite keeps files beside its database whose
/// names begin with the database's (sqlite.org, "Temporary files used by SQLite").
fn is_own(name: &str) -> bool {
    [KEY, OBJECTS, LOCK].contains(&name) || name.starts_with(DATABASE)
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<fs::DirEntry>| {
        entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
    };
    fs::read_dir(path)?.map(name).collect()
}

fn refuse_foreign(path: &Path) -> Result<(), DataError> {
    let directory = path.display().to_string();
    let names = names(path).map_err(|error| DataError::Unusable(directory.clone(), error))?;
    match names.into_iter().find(|name| !is_own(name)) {
        Some(name) => Err(DataError::Foreign { directory, name }),
        None => Ok(()),
    }
}

fn delete_own(path: &Path) -> io::Result<()> {
    for name in names(path)?.into_iter().filter(|name| is_own(name) && name != LOCK) {
        let file = path.join(name);
        if file.is_dir() { fs::remove_dir_all(file)? } else { fs::remove_file(file)? }
    }
    Ok(())
}
