//! Which credentials are read from the store, and which clients can and cannot use up the rate of
//! these reads.

use super::*;
use domain::memory::{Call, Fate, MemoryStore, finish};
use domain::ports::{OperateCredentials, WriteControl};
use std::sync::atomic::{AtomicUsize, Ordering};

const RATES: Rates = Rates::OF_AN_INSTANCE;
/// What the buckets of guesses hold: what their rates give in 2 seconds.
const OF_ONE_ADDRESS: usize = 4;
const OF_ALL: usize = 40;

/// A store that counts how often credentials are read, and one instance.
struct World {
    store: MemoryStore,
    counting: MemoryStore,
    reads: Arc<AtomicUsize>,
    admission: Admission,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::clamped(1_800_000_000_000 + ms)
}

#[expect(clippy::unnecessary_wraps, reason = "a request may have no address")]
fn address(number: u32) -> Option<IpAddr> {
    Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number)))
}

fn request(token: &Token, source: Option<IpAddr>) -> Request {
    let headers = [("authorization".to_owned(), format!("Bearer {}", token.text()))];
    Request { headers: headers.into(), source, ..Request::default() }
}

impl World {
    fn new() -> Self {
        let (store, reads) = (MemoryStore::new(), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&reads);
        let counting = store.scripted(move |asked| {
            counter.fetch_add(usize::from(asked.call == Call::GetCredential), Ordering::SeqCst);
            Fate::Pass
        });
        Self { store, counting, reads, admission: Admission::default() }
    }

    /// Stores the credential of a token.
    fn put(&self, token: &Token, issued_by: Option<&Token>) {
        let credential = Credential {
            issued_by: issued_by.map(|token| token.key_id().clone()),
            ..Credential::of(token, Vec::new(), at(0))
        };
        finish(self.store.put_credential(&credential, None)).unwrap();
    }

    fn key(&self) -> Token {
        let token = Token::random().unwrap();
        self.put(&token, None);
        token
    }

    fn revoke(&self, token: &Token, now: Timestamp) {
        finish(self.store.revoke(token.key_id(), now)).unwrap();
    }

    /// The outcome of a request.
    fn ask(
        &self,
        token: &Token,
        source: Option<IpAddr>,
        check: Check,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let request = request(token, source);
        let asked = self.admission.credential(&self.counting, &RATES, &request, check, now);
        finish(asked).map(drop)
    }

    fn read(&self, token: &Token, now: Timestamp) -> Result<(), ApiError> {
        self.ask(token, address(1), Check::Remembered, now)
    }

    /// The reads since the last time.
    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
    }

    /// Sends so many tokens that nobody knows, and counts the answers 401 and 429.
    fn guess(&self, count: usize, source: Option<IpAddr>, now: Timestamp) -> (usize, usize) {
        let (mut refused, mut too_fast) = (0, 0);
        for _ in 0..count {
            match self.ask(&Token::random().unwrap(), source, Check::Remembered, now) {
                Err(ApiError::Unauthenticated) => refused += 1,
                Err(ApiError::TooFast(1)) => too_fast += 1,
                other => panic!("{other:?}"),
            }
        }
        (refused, too_fast)
    }
}

#[test]
fn an_unknown_key_is_looked_for_once_in_a_minute() {
    let (world, token) = (World::new(), Token::random().unwrap());
    for now in [0, 1, 59_999] {
        assert_eq!(world.read(&token, at(now)), Err(ApiError::Unauthenticated));
    }
    assert_eq!(world.reads(), 1);
    world.put(&token, None);
    assert_eq!(world.read(&token, at(59_999)), Err(ApiError::Unauthenticated), "tried too early");
    assert_eq!(world.read(&token, at(60_000)), Ok(()), "a minute later it works");
    assert_eq!(world.reads(), 1);
}

#[test]
fn guesses_from_one_address_are_read_at_the_rate_of_one_address() {
    let world = World::new();
    assert_eq!(world.guess(1_000, address(1), at(0)), (OF_ONE_ADDRESS, 1_000 - OF_ONE_ADDRESS));
    assert_eq!(world.reads(), OF_ONE_ADDRESS);
    assert_eq!(world.guess(10, address(1), at(1_000)), (2, 8), "2 a second");
    assert_eq!(world.guess(4, address(2), at(1_000)), (4, 0), "another has its own");
    assert_eq!(world.guess(14, None, at(1_000)), (OF_ONE_ADDRESS, 10), "no address is one, too");
}

#[test]
fn guesses_from_all_addresses_are_read_at_the_rate_of_all() {
    let world = World::new();
    let refused: usize = (0..1_000).map(|n| world.guess(1, address(n), at(0)).0).sum();
    assert_eq!((refused, world.reads()), (OF_ALL, OF_ALL));
    let refused: usize = (0..1_000).map(|n| world.guess(1, address(n), at(1_000)).0).sum();
    assert_eq!((refused, world.reads()), (20, 20), "20 a second");
}

