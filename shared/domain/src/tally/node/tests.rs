use super::*;
use proptest::prelude::*;

fn cell(action: &str, target_type: &str, days: Option<i64>) -> Cell {
    Cell {
        action: action.into(),
        target_type: target_type.into(),
        life_ms: days.map(|days| days * 86_400_000),
    }
}

fn hour() -> Period {
    Period::holding(Level::Hour, Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap())
}

/// Golden: counts have these bytes while a node's schema is 1.
#[test]
fn the_bytes_of_a_count_are_fixed() {
    let mut counted = Counted::nothing(hour().end());
    let id = |ms, digest| EntryId::new(hour().start().plus_ms(ms), digest);
    let invite = cell("member.invite", "member", Some(365));
    counted.push_entries((0..16).map(|n| (id(300, n), invite.clone())));
    counted.push_entries([
        (id(300, 16), invite),
        (id(2_000, 5), cell("settings.update", "settings", None)),
    ]);
    let bytes = counted.to_bytes(hour()).unwrap();
    let golden = "020d6d656d6265722e696e766974650f73657474696e67732e75706461746502066d656d626572\
                  0873657474696e67730200000180b089fbea0101010002ac02000100100001100200010101";
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden);
    assert_eq!(Counted::from_bytes(&bytes, hour(), counted.through).unwrap(), counted);
}

#[test]
fn a_busy_hour_stays_small_and_loses_nothing() {
    let mut counted = Counted::nothing(hour().end());
    let kinds = ["member.invite", "member.remove", "project.update", "settings.update"]
        .map(|action| cell(action, "member", Some(90)));
    let ids = (0..100_000_u32)
        .map(|n| EntryId::new(hour().start().plus_ms(i64::from(n) * 36), u128::from(n)));
    let entries = ids.zip(kinds.iter().cycle().cloned());
    counted.push_entries(entries);
    assert_eq!(counted.total(), 100_000);
    assert!(counted.parts.len() <= MAX_RUNS);
    assert!(counted.to_bytes(hour()).unwrap().len() < 8 * 1_024);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let _ = Counted::from_bytes(&bytes, hour(), hour().end());
    }

    #[test]
    fn spans_hold_every_id_once_and_nothing_is_between_them(
        ids in proptest::collection::btree_set((0_i64..3_600_000, 0_u128..3), 1..300),
    ) {
        let mut counted = Counted::nothing(hour().end());
        let id = |(ms, digest)| EntryId::new(hour().start().plus_ms(ms), digest);
        let ids: Vec<_> = ids.into_iter().map(id).collect();
        counted.push_entries(ids.iter().map(|id| (*id, cell("a", "b", None))));
        let spans: Vec<_> = counted.spans(Level::Hour).collect();
        for (span, part) in &spans {
            let inside = ids.iter().filter(|id| span.low <= **id && **id <= span.high).count();
            prop_assert_eq!(u64::try_from(inside).unwrap(), part.counts.total());
        }
        prop_assert!(spans.windows(2).all(|pair| pair[1].0.high < pair[0].0.low));
        let bytes = counted.to_bytes(hour()).unwrap();
        prop_assert_eq!(Counted::from_bytes(&bytes, hour(), hour().end()).unwrap(), counted);
    }

    #[test]
    fn a_part_of_a_longer_period_is_one_period_of_the_level_below(
        ms in proptest::collection::btree_set(0_i64..31_536_000_000, 1..40),
        level in proptest::sample::select(vec![Level::Year, Level::Month, Level::Day]),
    ) {
        let start = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        let (period, below) = (Period::holding(level, start), level.below().unwrap());
        let moments = ms.into_iter().map(|ms| start.plus_ms(ms));
        let parts: std::collections::BTreeSet<_> = moments
            .filter(|at| Period::holding(level, *at) == period)
            .map(|at| Period::holding(below, at))
            .collect();
        let mut counted = Counted::nothing(period.end());
        for part in &parts {
            counted.push(*part, [(cell("a", "b", Some(30)), 1)].into_iter().collect());
            counted.push(*part, Histogram::default());
        }
        let spans: Vec<_> = counted.spans(level).map(|(span, _)| span).collect();
        let expected: Vec<_> = parts.iter().rev().map(|part| part.span()).collect();
        prop_assert_eq!(spans, expected, "the newest first, and nothing for an empty part");
        let bytes = counted.to_bytes(period).unwrap();
        prop_assert_eq!(Counted::from_bytes(&bytes, period, period.end()).unwrap(), counted);
    }
}
