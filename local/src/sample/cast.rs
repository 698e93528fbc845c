//! Owns the actors of the sample: the people of each workspace, its API keys, and the product
//! itself. They stay the same throughout the sample.

use super::habits::{ADMIN, CONSOLE, DEPLOY, DIRECTORY, HOUSEKEEPING, Habit, MEMBER};
use domain::entry::{Actor, ActorType};
use fastrand::Rng;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The user agents of browsers.
const WINDOWS_CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
     (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const WINDOWS_EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
     (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0";
const MAC_SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) \
     AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15";
const LINUX_FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) \
     AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, \
     like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";
/// The user agents of programs.
pub(super) const PYTHON: &str = "python-requests/2.32.3";
pub(super) const CURL: &str = "curl/8.10.1";

/// The people of a workspace and their office.
pub(super) struct Cast {
    /// The office's subnet: the third group of its IPv6 addresses below `2001:db8::/32`.
    pub(super) site: u16,
    /// The people. The first one acts most often.
    pub(super) people: &'static [Person],
}

/// A person as the publishing product knows them.
pub(super) struct Person {
    pub(super) id: &'static str,
    name: &'static str,
    /// The name in the second half of the sample, if it changes. Earlier entries keep the earlier
    /// name.
    later_name: Option<&'static str>,
    pub(super) email: Option<&'static str>,
    /// The offset of their time zone from UTC, in minutes; positive is east.
    pub(super) zone_minutes: i64,
    browser: &'static str,
    pub(super) habits: &'static [Habit],
}

impl Person {
    const fn new(
        id: &'static str,
        name: &'static str,
        email: &'static str,
        zone_minutes: i64,
        browser: &'static str,
    ) -> Self {
        Self {
            id,
            name,
            later_name: None,
            email: Some(email),
            zone_minutes,
            browser,
            habits: MEMBER,
        }
    }

    const fn admin(self) -> Self {
        Self { habits: ADMIN, ..self }
    }

    const fn later(self, name: &'static str) -> Self {
        Self { later_name: Some(name), ..self }
    }

    const fn without_email(self) -> Self {
        Self { email: None, ..self }
    }

    /// The person as an entry names them, in the earlier or the later half of the sample.
    pub(super) fn actor(&self, is_late: bool) -> Actor {
        let name = self.later_name.filter(|_| is_late).unwrap_or(self.name);
        Actor {
            kind: ActorType::User,
            id: self.id.to_owned(),
            name: Some(name.to_owned()),
            email: self.email.map(str::to_owned),
        }
    }

    /// A random address and user agent: usually those of the desk, at times those of a phone or of
    /// another desk.
    pub(super) fn place(&self, rng: &mut Rng, site: u16) -> (String, &'static str) {
        let host = self.id.bytes().fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        match rng.u8(0..10) {
            0 => (
                Ipv4Addr::new(203, 0, 113, rng.u8(1..255)).to_string(),
                if host % 2 == 0 { IPHONE } else { ANDROID },
            ),
            1 => (desk_v6(site, 0xA, rng.u16(..)), self.browser),
            _ if host % 3 == 0 => (desk_v6(site, 1, u16::from(host)), self.browser),
            _ => (Ipv4Addr::new(198, 51, 100, host.clamp(1, 254)).to_string(), self.browser),
        }
    }
}

/// An IPv6 address of the office.
fn desk_v6(site: u16, network: u16, host: u16) -> String {
    Ipv6Addr::new(0x2001, 0xDB8, site, network, 0, 0, 0, host.max(1)).to_string()
}

/// A program with a key, or the product itself.
pub(super) struct Machine {
    kind: ActorType,
    pub(super) id: &'static str,
    name: Option<&'static str>,
    /// The last byte of its address; `None` for the product itself, which has no address.
    host: Option<u8>,
    pub(super) program: Option<&'static str>,
    pub(super) habits: &'static [Habit],
    /// How many of a thousand sessions are its own.
    pub(super) share: u32,
}

impl Machine {
    /// Whether it is the product itself, which runs at night only.
    pub(super) fn is_system(&self) -> bool {
        self.kind == ActorType::System
    }

    /// The program as an entry of the workspace names it. A key has an id of its own in each
    /// workspace.
    pub(super) fn actor(&self, workspace: &str) -> Actor {
        let id = if self.is_system() {
            self.id.to_owned()
        } else {
            format!("{}_{}", self.id, workspace.trim_start_matches("ws_"))
        };
        Actor { kind: self.kind, id, name: self.name.map(str::to_owned), email: None }
    }

    /// The address from which it acts.
    pub(super) fn address(&self) -> Option<String> {
        self.host.map(|host| Ipv4Addr::new(192, 0, 2, host).to_string())
    }
}

const fn machine(
    kind: ActorType,
    id: &'static str,
    name: Option<&'static str>,
    habits: &'static [Habit],
    share: u32,
) -> Machine {
    Machine { kind, id, name, host: None, program: None, habits, share }
}

