//! The reminder over the store in memory, against a plain list.

use super::*;
use crate::memory::fixtures::{at, entry, workspace};
use crate::memory::{MemoryStore, finish};
use crate::plan::{GraceDays, Plan};
use proptest::prelude::*;
use std::time::Duration;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_expires_soon_is_what_a_plain_list_says(
        days in proptest::collection::vec((0_i64..400, 0_i64..86_400_000), 0..60),
        plan in proptest::sample::select(Plan::ALL.to_vec()),
        changed in proptest::option::of(proptest::sample::select(Plan::ALL.to_vec())),
        hour in 0_i64..24,
        is_swept in any::<bool>(),
    ) {
        let now = at("2026-11-22T00:00:00Z").plus_ms(hour * 3_600_000);
        let before = workspace("ws_a", plan, now.plus_days(-1));
        let grace = GraceDays::default();
        let change = |plan| before.with_plan(plan, now, grace);
        let workspace = changed.map_or(before.clone(), change);
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        let entries: Vec<_> = (0_u32..)
            .zip(&days)
            .map(|(n, (days, ms))| entry(&workspace, now.plus_days(-days).plus_ms(-ms), n))
            .collect();
        store.load_by(&workspace, &entries);
        if is_swept {
            store.delete_expired(now);
        }
        let budget = Budget::new(f64::MAX, Duration::from_mins(1));
        let found = finish(expiring(&store, &workspace, now, budget)).unwrap();
        let visible = entries.iter().filter(|entry| entry.is_visible(&workspace, now));
        let ends = visible.filter_map(|entry| workspace.plan.expires_at(entry.content.occurred_at));
        let ends: Vec<_> = ends.collect();
        let within = |days| {
            u64::try_from(ends.iter().filter(|end| **end <= now.plus_days(days)).count()).unwrap()
        };
        let first = ends.iter().copied().min().filter(|end| *end <= now.plus_days(FAR_DAYS));
        prop_assert_eq!(found, Expiring {
            within_7_days: within(NEAR_DAYS),
            within_30_days: within(FAR_DAYS),
            first_expires_at: first,
            is_exact: true,
        });
    }
}
