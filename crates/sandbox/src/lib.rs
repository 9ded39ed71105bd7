//! A Vultr account and an OpenNebula front-end on this machine, with real hosts in containers.