/// The machines that act in every workspace. The console is part of the product: its entries have
/// neither an address nor a user agent.
pub(super) const MACHINES: [Machine; 5] = [
    Machine {
        host: Some(44),
        program: Some(CURL),
        ..machine(ActorType::ApiKey, "key_deploy", Some("Deployment pipeline"), DEPLOY, 70)
    },
    Machine {
        host: Some(81),
        program: Some(PYTHON),
        ..machine(ActorType::ApiKey, "key_directory", Some("Directory sync (SCIM)"), DIRECTORY, 60)
    },
    Machine {
        host: Some(17),
        program: Some("Go-http-client/2.0"),
        ..machine(ActorType::ApiKey, "key_4c1d", None, DEPLOY, 20)
    },
    machine(ActorType::ApiKey, "key_console", Some("Console backend"), CONSOLE, 50),
    machine(ActorType::System, "system:housekeeping", Some("Housekeeping"), HOUSEKEEPING, 60),
];

/// `ws_acme`: offices in Berlin, New York and Taipei.
pub(super) const ACME: Cast = Cast {
    site: 0xAC,
    people: &[
        Person::new("usr_1001", "Maren Ostrow", "maren.ostrow@example.com", 60, MAC_SAFARI).admin(),
        Person::new(
            "usr_1002", "Tomás Iriarte Vela", "tomas.iriarte@example.com", -300, WINDOWS_CHROME,
        )
        .admin(),
        Person::new(
            "usr_1003",
            "Ольга Снегирёва",
            "ольга.снегирёва@example.com",
            120,
            LINUX_FIREFOX,
        ),
        Person::new("usr_1004", "林 靜宜", "靜宜@example.com", 480, WINDOWS_EDGE).admin(),
        Person::new("usr_1005", "नीरज व्यासकर", "neeraj@example.com", 330, WINDOWS_CHROME),
        Person::new("usr_1006", "Pia Lindqvarn", "pia@example.com", 60, MAC_SAFARI)
            .later("Pia Adeyo-Lindqvarn"),
        Person::new("usr_1007", "ליאת ברנוע", "liat@example.org", 120, MAC_SAFARI),
        Person::new("usr_1008", "Kofi Mensarro", "", -300, WINDOWS_CHROME).without_email(),
        Person::new("usr_1009", "Þórunn Hafbergs", "thorunn+audit@example.com", 0, LINUX_FIREFOX)
            .admin(),
        Person::new("usr_1010", "佐久間 ひかり", "hikari.sakuma@example.net", 540, MAC_SAFARI),
    ],
};

/// `ws_globex`: one office in Seoul, one in Athens.
pub(super) const GLOBEX: Cast = Cast {
    site: 0x61,
    people: &[
        Person::new("usr_2001", "김하늬", "haneui@example.net", 540, WINDOWS_CHROME).admin(),
        Person::new("usr_2002", "Νεφέλη Καραμανέα", "νεφέλη@example.net", 120, MAC_SAFARI)
            .admin()
            .later("Νεφέλη Βαλσάμη"),
        Person::new("usr_2003", "Bruno Falcettini", "bruno@example.net", 60, LINUX_FIREFOX),
        Person::new("usr_2004", "Trần Mai Chi", "", 420, ANDROID).without_email(),
        Person::new("usr_2005", "يمنى السالمي", "yumna@example.net", 240, IPHONE),
    ],
};

/// `ws_initech`: three people in two places.
pub(super) const INITECH: Cast = Cast {
    site: 0x17,
    people: &[
        Person::new("usr_3001", "Milo Varga-Stone", "milo@example.org", -360, WINDOWS_EDGE).admin(),
        Person::new("usr_3002", "Joanna Brzęcka", "joanna.brzecka@example.org", 60, LINUX_FIREFOX)
            .later("Joanna Brzęcka-Noor"),
        Person::new("usr_3003", "สุดา วงศ์ไพร", "", 420, ANDROID).without_email(),
    ],
};

/// `ws_umbrella`: people all over the world.
pub(super) const UMBRELLA: Cast = Cast {
    site: 0xB0,
    people: &[
        Person::new("usr_4001", "Greta Holmqvarn", "greta.holmqvarn@example.com", 60, WINDOWS_EDGE)
            .admin(),
        Person::new("usr_4002", "Сергій Лозовенко", "serhii@example.com", 120, WINDOWS_CHROME)
            .admin(),
        Person::new("usr_4003", "தமிழினி குமரன்", "thamizhini@example.com", 330, MAC_SAFARI),
        Person::new("usr_4004", "Amélie d'Orsonne", "amelie.dorsonne@example.org", 60, MAC_SAFARI)
            .later("Amélie Okwudile"),
        Person::new("usr_4005", "王語晴", "語晴@example.com", 480, WINDOWS_CHROME).admin(),
        Person::new("usr_4006", "მარიამ ლომისური", "mariam@example.com", 240, LINUX_FIREFOX),
        Person::new("usr_4007", "Santiago Ruivalde", "santiago@example.com", -180, ANDROID),
        Person::new("usr_4008", "آرش مهرپویا", "", 210, WINDOWS_CHROME).without_email(),
        Person::new("usr_4009", "Håkon Brattlie", "hakon@example.com", 60, LINUX_FIREFOX),
    ],
};
