//! The fabric's numbers, each with its unit and source.

/// What VXLAN over IPv4 adds to a frame, in bytes: outer IPv4 header 20, UDP 8, VXLAN 8, inner Ethernet header 14
/// (RFC 7348, section 5).
pub const VXLAN_OVERHEAD: u32 = 50;

/// IPv4 and ICMP headers of a ping, in bytes (RFC 791, RFC 792).
pub const PING_OVERHEAD: u32 = 28;

/// UDP port of VXLAN. The kernel's, which OpenNebula's driver uses; not the 4789 of RFC 7348.
pub const VXLAN_PORT: u16 = 8472;
