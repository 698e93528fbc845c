use super::*;
use proptest::prelude::*;

fn cell(action: &str, target_type: &str) -> Cell {
    let outcome = if action == "settings.update" { Outcome::Denied } else { Outcome::Success };
    Cell { action: action.into(), target_type: target_type.into(), outcome }
}

fn hour() -> Period {
    Period::holding(Level::Hour, Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap())
}

fn id(ms: i64, digest: u128) -> EntryId {
    EntryId::new(hour().start().plus_ms(ms), digest)
}

/// Entries with the numbers from `first` on.
fn numbered(
    first: u64,
    ids: impl IntoIterator<Item = EntryId>,
) -> impl Iterator<Item = (u64, EntryId, Cell)> {
    let mut ids: Vec<_> = (first..).zip(ids).collect();
    ids.sort_by_key(|(_, id)| *id);
    ids.into_iter().map(|(number, id)| (number, id, cell("a", "b")))
}

/// Golden: counts have these bytes while a node's schema is 3.
#[test]
fn the_bytes_of_a_count_are_fixed() {
    let invite = cell("member.invite", "member");
    let first = (0..16).map(|n| (n, id(300, u128::from(n)), invite.clone()));
    let more = [
        (16, id(300, 16), invite.clone()),
        (17, id(2_000, 5), cell("settings.update", "settings")),
    ];
    let node = Node::empty(hour()).folded(first.chain(more), 18);
    let bytes = node.counted.to_bytes(hour()).unwrap();
    let golden = "020d6d656d6265722e696e766974650f73657474696e67732e75706461746502066d656d626572\
                  0873657474696e67730200000001010202ac02\
                  000100100001000000000000000000000000000000100200010101\
                  01d00f00000000000000000000000000000005";
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden);
    assert_eq!(Counted::from_bytes(&bytes, hour()).unwrap(), node.counted);
}

#[test]
fn a_busy_hour_stays_small_and_loses_nothing() {
    let kinds = ["member.invite", "member.remove", "project.update", "settings.update"]
        .map(|action| cell(action, "member"));
    let entries = (0..100_000_u32)
        .map(|n| (u64::from(n), id(i64::from(n) * 36, u128::from(n))))
        .zip(kinds.iter().cycle().cloned())
        .map(|((number, id), cell)| (number, id, cell));
    let node = Node::empty(hour()).folded(entries, 100_000);
    assert_eq!(node.counted.total(), 100_000);
    assert!(node.counted.parts.len() <= MAX_RUNS);
    assert!(node.counted.to_bytes(hour()).unwrap().len() < 8 * 1_024);
}

#[test]
fn what_is_folded_already_is_not_added_again() {
    let ids = (0..10).map(|n| id(n, 1));
    let node = Node::empty(hour()).folded(numbered(0, ids.clone()), 7);
    assert_eq!((node.counted.total(), node.through), (10, 7), "the caller says how far it folds");
    let again = node.clone().folded(numbered(0, ids), 12);
    assert_eq!((again.counted.total(), again.through), (13, 12), "7, 8 and 9 are new to it");
    assert_eq!(again.clone().folded([], 5).through, 12, "it never moves back");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let _ = Counted::from_bytes(&bytes, hour());
    }

    /// However the entries of an hour come, in whatever portions, each lies in the span of the run
    /// that counts it, and nothing lies between two runs.
    #[test]
    fn spans_hold_every_id_once_and_nothing_is_between_them(
        portions in proptest::collection::vec(
            proptest::collection::btree_set((0_i64..3_600_000, 0_u128..3), 0..60), 1..8),
    ) {
        let (mut node, mut ids) = (Node::empty(hour()), std::collections::BTreeSet::new());
        for portion in portions {
            let new: Vec<_> =
                portion
                .into_iter()
                .map(|(ms, digest)| id(ms, digest))
                .filter(|id| ids.insert(*id))
                .collect();
            let (first, count) = (node.through, u64::try_from(new.len()).unwrap());
            node = node.folded(numbered(first, new), first + count);
        }
        let spans: Vec<_> = node.counted.spans(Level::Hour).collect();
        let counted: u64 = spans.iter().map(|(_, part)| part.counts.total()).sum();
        prop_assert_eq!(counted, u64::try_from(ids.len()).unwrap());
        for (span, part) in &spans {
            let inside = ids.iter().filter(|id| span.low <= **id && **id <= span.high).count();
            prop_assert_eq!(u64::try_from(inside).unwrap(), part.counts.total());
        }
        prop_assert!(spans.windows(2).all(|pair| pair[1].0.high < pair[0].0.low));
        let bytes = node.counted.to_bytes(hour()).unwrap();
        prop_assert_eq!(Counted::from_bytes(&bytes, hour()).unwrap(), node.counted);
    }

    #[test]
    fn a_part_of_a_longer_period_is_one_period_of_the_level_below(
        ms in proptest::collection::vec(0_i64..31_536_000_000, 1..40),
        level in proptest::sample::select(vec![Level::Year, Level::Month, Level::Day]),
    ) {
        let start = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        let (period, below) = (Period::holding(level, start), level.below().unwrap());
        let moments: Vec<_> = ms
            .into_iter()
            .map(|ms| start.plus_ms(ms))
            .filter(|at| Period::holding(level, *at) == period)
            .collect();
        let entry = |(number, at): (u64, &Timestamp)| {
            (number, EntryId::first_of(*at), cell("a", "b"))
        };
        let entries = (0..).zip(&moments).map(entry);
        let node = Node::empty(period).folded(entries, 99);
        let parts: std::collections::BTreeSet<_> =
            moments.iter().map(|at| Period::holding(below, *at)).collect();
        let spans: Vec<_> = node.counted.spans(level).map(|(span, _)| span).collect();
        let expected: Vec<_> = parts.iter().rev().map(|part| part.span()).collect();
        prop_assert_eq!(spans, expected, "the newest first, and nothing for an empty part");
        prop_assert_eq!(node.counted.total(), u64::try_from(moments.len()).unwrap());
        let bytes = node.counted.to_bytes(period).unwrap();
        prop_assert_eq!(Counted::from_bytes(&bytes, period).unwrap(), node.counted);
    }
}
