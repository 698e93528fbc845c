//! Runs a target over its seeds, and over mutations of them that are the same in every run.

use crate::Target;
use fastrand::Rng;
use std::fs;
use std::path::Path;

/// Pieces that are put into inputs. Each has a meaning in one of the formats.
const PIECES: [&[u8]; 40] = [
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\\u0001",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"1e999",
    b"-0",
    b"1.0",
    b"0",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    "\u{202e}".as_bytes(),
    "\u{1f600}".as_bytes(),
    b"\r\n",
    b" ",
    b"%",
    b"%00",
    b"%2e%2e",
    b"&",
    b"=",
    b"+",
    b"/",
    b"~1",
    b"#",
    b"_",
    b"Bearer ",
    b"99999999999999999999",
    b"20261122T120000.000Z-",
    b"[[[[[[[[[[[[[[[[",
    b"\"a\":1,",
    b"9999-12-31T23:59:59.999Z",
];
/// The most bytes of an input.
const MAX_BYTES: usize = 16 * 1024;
/// The most mutations of one input.
const MAX_CHANGES: usize = 4;

/// How many inputs a target was run over, and how many of them got past validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// Seeds and their mutations.
    pub inputs: usize,
    /// Those that got past validation.
    pub through: usize,
}

/// Runs a target over all of its seeds, and over this many mutations of them.
///
/// # Panics
/// When something does not hold for one of them. The message has the input.
#[must_use]
pub fn replay(target: &Target, changes: usize) -> Played {
    let seeds = seeds(target.name);
    let mut random = Rng::with_seed(u64::from(target.name.bytes().map(u32::from).sum::<u32>()));
    let mut played = Played { inputs: 0, through: 0 };
    let mutated = (0..changes).map(|_| changed(&seeds, &mut random)).collect::<Vec<_>>();
    for input in seeds.iter().chain(&mutated) {
        let ran = std::panic::catch_unwind(|| target.run(input));
        let Ok(through) = ran else {
            panic!("{}: {:?}", target.name, String::from_utf8_lossy(input))
        };
        played.inputs += 1;
        played.through += usize::from(through);
    }
    played
}

/// The seeds of a target, in the order of their names. The targets `event` and `stream` also use
/// the events in `events/`.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = files(&fuzz.join("seeds").join(name));
    let events = fuzz.join("../../events");
    match name {
        "event" => seeds.extend(files(&events)),
        "stream" => ["jobs", "streams"].iter().for_each(|folder| {
            seeds.extend(files(&events.join(folder)));
        }),
        _ => {}
    }
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

/// The files of a folder by name.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A random seed with some mutations.
fn changed(seeds: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut input = random.choice(seeds).unwrap().clone();
    for _ in 0..=random.usize(..MAX_CHANGES) {
        change(&mut input, seeds, random);
        input.truncate(MAX_BYTES);
    }
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Rng) {
    let start = random.usize(..=input.len());
    let end = input.len().min(start + 1 + random.usize(..32));
    let piece = match random.u8(..8) {
        // A random byte, or a random digit or letter, which often leaves a text well-formed.
        0 => vec![random.u8(..)],
        1 | 2 => vec![random.alphanumeric().try_into().unwrap_or(b'0')],
        3 | 4 => random.choice(PIECES).unwrap().to_vec(),
        5 => input[start..end].repeat(1 + random.usize(..3)),
        6 => Vec::new(),
        _ => {
            let other = random.choice(seeds).unwrap();
            let from = random.usize(..=other.len());
            other[from..other.len().min(from + 64)].to_vec()
        }
    };
    // The piece is inserted, or it replaces as many bytes, or it replaces the chosen range.
    let until = match random.u8(..3) {
        0 if !piece.is_empty() => start,
        1 => input.len().min(start + piece.len().max(1)),
        _ => end,
    };
    input.splice(start..until, piece);
}
