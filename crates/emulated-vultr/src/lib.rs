//! An emulated Vultr API v2.
