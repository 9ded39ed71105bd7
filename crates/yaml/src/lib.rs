//! YAML with positions, YAML 1.1 scalars as Ansible reads them, and diagnostics in rustc's style.
