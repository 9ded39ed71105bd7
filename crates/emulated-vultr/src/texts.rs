//! The texts of refusals that are used in more than one place, or that are known from the real service.
//!
//! Those of the first part were seen on the wire, or clients look for them. Those of the second part are ours: how the real
//! service says it is not known, only that it refuses.

pub const INVALID_REGION: &str = "Invalid region.";
pub const INVALID_PLAN: &str = "Invalid plan chosen.";
pub const NO_INSTANCE: &str = "Invalid instance ID.";
pub const NO_METAL: &str = "Not found.";
pub const NO_RESERVED: &str = "Invalid reserved-ip ID";
pub const NO_KEY: &str = "Invalid ssh key";
pub const NO_SCRIPT: &str = "Invalid startup script ID";
pub const NO_VPC: &str = "Invalid VPC ID";
pub const NO_RULE: &str = "Firewall rule ID not found";
pub const LOCKED_DELETE: &str =
    "Unable to destroy server: Unable to remove VM: Server is currently locked";
pub const LOCKED_REINSTALL: &str = "Unable to reinstall server: Server is currently locked";
pub const QUOTA: &str = "Server add failed: You have reached the maximum number of active virtual machines for this account. \
     Please contact our support team to have the limit raised";
pub const RESERVED_IN_USE: &str =
    "Server add failed: Floating IPv4 address is already attached to another server";
pub const ALREADY_ATTACHED: &str = "IP is already attached to a server";
pub const CANNOT_DETACH: &str =
    "Unable to detach subnet, please restart your server from the control panel";
pub const DUPLICATE_RULE: &str = "This rule is already defined ";
pub const SCRIPT_NOT_BASE64: &str = "Script must be base64 encoded";

pub const SOLD_OUT: &str =
    "Server add failed: The selected plan is not available in the selected region.";
pub const NO_SYSTEM: &str = "Invalid OS chosen.";
pub const ONE_IMAGE: &str =
    "Exactly one of os_id, iso_id, snapshot_id, app_id, image_id must be given";
pub const NO_GROUP: &str = "Invalid firewall group ID";
pub const TOO_MANY_TAGS: &str = "Too many tags.";
pub const USER_DATA_NOT_BASE64: &str = "User data must be base64 encoded";
pub const NOT_ATTACHED: &str = "IP is not attached to a server";
pub const OTHER_REGION: &str = "The server is in another region";
pub const NO_ADDRESS_LEFT: &str = "Server add failed: No IPv4 address is available.";
