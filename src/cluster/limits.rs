//! Time limits, each with what was measured.

use std::time::Duration;

/// How long what was seen is good for acting on it.
pub const SEEN: Duration = Duration::from_secs(30);

/// How long an instance may take to get its addresses. Vultr: 6 to 73 s seen for virtual ones; metal takes minutes.
pub const ADDRESSES: Duration = Duration::from_secs(20 * 60);

/// How long an instance that runs may take to get its address in the VPC. 7 s from the order were seen.
pub const PRIVATE_ADDRESS: Duration = Duration::from_secs(60);

/// How long a host may take from its addresses to the first login. Vultr: up to 155 s seen for virtual ones.
pub const FIRST_LOGIN: Duration = Duration::from_secs(15 * 60);

/// How long sshd may answer with a key that is not the one we gave: cloud-init has yet to install it.
pub const OTHER_KEY: Duration = Duration::from_secs(120);

/// How long a host that is known to have been configured may take to let us in.
pub const LATER_LOGIN: Duration = Duration::from_secs(20);

/// How long OpenNebula may take to see a host. Its default monitoring period is 180 s, and a host that is enabled is
/// probed at once.
pub const MONITORED: Duration = Duration::from_secs(5 * 60);

/// How long a network may take to be removed: its drivers run in the background.
pub const NETWORK_REMOVED: Duration = Duration::from_secs(120);

/// How long Vultr may take to remove an instance, and to let go of a VPC (4 to 73 s seen).
pub const INSTANCE_REMOVED: Duration = Duration::from_secs(5 * 60);

/// How long BGP may take to establish a session after FRR was started: its ConnectRetryTime is 120 s at most
/// (RFC 4271, section 10).
pub const BGP_ESTABLISHED: Duration = Duration::from_secs(130);

/// How long a session of a fabric that nobody has just changed may take to come back.
pub const SETTLED: Duration = Duration::from_secs(15);

/// Time between two looks at something that changes by itself, at first and at last.
pub const LOOK: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(3));
