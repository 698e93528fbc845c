use super::*;

fn at() -> Timestamp {
    Timestamp::clamped(1_700_000_000_000)
}

/// An entry of every hour.
fn id(n: u32) -> EntryId {
    let digest = (u128::from(n) << 90) | u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    EntryId::new(at().plus_ms(-3_600_977 * i64::from(n)), digest)
}

fn stored(n: u32, kinds: u32) -> Numbered {
    let kind = Cell {
        action: format!("member.invite{}", n % kinds).into(),
        target_type: "member".into(),
        outcome: if n % kinds == 1 { Outcome::Denied } else { Outcome::Success },
    };
    Numbered { recorded_at: at().plus_ms(35), id: id(n), kind }
}

#[test]
fn a_hundred_entries_are_announced_by_three_markers_that_read_back() {
    let markers = Marker::of(at(), (1..=100).chain([7]).map(id));
    assert_eq!(markers.iter().map(|marker| marker.ids.len()).collect::<Vec<_>>(), [34, 34, 32]);
    for marker in markers {
        let bytes = marker.to_bytes().unwrap();
        assert!(bytes.len() <= 900, "{}: an item of one write unit", bytes.len());
        assert_eq!(Marker::from_bytes(at(), &bytes).unwrap(), marker);
    }
    assert!(Marker::from_bytes(at(), &[200]).is_err());
}

/// Keys and the names of attributes take some 130 bytes, and a write unit pays for 1,024.
#[test]
fn a_marker_that_confirms_entries_of_four_kinds_is_an_item_of_one_write_unit() {
    let marker = Marker::of(at(), (1..=34).map(id)).remove(0);
    let all = (1..=34).map(|n| (id(n), stored(n, 4))).collect();
    let marker = marker.confirming(&all);
    assert_eq!(marker.confirmed.len(), 34);
    let bytes = [marker.to_bytes().unwrap(), marker.confirmed_to_bytes().unwrap()];
    let total: usize = bytes.iter().map(Vec::len).sum();
    assert!(total <= 890, "{total}");
}

#[test]
fn what_a_marker_confirms_reads_back() {
    let marker = Marker::of(at(), (1..=5).map(id)).remove(0);
    let some = [2, 5, 9].map(|n| (id(n), stored(n, 2))).into();
    let confirming = marker.clone().confirming(&some);
    // The ids are in order, so the oldest comes first.
    assert_eq!(confirming.confirmed, [stored(5, 2), stored(2, 2)]);
    assert_eq!(confirming.place(), marker.place());
    let bytes = confirming.confirmed_to_bytes().unwrap();
    let read = |bytes: &[u8]| marker.clone().with_confirmed_bytes(bytes);
    assert_eq!(read(&bytes).unwrap(), confirming);
    let nothing = marker.confirmed_to_bytes().unwrap();
    assert_eq!(read(&nothing).unwrap(), marker);
    let shorter = Marker::of(at(), (1..=4).map(id)).remove(0);
    assert!(shorter.with_confirmed_bytes(&bytes).is_err());
    assert!(read(&bytes[..3]).is_err());
}
