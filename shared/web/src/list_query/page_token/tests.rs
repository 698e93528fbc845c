use super::*;
use domain::entry::Outcome;
use proptest::prelude::*;

fn query(actor_id: String, target_id: String) -> ListQuery {
    let id = EntryId::new(Timestamp::clamped(5), 7);
    let filter = Filter {
        action: Some("audit_log.viewer_token.create".into()),
        target_type: Some("integration".into()),
        outcome: Selection::new([Outcome::Failure, Outcome::Denied]),
        actor: Some(ActorKey { kind: ActorType::ServiceAccount, id: actor_id }),
        actor_email: Some("ada@example.com".into()),
        ip_address: Some("203.0.113.0/24".parse().unwrap()),
        target_id: Some(target_id),
        external_id: Some("9f0c3f9c-6a51-4f59-9d4e-5f0a2b1c0d3e".into()),
        request_id: None,
        unusual: true,
        from: Some(Timestamp::MIN),
        to: Some(Timestamp::MAX),
    };
    ListQuery {
        filter,
        page_size: 100,
        position: Position::Beside(Edge::NewerThan(id)),
        as_of: Some(AsOf { sealed: Timestamp::clamped(3), recorded: Timestamp::clamped(4) }),
        counted: Some(Counted {
            rank: 1 << 40,
            total: 1 << 41,
            from: Timestamp::clamped(2),
            reach: 300,
        }),
    }
}

fn seal(query: &ListQuery, salt: &Salt) -> String {
    let Position::Beside(edge) = query.position else { panic!("it is beside an id") };
    PageToken::seal(query, edge, query.counted, query.as_of.unwrap(), salt)
}

#[test]
fn a_token_fits_whatever_the_filter() {
    let salt = Salt::from_bytes([1; 32]);
    for length in [1, 64, 120, 128, 512] {
        let ascii = query("u".repeat(length), "t".repeat(length));
        let wide = query("😀".repeat(length), "é".repeat(length));
        for query in [ascii, wide] {
            let token = seal(&query, &salt);
            let uncounted = ListQuery { counted: None, ..query.clone() };
            let opened = PageToken::open(&seal(&uncounted, &salt), &salt).unwrap();
            assert_eq!(opened.into_query(Some(query.filter.clone()), None), Some(uncounted));
            assert!(token.len() <= MAX_TOKEN_CHARS, "{} characters", token.len());
            let open = || PageToken::open(&token, &salt).unwrap();
            assert_eq!(open().into_query(Some(query.filter.clone()), None).as_ref(), Some(&query));
            assert_eq!(open().into_query(Some(Filter::default()), None), None);
            if matches!(open().filter, CarriedFilter::Digest(_)) {
                assert_eq!(
                    open().into_query(None, None),
                    None,
                    "a digest does not stand for its filter"
                );
            }
        }
    }
    let usual = query("user_12345678901234567890".into(), "prj_12345678901234567890".into());
    assert_eq!(
        PageToken::open(&seal(&usual, &salt), &salt).unwrap().into_query(None, None),
        Some(usual)
    );
}

#[test]
fn a_token_of_another_workspace_or_with_any_bit_changed_is_none() {
    let salt = Salt::from_bytes([1; 32]);
    let token = seal(&query("u".into(), "t".into()), &salt);
    assert!(PageToken::open(&token, &salt).is_some());
    assert!(PageToken::open(&token, &Salt::from_bytes([2; 32])).is_none());
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(PageToken::open(&BASE64URL_NOPAD.encode(&changed), &salt).is_none(), "bit {bit}");
    }
    for text in
        ["", "AB", "A", "====", &format!("{token}="), &format!("{token}A"), &"A".repeat(8_192)]
    {
        assert!(PageToken::open(text, &salt).is_none(), "{text}");
    }
}

/// A page of nothing would divide by zero, and one of 255 read more than a list may.
#[test]
fn a_token_of_a_page_that_no_list_has_is_none() {
    let salt = Salt::from_bytes([1; 32]);
    for (page_size, opens) in [(0, false), (1, true), (100, true), (101, false), (255, false)] {
        let query = ListQuery { page_size, ..query("u".into(), "t".into()) };
        let opened = PageToken::open(&seal(&query, &salt), &salt);
        assert_eq!(opened.is_some(), opens, "{page_size}");
    }
}

proptest! {
    #[test]
    fn any_text_is_opened_or_refused_without_panic(text in "[A-Za-z0-9_-]{0,120}") {
        prop_assert!(PageToken::open(&text, &Salt::from_bytes([1; 32])).is_none());
    }
}
