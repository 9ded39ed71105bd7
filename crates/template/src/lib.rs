//! Templates as Ansible evaluates them: minijinja with Ansible's filters, tests, lookups and native types.
//!
//! Called by the playbook engine. A [`Value`] is what a variable holds; its texts know whether they are
//! templates (what a user wrote) or not (what a host answered): only the former are ever evaluated. A [`Scope`]
//! finds variables by name; [`evaluate`], [`condition`] and [`render`] do the work; [`references`] and
//! [`check`] tell what can be known before anything is evaluated.

mod context;
mod convert;
mod engine;
mod environment;
mod error;
mod filters;
mod functions;
mod names;
mod print;
mod scope;
mod tests_ansible;
mod value;

pub use engine::{
    check, check_condition, condition, condition_references, evaluate, references, render,
};
pub use environment::Blocks;
pub use error::{Detail, Fault, TemplateError};
pub use scope::{Lazy, Scope, ScopeMap, SearchPath, Watch};
pub use value::{Map, OMIT, Text, Value, is_template};
