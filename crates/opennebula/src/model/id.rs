//! The numbers OpenNebula gives its objects, one type each so that a host's cannot be taken for a cluster's.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i32);

        impl $name {
            /// The number as OpenNebula knows it.
            pub fn number(self) -> i32 {
                self.0
            }
        }

        impl From<i32> for $name {
            fn from(number: i32) -> Self {
                Self(number)
            }
        }

        impl From<$name> for i32 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A cluster; users' own begin at 100.
    ClusterId;
    /// A host.
    HostId;
    /// A datastore; users' own begin at 100.
    DatastoreId;
    /// A virtual network.
    VnetId;
    /// An address range within its network.
    AddressRangeId;
    /// A virtual network template.
    VnTemplateId;
    /// A virtual machine.
    VmId;
    /// An image.
    ImageId;
    /// A document.
    DocumentId;
    /// A kind of document: a free number; OneProvision used 102 (provider) and 103 (provision).
    DocumentType;
    /// A user; 0 is oneadmin.
    UserId;
}

impl ClusterId {
    /// The cluster that everything without another one belongs to.
    pub const DEFAULT: Self = Self(0);
}

impl DatastoreId {
    /// The system datastore of a fresh installation.
    pub const SYSTEM: Self = Self(0);
    /// The image datastore of a fresh installation.
    pub const IMAGES: Self = Self(1);
    /// The file datastore of a fresh installation.
    pub const FILES: Self = Self(2);
}
