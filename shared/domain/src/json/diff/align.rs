//! Owns which elements of two arrays belong together. It does not compare what is in them further.

use super::super::Json;
use imara_diff::{Algorithm, Diff, InternedInput, Interner};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The members by which objects are told apart, in the order in which they are tried.
const IDENTITIES: [&str; 3] = ["id", "key", "name"];
/// The most pairs of objects that are compared for their likeness between two equal elements. It
/// bounds the work for objects without an identity: 16 on either side.
const MAX_COMPARED: usize = 256;

/// Elements that belong together, by their indexes. An element that only one array has is alone.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// Aligns the elements of two arrays. Both sides of the pairs ascend and are complete.
///
/// 1. If all elements are objects with an `id` that is a text or a number and is there once on each
///    side, equal ids belong together; else the same with `key`, then with `name`.
/// 2. Else equal elements belong together, as many as a longest common subsequence has. The search
///    is bounded ([`Algorithm::Myers`]): in long arrays with little in common, it may find a
///    shorter one.
/// 3. Between equal elements, objects with the most equal members belong together, then the others
///    in turn.
///
/// An element that was moved is removed at one place and added at another.
pub(super) fn align(old: &[Json], new: &[Json]) -> Vec<Pair> {
    if let Some((old, new)) = identities(old, new) {
        return pairs(&old, &new, |old, new, pairs| {
            pairs.extend(old.map(|index| (Some(index), None)));
            pairs.extend(new.map(|index| (None, Some(index))));
        });
    }
    let [old, new] = [old, new].map(|elements| elements.iter().collect::<Vec<_>>());
    pairs(&old, &new, |mut olds, mut news, pairs| {
        let of = |elements: &[_], range: &Range<usize>| {
            elements.get(range.clone()).unwrap_or_default().to_vec()
        };
        let (first_old, first_new) = (olds.start, news.start);
        for (row, column) in alike(&of(&old, &olds), &of(&new, &news)) {
            let (index, twin) = (first_old + row, first_new + column);
            in_turn(olds.start..index, news.start..twin, pairs);
            pairs.push((Some(index), Some(twin)));
            (olds.start, news.start) = (index + 1, twin + 1);
        }
        in_turn(olds, news, pairs);
    })
}

/// The identities of the elements of both arrays, if all elements have one.
fn identities<'a>(old: &'a [Json], new: &'a [Json]) -> Option<(Vec<&'a Json>, Vec<&'a Json>)> {
    IDENTITIES.iter().find_map(|name| Some((identified(old, name)?, identified(new, name)?)))
}

fn identified<'a>(elements: &'a [Json], name: &str) -> Option<Vec<&'a Json>> {
    let mut seen = HashSet::new();
    let identity = |element: &'a Json| {
        let (_, value) = members(element).find(|(key, _)| *key == name)?;
        let is_identity = matches!(value, Json::Text(_) | Json::Number(_)) && seen.insert(value);
        is_identity.then_some(value)
    };
    elements.iter().map(identity).collect()
}

/// Pairs the equal values of two sequences, and what lies between them by `between`.
fn pairs(
    old: &[&Json],
    new: &[&Json],
    between: impl Fn(Range<usize>, Range<usize>, &mut Vec<Pair>),
) -> Vec<Pair> {
    let interner = Interner::new(old.len() + new.len());
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner };
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    // No array has more elements than a `u32` can count.
    let index = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    let mut pairs = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for hunk in Diff::compute(Algorithm::Myers, &input).hunks() {
        let old = index(hunk.before.start)..index(hunk.before.end);
        let new = index(hunk.after.start)..index(hunk.after.end);
        in_turn(old_at..old.start, new_at..new.start, &mut pairs);
        (old_at, new_at) = (old.end, new.end);
        between(old, new, &mut pairs);
    }
    in_turn(old_at..old.len(), new_at..new.len(), &mut pairs);
    pairs
}

/// Pairs elements one by one. What one side has more stays alone.
fn in_turn(mut old: Range<usize>, mut new: Range<usize>, pairs: &mut Vec<Pair>) {
    loop {
        match (old.next(), new.next()) {
            (None, None) => break,
            pair => pairs.push(pair),
        }
    }
}

/// A choice of pairs, and how many members of them are equal.
#[derive(Clone, Default)]
struct Choice {
    equal_members: usize,
    pairs: Vec<(usize, usize)>,
}

/// Chooses pairs of objects so that as many of their members are equal as can be while both sides
/// ascend. Chooses none if there are too many to compare.
fn alike(old: &[&Json], new: &[&Json]) -> Vec<(usize, usize)> {
    if old.len() * new.len() > MAX_COMPARED {
        return Vec::new();
    }
    let new: Vec<HashMap<&str, &Json>> = new.iter().map(|new| members(new).collect()).collect();
    // The best choice for the old elements so far with none, one, and so on of the new ones.
    let mut best = vec![Choice::default(); new.len() + 1];
    for (row, old) in old.iter().enumerate() {
        let mut longer = vec![Choice::default()];
        for (column, (new, shorter)) in new.iter().zip(best.windows(2)).enumerate() {
            let [diagonal, above] = shorter else { continue };
            let equal = members(old).filter(|(key, value)| new.get(key) == Some(value)).count();
            let paired = diagonal.equal_members + equal;
            let left = longer.last().unwrap_or(above);
            let apart = if left.equal_members > above.equal_members { left } else { above };
            longer.push(if equal > 0 && paired > apart.equal_members {
                let pairs = diagonal.pairs.iter().copied().chain([(row, column)]).collect();
                Choice { equal_members: paired, pairs }
            } else {
                apart.clone()
            });
        }
        best = longer;
    }
    best.pop().unwrap_or_default().pairs
}

/// The members of an object. Any other value has no members.
fn members(value: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let members = if let Json::Object(members) = value { members.as_slice() } else { &[] };
    members.iter().map(|(key, value)| (key.as_str(), value))
}
