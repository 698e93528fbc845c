//! Owns the network of an address.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bits of the network of an IPv4 address: what an office or a block of subscribers has.
const V4_BITS: u32 = 24;
/// Bits of the network of an IPv6 address: what one site gets (RFC 6177).
const V6_BITS: u32 = 48;

/// The network of an address: /24 of IPv4, /48 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Network {
    /// The first three bytes.
    V4([u8; 3]),
    /// The first six bytes.
    V6([u8; 6]),
}

impl Network {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => {
                Self::V4(address.octets().first_chunk().copied().unwrap_or_default())
            }
            IpAddr::V6(address) => {
                Self::V6(address.octets().first_chunk().copied().unwrap_or_default())
            }
        }
    }
}

impl Network {
    /// What stands for the region that it is in: the /16 of an IPv4 address, the /32 of an IPv6
    /// address, as providers get them.
    #[must_use]
    pub fn region(self) -> Self {
        match self {
            Self::V4([a, b, _]) => Self::V4([a, b, 0]),
            Self::V6([a, b, c, d, ..]) => Self::V6([a, b, c, d, 0, 0]),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b, c]) => write!(text, "{}/{V4_BITS}", Ipv4Addr::new(a, b, c, 0)),
            Self::V6(head) => {
                let mut octets = [0; 16];
                octets.iter_mut().zip(head).for_each(|(octet, byte)| *octet = byte);
                write!(text, "{}/{V6_BITS}", Ipv6Addr::from(octets))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_the_first_part_of_an_address() {
        for (address, network) in [
            ("203.0.113.7", "203.0.113.0/24"),
            ("0.0.0.0", "0.0.0.0/24"),
            ("2001:db8:1:2:3::9", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(Network::of(address.parse().unwrap()).to_string(), network);
        }
    }
}
