//! Typed client of the Vultr API v2.
