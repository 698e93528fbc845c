//! Owns the beginnings of addresses: which addresses have a text that begins with another.

use crate::filter::AddressRange;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The ranges of addresses that hold all whose text begins with this one; of a range in CIDR
/// notation, that range. Some addresses of a range may have another text: what is left out of an
/// address of IPv6 with `::` is not known from its beginning. It is empty if no address begins so.
#[must_use]
pub fn beginning_with(text: &str) -> Vec<(IpAddr, IpAddr)> {
    if text.contains('/') {
        return text.parse::<AddressRange>().iter().map(AddressRange::ends).collect();
    }
    let v4 = v4(text).into_iter().map(|(first, last)| (first.into(), last.into()));
    let v6 = v6(text).into_iter().map(|(first, last)| (first.into(), last.into()));
    v4.chain(v6).collect()
}

/// The numbers up to `most` whose texts in a base begin with this one.
fn numbers(text: &str, radix: u32, most: u32) -> Vec<(u32, u32)> {
    if text.is_empty() {
        return vec![(0, most)];
    }
    let is_plain = text.chars().all(|digit| digit.is_digit(radix));
    let Some(number) = u32::from_str_radix(text, radix).ok().filter(|_| is_plain) else {
        return Vec::new();
    };
    // Nothing follows a leading zero.
    if text.starts_with('0') {
        return if text == "0" { vec![(0, 0)] } else { Vec::new() };
    }
    let (mut found, mut width) = (Vec::new(), 1);
    while number * width <= most {
        found.push((number * width, (number * width + width - 1).min(most)));
        width *= radix;
    }
    found
}

fn v4(text: &str) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let mut parts: Vec<_> = text.split('.').collect();
    let last = parts.pop().unwrap_or_default();
    let whole =
        parts.iter().map(|part| part.parse::<u8>().ok().filter(|it| it.to_string() == *part));
    let Some(whole) = whole.collect::<Option<Vec<_>>>().filter(|whole| whole.len() < 4) else {
        return Vec::new();
    };
    let of = |octet: u32, rest: u8| {
        let octet = u8::try_from(octet).unwrap_or(u8::MAX);
        let mut octets = [rest; 4];
        let given = whole.iter().copied().chain([octet]);
        octets.iter_mut().zip(given).for_each(|(place, octet)| *place = octet);
        Ipv4Addr::from(octets)
    };
    let ranges = numbers(last, 10, u8::MAX.into()).into_iter();
    ranges.map(|(first, last)| (of(first, 0), of(last, u8::MAX))).collect()
}

fn v6(text: &str) -> Vec<(Ipv6Addr, Ipv6Addr)> {
    let (head, is_cut) = match text.split_once("::") {
        Some((head, _)) => (head, true),
        // Only `::` and what follows it begins with a colon.
        None if text == ":" => ("", true),
        None => (text, false),
    };
    let mut parts: Vec<_> = head.split(':').collect();
    // Before `::`, all groups are whole.
    let last = if is_cut { "" } else { parts.pop().unwrap_or_default() };
    if is_cut && head.is_empty() {
        parts.clear();
    }
    let group = |part: &&str| u16::from_str_radix(part, 16).ok().filter(|_| part.len() <= 4);
    let Some(whole) = parts.iter().map(group).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    if whole.len() > 7 {
        return Vec::new();
    }
    let of = |group: u32, rest: u16| {
        let group = u16::try_from(group).unwrap_or(u16::MAX);
        let mut groups = [rest; 8];
        let given = whole.iter().copied().chain([group]);
        groups.iter_mut().zip(given).for_each(|(place, group)| *place = group);
        Ipv6Addr::from(groups)
    };
    let ranges = numbers(&last.to_lowercase(), 16, u16::MAX.into()).into_iter();
    ranges.map(|(first, last)| (of(first, 0), of(last, u16::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::address;
    use proptest::prelude::*;

    fn finds(text: &str, address: &str) -> bool {
        let address: IpAddr = address.parse().unwrap();
        beginning_with(text).iter().any(|(first, last)| {
            first.is_ipv4() == address.is_ipv4() && (*first..=*last).contains(&address)
        })
    }

    #[test]
    fn a_beginning_finds_what_continues_it_and_nothing_else() {
        for (text, inside, outside) in [
            ("203.0.1", "203.0.113.9", "203.0.2.9"),
            ("203.0.113.", "203.0.113.255", "203.0.114.0"),
            ("2", "25.0.0.1", "3.0.0.1"),
            ("2", "2001:db8::1", "3001::"),
            ("0", "0.1.2.3", "1.2.3.4"),
            ("2001:db", "2001:db8::", "2001:d8::"),
            ("2001:DB8:", "2001:db8:ffff::1", "2001:db9::"),
            ("2001:db8::", "2001:db8::1", "2001:db9::"),
            ("::", "::1", "1.2.3.4"),
            ("203.0.113.0/25", "203.0.113.127", "203.0.113.128"),
        ] {
            assert!(finds(text, inside) && !finds(text, outside), "{text}");
        }
        for text in
            ["203.0.01", "300", "1.2.3.4.5", "1..2", "x", "12345:", "1.2.3.4/40", "-1", "+1"]
        {
            let found = beginning_with(text);
            assert!(found.iter().all(|(first, _)| first.is_ipv6()), "{text}: {found:?}");
        }
        assert!(beginning_with("g").is_empty() && beginning_with("1:2:3:4:5:6:7:8:9").is_empty());
    }

    proptest! {
        #[test]
        fn every_beginning_of_an_address_finds_it(
            bits in any::<u128>(),
            v4 in any::<bool>(),
            zeros in any::<u8>(),
        ) {
            let text = address(bits, zeros, v4).to_string();
            for end in 1..=text.len() {
                prop_assert!(finds(&text[..end], &text), "{} of {}", &text[..end], text);
            }
        }
    }
}
