//! Ansible Vault: texts that hold a secret under a password, and where the passwords come from.
//!
//! [`VaultText`] is one such text, format 1.1 or 1.2, read and written as `ansible-vault` (ansible-core 2.19) does;
//! [`VaultPasswords`] are the passwords at hand, from files and scripts that a [`PasswordSource`] names each. Used by
//! the cluster file (`cluster::spec`). Knows nothing of YAML, of environment variables or of the terminal.
//!
//! ```text
//! settings -> PasswordSource -> VaultPasswords --open--> Plaintext
//! file     -> VaultText ------------^
//! ```

mod cipher;
mod error;
mod hidden;
mod passwords;
mod source;
mod text;

pub use error::{Damage, OpenError, PasswordError, SealError, VaultError};
pub use hidden::{Password, Plaintext};
pub use passwords::VaultPasswords;
pub use source::{DEFAULT_ID, PasswordSource};
pub use text::{VaultText, is_vault};
