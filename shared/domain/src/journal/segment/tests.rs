use super::*;
use proptest::prelude::*;

fn kind(n: u8) -> Cell {
    let (action, target_type) = [("a.b", "x"), ("a.b", "y"), ("c.d", "x")][usize::from(n % 3)];
    let outcome = Outcome::ALL[usize::from(n / 3 % 3)];
    Cell { action: action.into(), target_type: target_type.into(), outcome }
}

fn segment(from_ms: i64, entries: &[(u16, i32, u128, u8)]) -> Segment {
    let (from, mut recorded_at) = (Timestamp::clamped(from_ms), Timestamp::clamped(from_ms));
    let entries = entries.iter().map(|(since, happened, digest, of)| {
        recorded_at = recorded_at.plus_ms(i64::from(*since));
        let id = EntryId::new(recorded_at.plus_ms(i64::from(*happened)), *digest);
        Numbered { recorded_at, id, kind: kind(*of) }
    });
    let entries: Vec<_> = entries.collect();
    Segment { from, through: recorded_at.plus_ms(1), first: 7, entries }
}

/// Golden: segments have this shape while the schema is 2.
#[test]
fn the_bytes_are_fixed() {
    let segment = segment(1_700_000_000_000, &[(5, -3, 1, 0), (1, 40, 2, 8)]);
    assert_eq!(
        data_encoding::HEXLOWER.encode(&segment.to_bytes().unwrap()),
        "0203612e6203632e64010178020000000100020\
         20a050000000000000000000000000000000100025000000000000000000000000000000002\
         01"
        .replace([' ', '\n'], "")
    );
}

#[test]
fn a_full_segment_is_read_for_the_price_of_four_kilobytes() {
    let count = u8::try_from(SEGMENT_ENTRIES).unwrap();
    let entries: Vec<_> =
        (0..count).map(|n| (900, -800, u128::MAX - u128::from(n), n % 3)).collect();
    let bytes = segment(1_700_000_000_000, &entries).to_bytes().unwrap();
    assert!(bytes.len() <= 3_700, "{}", bytes.len());
}

proptest! {
    #[test]
    fn bytes_read_back(
        from_ms in Timestamp::MIN.ms()..1_700_000_000_000,
        entries in prop::collection::vec(
            (0..5_000_u16, -100_000..100_000_i32, any::<u128>(), any::<u8>()), 0..40),
    ) {
        let segment = segment(from_ms, &entries);
        let bytes = segment.to_bytes().unwrap();
        let Segment { from, through, first, .. } = segment;
        let read = Segment::from_bytes(from, through, first, &bytes).unwrap();
        prop_assert_eq!(&read, &segment);
        for (number, entry) in segment.numbered() {
            prop_assert!(segment.number_of(entry.id).unwrap() <= number);
        }
    }

    #[test]
    fn other_bytes_are_refused_or_read_as_some_segment(
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let _ = Segment::from_bytes(Timestamp::MIN, Timestamp::MAX, 0, &bytes);
    }
}
