//! Owns the terms: the texts by whose beginnings an actor is found.

use super::ActorProfile;
use crate::entry::ActorKey;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// A text, folded, and the actor that is found by its beginnings.
pub type Term = (String, ActorKey);

/// The most characters of the text of a term. What follows is not searched.
pub const MAX_TERM_CHARS: usize = 64;
/// A name is found by the beginnings of so many of its words.
const MOST_WORDS: usize = 4;

/// A text as it is searched: in lower case, without accents and other marks, and with the forms of
/// a letter that look alike as one (NFKD). White space at its ends is left out, and other white
/// space is one space.
#[must_use]
pub fn folded(text: &str) -> String {
    let is_mark = |c: &char| {
        matches!(
            c.general_category(),
            GeneralCategory::NonspacingMark
                | GeneralCategory::EnclosingMark
                | GeneralCategory::Format
                | GeneralCategory::Control
        ) && !c.is_whitespace()
    };
    let plain: String = text.nfkd().filter(|c| !is_mark(c)).flat_map(char::to_lowercase).collect();
    // A letter in lower case may decompose again, as does that of a capital I with a dot.
    let plain: String = plain.nfkd().filter(|c| !is_mark(c)).collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    words.join(" ").chars().take(MAX_TERM_CHARS).collect()
}

/// The terms of an actor: its names from each of their first words on, its email addresses and its
/// id.
pub(super) fn of_actor(key: &ActorKey, profile: &ActorProfile) -> BTreeSet<String> {
    let names = profile.names.iter().flat_map(|name| of_name(name));
    let emails = profile.emails.iter().map(|email| folded(email));
    let terms = names.chain(emails).chain([folded(&key.id)]);
    terms.filter(|term| !term.is_empty()).collect()
}

fn of_name(name: &str) -> Vec<String> {
    let words: Vec<_> = name.split_whitespace().collect();
    let from = |first: usize| folded(&words.get(first..).unwrap_or_default().join(" "));
    (0..words.len().min(MOST_WORDS)).map(from).collect()
}

/// Whether one of the terms of an actor begins with what is searched for.
#[must_use]
pub fn is_found(key: &ActorKey, seen: &super::SeenActor<'_>, search: &str) -> bool {
    let names = seen.names.iter().flat_map(|name| of_name(name));
    let emails = seen.emails.iter().map(|email| folded(email));
    names.chain(emails).chain([folded(&key.id)]).any(|term| term.starts_with(search))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Sighting;
    use crate::entry::ActorType;
    use crate::memory::fixtures::{at, sighting};

    #[test]
    fn what_looks_alike_is_one_term() {
        for (text, term) in [
            ("Ada  Lovelace ", "ada lovelace"),
            ("JOS\u{c9}", "jose"),
            ("Jose\u{301}", "jose"),
            ("\u{ff21}\u{ff24}\u{ff21}", "ada"),
            ("\u{130}stanbul", "istanbul"),
            ("\u{3a9}mega", "\u{3c9}mega"),
            ("\u{200b}a\u{202e}b", "ab"),
            ("\t\u{a0}", ""),
            ("\u{5f20}\u{4f1f}", "\u{5f20}\u{4f1f}"),
        ] {
            assert_eq!(folded(text), term, "{text:?}");
            assert_eq!(folded(term), term, "folding again changes nothing");
        }
        assert_eq!(folded(&"\u{e9}x".repeat(99)), "ex".repeat(32));
    }

    #[test]
    fn an_actor_is_found_by_the_beginning_of_each_word_of_its_name() {
        let key = ActorKey { kind: ActorType::User, id: "Usr_1".to_owned() };
        let sighting = Sighting {
            name: Some("Ren\u{e9} van der Berg Jr. III".to_owned()),
            email: Some("R.Berg@Example.com".to_owned()),
            ..sighting(key.clone(), at("2026-11-22T14:05:06Z"), "a.b")
        };
        let profile = ActorProfile::of(&sighting);
        let terms: Vec<_> = of_actor(&key, &profile).into_iter().collect();
        let expected = [
            "berg jr. iii", "der berg jr. iii", "r.berg@example.com", "rene van der berg jr. iii",
            "usr_1", "van der berg jr. iii",
        ];
        assert_eq!(terms, expected);
        let seen = profile.seen_since(sighting.day()).unwrap();
        for (search, finds) in [("ber", true), ("rene v", true), ("usr", true), ("@ex", false)] {
            assert_eq!(is_found(&key, &seen, search), finds, "{search}");
        }
    }
}
