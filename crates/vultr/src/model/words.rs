//! Fields with a fixed set of words; a word that is not known here is kept as it came.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
            /// A word not known here, as it came; empty when the field was not there.
            Other(String),
        }

        impl $name {
            /// The word as Vultr writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) {
                    return Self::$variant;
                })*
                Self::Other(word.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word: Option<String> = Option::deserialize(from)?;
                Ok(Self::from(word.unwrap_or_default().as_str()))
            }
        }
    )*};
}

words! {
    /// What the subscription is doing.
    InstanceStatus {
        /// Being made.
        Pending = "pending",
        /// There.
        Active = "active",
        /// Switched off by Vultr.
        Suspended = "suspended",
        /// Changing its plan.
        Resizing = "resizing",
    }
    /// Whether the machine is switched on.
    PowerStatus {
        /// On.
        Running = "running",
        /// Off, and billed all the same.
        Stopped = "stopped",
    }
    /// What the hypervisor is doing with the machine.
    ServerStatus {
        /// Nothing yet.
        None = "none",
        /// Something that must not be disturbed: deleting is refused meanwhile.
        Locked = "locked",
        /// Installing or booting.
        InstallingBooting = "installingbooting",
        /// Nothing any more. The operating system may still be starting.
        Ok = "ok",
    }
    /// The version of an address.
    IpType {
        /// IPv4.
        V4 = "v4",
        /// IPv6.
        V6 = "v6",
    }
    /// What a firewall rule lets in. Vultr keeps the case it was sent; reading does not mind it.
    Protocol {
        /// ICMP, and ICMPv6 in rules for IPv6.
        Icmp = "icmp",
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// GRE, protocol 47.
        Gre = "gre",
        /// ESP, protocol 50.
        Esp = "esp",
        /// AH, protocol 51.
        Ah = "ah",
    }
    /// Who may log in on a fresh machine.
    UserScheme {
        /// `root`.
        Root = "root",
        /// `linuxuser`, with sudo.
        Limited = "limited",
    }
}
