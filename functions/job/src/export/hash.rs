//! Keeps SHA-256 of an export's file across chunks: its state is stored with the checkpoint.

use crate::error::StepError;
use data_encoding::HEXLOWER;
use digest::common::hazmat::{SerializableState, SerializedState};
use domain::job::ExportWork;
use sha2::{Digest, Sha256};

/// Adds written bytes to the length and the hash of the file. `is_end` says that they are the last,
/// and then the hash is that of the file.
pub(super) fn note_bytes(
    work: &mut ExportWork,
    bytes: &[u8],
    is_end: bool,
) -> Result<(), StepError> {
    let mut hash =
        if work.sha256_state.is_empty() { Sha256::new() } else { hash_of(&work.sha256_state)? };
    hash.update(bytes);
    work.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    work.sha256_state = HEXLOWER.encode(&hash.serialize());
    if is_end {
        work.sha256 = Some(HEXLOWER.encode(&hash.finalize()));
    }
    Ok(())
}

fn hash_of(state: &str) -> Result<Sha256, StepError> {
    let read = || {
        let bytes = HEXLOWER.decode(state.as_bytes()).ok()?;
        let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).ok()?;
        Sha256::deserialize(&state).ok()
    };
    read().ok_or(StepError::Inconsistent("its SHA-256 state cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::export_work;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_hash_like_the_whole(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6),
        ) {
            let mut work = export_work();
            for (number, bytes) in chunks.iter().enumerate() {
                note_bytes(&mut work, bytes, number + 1 == chunks.len()).unwrap();
            }
            let whole = chunks.concat();
            prop_assert_eq!(work.sha256, Some(HEXLOWER.encode(&Sha256::digest(&whole))));
            prop_assert_eq!(work.bytes, u64::try_from(whole.len()).unwrap());
        }
    }

    #[test]
    fn a_state_that_is_none_is_refused() {
        for state in ["x", "00", "00ff"] {
            let mut work = ExportWork { sha256_state: state.into(), ..export_work() };
            assert!(note_bytes(&mut work, b"", false).is_err(), "{state}");
        }
    }
}
