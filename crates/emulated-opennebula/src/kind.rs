//! The kinds of objects and the different names OpenNebula has for each.

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cluster,
    Host,
    Datastore,
    Vnet,
    VnTemplate,
    Document,
    Image,
    Vm,
    User,
    Group,
    Zone,
}

impl Kind {
    /// In sentences: `Error getting virtual network [3].`
    pub(crate) fn spoken(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Host => "host",
            Self::Datastore => "datastore",
            Self::Vnet => "virtual network",
            Self::VnTemplate => "virtual network template",
            Self::Document => "document",
            Self::Image => "image",
            Self::Vm => "virtual machine",
            Self::User => "user",
            Self::Group => "group",
            Self::Zone => "zone",
        }
    }

    /// In matters of rights: `NET is locked. [7]`.
    pub(crate) fn code_name(self) -> &'static str {
        match self {
            Self::Cluster => "CLUSTER",
            Self::Host => "HOST",
            Self::Datastore => "DATASTORE",
            Self::Vnet => "NET",
            Self::VnTemplate => "VNTEMPLATE",
            Self::Document => "DOCUMENT",
            Self::Image => "IMAGE",
            Self::Vm => "VM",
            Self::User => "USER",
            Self::Group => "GROUP",
            Self::Zone => "ZONE",
        }
    }

    /// As the owner of a name: `NAME is already taken by VN TEMPLATE 0.`
    pub(crate) fn owner_of_name(self) -> &'static str {
        match self {
            Self::VnTemplate => "VN TEMPLATE",
            other => other.code_name(),
        }
    }

    /// As an element of an answer: `<VNET>`.
    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Vnet => "VNET",
            other => other.code_name(),
        }
    }
}
