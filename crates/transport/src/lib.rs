//! Connections to hosts (SSH, local, docker), pinned host keys, and the worker at the other end.
