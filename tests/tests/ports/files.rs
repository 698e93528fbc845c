//! The files of exports: over S3 and in memory.

use aws::s3::S3Files;
use domain::job::PartNumbers;
use domain::memory::MemoryFiles;
use domain::ports::{FileHead, StoreError, WriteFile};
use local::objects::{self, Objects};
use tempfile::TempDir;
use tokio::net::TcpListener;

const KEY: &str = "exports/ws_a/file";
const HEAD: FileHead<'_> = FileHead { key: KEY, name: "file.csv", media_type: "text/csv" };

fn parts(numbers: &[u16]) -> PartNumbers {
    let mut parts = PartNumbers::default();
    for number in numbers {
        parts.push(*number);
    }
    parts
}

/// Writes a file in parts, with mistakes in between, and returns each answer in order.
async fn play(files: &impl WriteFile) -> Vec<String> {
    let shown = |answer: Result<(), StoreError>| {
        answer.map_or_else(|error| error.to_string(), |()| "done".to_owned())
    };
    let mut answers = Vec::new();
    let missing = files.get(KEY).await;
    answers.push(shown(missing.map(drop)));
    let upload = files.begin(HEAD).await.unwrap();
    let large = vec![7; 5 * 1_024 * 1_024];
    for (number, bytes) in [(1, large.clone()), (2, large.clone()), (4, b"end".to_vec())] {
        answers.push(shown(files.put_part(KEY, &upload, number, bytes).await));
    }
    // Another attempt uploads the same number again. The later part counts.
    answers.push(shown(files.put_part(KEY, &upload, 4, b"END".to_vec()).await));
    let bytes = u64::try_from(large.len() + 3).unwrap();
    answers.push(shown(files.complete(KEY, &upload, &parts(&[1, 3]), bytes).await));
    answers.push(shown(files.complete(KEY, &upload, &parts(&[1, 4]), bytes).await));
    answers.push(shown(files.complete(KEY, &upload, &parts(&[1, 4]), bytes).await));
    answers.push(shown(files.complete(KEY, &upload, &parts(&[1, 4]), bytes + 1).await));
    answers.push(shown(files.put_part(KEY, &upload, 5, b"late".to_vec()).await));
    let file = files.get(KEY).await.unwrap();
    answers.push(format!("{} bytes, {:?}", file.len(), &file[large.len()..]));
    answers.push(shown(files.put(HEAD, b"small".to_vec()).await));
    answers.push(format!("{:?}", files.get(KEY).await.unwrap()));
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_memory_answer_as_files_in_s3() {
    let folder = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let objects = Objects::start(folder.path(), listener).unwrap();
    let in_s3 = S3Files::new(objects::client(&objects.endpoint), objects::BUCKET.to_owned());
    assert_eq!(play(&MemoryFiles::default()).await, play(&in_s3).await);
}