#[test]
fn guesses_do_not_keep_out_a_key_that_was_met_before() {
    let world = World::new();
    let (met, new) = (world.key(), world.key());
    assert_eq!(world.read(&met, at(0)), Ok(()));
    for ms in [0, 59_000, 60_000, 600_000] {
        world.guess(OF_ONE_ADDRESS + 1, address(1), at(ms));
        for n in 2..300 {
            world.guess(1, address(n), at(ms));
        }
        assert_eq!(world.read(&met, at(ms)), Ok(()), "{ms}: from the guesser's address");
        assert_eq!(world.read(&new, at(ms)), Err(ApiError::TooFast(1)), "{ms}");
    }
}

#[test]
fn a_right_token_is_no_guess_and_a_wrong_secret_is_one() {
    let world = World::new();
    for _ in 0..3 * OF_ALL {
        assert_eq!(world.read(&world.key(), at(0)), Ok(()));
    }
    let wrong = |token: &Token| {
        let (text, other) = (token.text(), Token::random().unwrap().text());
        let mut parts: Vec<_> = text.split('_').collect();
        parts[2] = other.split('_').nth(2).unwrap();
        let start = parts[..3].join("_");
        Token::parse(&format!("{start}_{:08x}", crc32(start.as_bytes()))).unwrap()
    };
    let keys: Vec<_> = (0..OF_ONE_ADDRESS).map(|_| world.key()).collect();
    world.reads();
    for key in &keys {
        for _ in 0..3 {
            assert_eq!(world.read(&wrong(key), at(1)), Err(ApiError::Unauthenticated));
        }
    }
    assert_eq!(world.reads(), OF_ONE_ADDRESS, "each key is read once, whatever the secret");
    assert_eq!(world.guess(1, address(1), at(1)), (0, 1));
    assert_eq!(world.read(&keys[0], at(1)), Ok(()));
}

/// CRC-32 as of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn a_key_has_its_rate_and_whoever_knows_only_its_id_does_not_use_it_up() {
    let world = World::new();
    let (key, other) = (world.key(), world.key());
    let given = (0..2_000).filter(|_| world.read(&key, at(0)).is_ok()).count();
    assert_eq!(given, 200, "100 a second for 2 seconds");
    assert_eq!(world.read(&key, at(0)), Err(ApiError::TooFast(1)));
    assert_eq!(world.reads(), 1);
    assert_eq!(world.ask(&key, address(1), Check::Strong, at(0)), Err(ApiError::TooFast(1)));
    assert_eq!(world.reads(), 0, "a lasting request reads nothing either");
    assert_eq!(world.read(&other, at(0)), Ok(()));
    assert_eq!(world.read(&key, at(10)), Ok(()));
}

#[test]
fn a_workspace_has_its_rate() {
    let (admission, a) = (Admission::default(), WorkspaceId::parse("ws_a").unwrap());
    let b = WorkspaceId::parse("ws_b").unwrap();
    let given = (0..2_000).filter(|_| admission.count(&a, &RATES, at(0)).is_ok()).count();
    assert_eq!(given, 100, "50 a second for 2 seconds");
    assert_eq!(admission.count(&a, &RATES, at(0)), Err(ApiError::TooFast(1)));
    assert_eq!(admission.count(&b, &RATES, at(0)), Ok(()));
}

#[test]
fn a_lasting_request_reads_the_credential_and_its_issuer_once_each() {
    let world = World::new();
    let (key, viewer) = (world.key(), Token::random().unwrap());
    world.put(&viewer, Some(&key));
    for (check, reads) in
        [(Check::Strong, 2), (Check::Remembered, 0), (Check::Strong, 2), (Check::Remembered, 0)]
    {
        assert_eq!(world.ask(&viewer, None, check, at(0)), Ok(()));
        assert_eq!(world.reads(), reads, "{check:?}");
    }
    world.revoke(&key, at(1));
    assert_eq!(world.read(&viewer, at(59_999)), Ok(()));
    let strongly = world.ask(&viewer, None, Check::Strong, at(59_999));
    assert_eq!(strongly, Err(ApiError::Unauthenticated));
    assert_eq!(world.read(&viewer, at(59_999)), Err(ApiError::Unauthenticated));
}

#[test]
fn addresses_of_one_ipv6_network_are_one() {
    let of = |text: &str| network(text.parse().unwrap());
    assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
    assert_ne!(of("2001:db8:1:2::9"), of("2001:db8:1:3::9"));
    assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.7"));
    assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
}
