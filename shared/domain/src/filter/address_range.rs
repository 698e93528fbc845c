//! Owns the range of IP addresses of a filter.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// One IP address, or all that share a prefix (CIDR, RFC 4632).
///
/// Its text is the address, or the first address of the range and the length of the prefix, such as
/// `203.0.113.0/24`. Equal ranges have equal texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange(IpNet);

/// A text that is neither an IP address nor a range of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an IP address such as 203.0.113.7, or a range such as 203.0.113.0/24")]
pub struct MalformedRange;

impl AddressRange {
    /// Whether it holds an address, in the form in which entries are stored.
    #[must_use]
    pub fn has(&self, address: &str) -> bool {
        address.parse::<IpAddr>().is_ok_and(|address| self.0.contains(&address))
    }

    /// The address, if it is the only one.
    #[must_use]
    pub fn only(&self) -> Option<IpAddr> {
        (self.0.prefix_len() == self.0.max_prefix_len()).then(|| self.0.addr())
    }

    /// The first and the last address.
    #[must_use]
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        (self.0.network(), self.0.broadcast())
    }

    /// A text with which the texts of all its addresses begin. Other addresses may begin with it,
    /// too. It may be empty.
    #[must_use]
    pub fn common_text(&self) -> String {
        match self.ends() {
            (IpAddr::V4(first), IpAddr::V4(last)) => common_of_v4(first, last),
            (IpAddr::V6(first), IpAddr::V6(last)) => common_of_v6(first, last),
            _ => String::new(),
        }
    }
}

/// The octets that all addresses share, each with its dot.
fn common_of_v4(first: Ipv4Addr, last: Ipv4Addr) -> String {
    let octets = first.octets().into_iter().zip(last.octets());
    let shared = octets.take_while(|(first, last)| first == last).map(|(octet, _)| octet);
    // Nothing follows the fourth octet, and a single address is compared as a whole.
    shared.take(3).fold(String::new(), |text, octet| text + &format!("{octet}."))
}

/// The groups that all addresses share, each with its colon, up to the first zero. A run of zeros
/// may be left out of a text (RFC 5952), and a group that is not zero never is.
fn common_of_v6(first: Ipv6Addr, last: Ipv6Addr) -> String {
    let groups = first.segments().into_iter().zip(last.segments());
    let shared = groups.take_while(|(first, last)| first == last && *first != 0);
    shared.take(7).fold(String::new(), |text, (group, _)| text + &format!("{group:x}:"))
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self(IpNet::from(address.to_canonical()))
    }
}

impl FromStr for AddressRange {
    type Err = MalformedRange;

    /// Bits of the address beyond the prefix are ignored, as of `203.0.113.7/24`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(address.into());
        }
        let range: IpNet = text.parse().map_err(|_no_range| MalformedRange)?;
        // `203.0.113.0/024` is not a second text of a range.
        if text.split_once('/').is_some_and(|(_, bits)| bits.len() > 1 && bits.starts_with('0')) {
            return Err(MalformedRange);
        }
        match range.trunc() {
            // Entries have no addresses of IPv4 that are written as IPv6.
            IpNet::V6(range) if range.addr().to_ipv4_mapped().is_some() => Err(MalformedRange),
            range => Ok(Self(range)),
        }
    }
}

impl Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(address) => Display::fmt(&address, f),
            None => Display::fmt(&self.0, f),
        }
    }
}

impl Serialize for AddressRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::address;
    use proptest::prelude::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_has_one_text_and_knows_its_addresses() {
        for (text, shown, inside, outside) in [
            ("203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.70"),
            ("203.0.113.7/32", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
            ("203.0.113.7/24", "203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
            ("10.96.0.0/12", "10.96.0.0/12", "10.111.255.1", "10.112.0.0"),
            ("0.0.0.0/0", "0.0.0.0/0", "255.1.2.3", "::1"),
            ("2001:DB8::/32", "2001:db8::/32", "2001:db8:0:1::9", "2001:db9::"),
            ("2001:db8::1/128", "2001:db8::1", "2001:db8::1", "2001:db8::2"),
            ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7", "::1"),
            ("::/0", "::/0", "ff02::1", "1.2.3.4"),
        ] {
            assert_eq!(range(text).to_string(), shown);
            assert_eq!(range(shown), range(text));
            assert!(range(text).has(inside) && !range(text).has(outside), "{text}");
            assert!(!range(text).has("") && !range(text).has("somewhere"));
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "", "/24", "203.0.113", "203.0.113.0/", "203.0.113.0/33", "203.0.113.0/-1",
            "203.0.113.0/024", "203.0.113.0/+8", "203.0.113.0/24/8", "203.0.113.0/255.255.255.0",
            "203.0.113.*", " 203.0.113.7", "203.0.113.7:80", "[::1]", "fe80::1%eth0", "::/129",
            "::ffff:203.0.113.0/120", "example.com", "2001:db8::/32 ",
        ] {
            assert_eq!(text.parse::<AddressRange>(), Err(MalformedRange), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_address_begins_with_what_all_have_in_common(
            bits in any::<u128>(),
            zeros in any::<u8>(),
            is_v4 in any::<bool>(),
            prefix in 0..=128_u8,
            other in any::<u128>(),
        ) {
            let first = address(bits, zeros, is_v4);
            let prefix = if first.is_ipv4() { prefix % 33 } else { prefix };
            let Ok(range) = format!("{first}/{prefix}").parse::<AddressRange>() else {
                return Ok(());
            };
            let host = 128 - u32::from(prefix);
            let low = 1_u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1);
            let inside = match first {
                IpAddr::V4(first) => {
                    let low = 1_u64.checked_shl(32 - u32::from(prefix)).unwrap() - 1;
                    let low = u32::try_from(low).unwrap();
                    let some = u32::try_from(other >> 96).unwrap();
                    IpAddr::from(Ipv4Addr::from_bits((first.to_bits() & !low) | (some & low)))
                }
                IpAddr::V6(first) => {
                    Ipv6Addr::from_bits((first.to_bits() & !low) | (other & low)).into()
                }
            };
            prop_assume!(inside.to_canonical() == inside);
            let text = inside.to_string();
            prop_assert!(range.has(&text), "{range} {text}");
            prop_assert!(text.starts_with(&range.common_text()), "{range} {text}");
            prop_assert_eq!(range.to_string().parse::<AddressRange>(), Ok(range));
        }
    }
}
