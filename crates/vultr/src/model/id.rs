//! The names and numbers Vultr gives its objects, one type each so that a VPC's cannot be taken for an instance's.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as Vultr knows it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The number as Vultr knows it.
            pub fn number(self) -> i64 {
                self.0
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

names! {
    /// An instance or a bare metal server: a UUID.
    InstanceId;
    /// A VPC: a UUID.
    VpcId;
    /// A firewall group: a UUID.
    FirewallGroupId;
    /// A reserved IP: a UUID, not the address.
    ReservedIpId;
    /// An SSH key: a UUID.
    SshKeyId;
    /// A startup script: a UUID.
    StartupScriptId;
    /// A region's short name, such as `ams`.
    Region;
    /// A plan's name, such as `vc2-1c-1gb`; nothing should be read out of its parts.
    PlanId;
}

numbers! {
    /// A rule of a firewall group; each group counts from 1.
    FirewallRuleId;
    /// An operating system image; 0 is none.
    OsId;
}
