//! The minijinja environments: one for each way of treating white space around blocks.

use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value as Jinja;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use crate::{filters, functions, print, tests_ansible};

/// What happens to white space around blocks, by the names of module `template`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Whether the line break behind a block is dropped.
    pub trim: bool,
    /// Whether white space before a block is dropped.
    pub lstrip: bool,
}

impl Default for Blocks {
    /// Ansible's defaults, for variables and for module `template`.
    fn default() -> Self {
        Self {
            trim: true,
            lstrip: false,
        }
    }
}

/// The environment for a way of treating white space. Made once, and then shared by everybody.
pub(crate) fn environment(blocks: Blocks) -> &'static Environment<'static> {
    static ENVIRONMENTS: [OnceLock<Environment<'static>>; 4] = [const { OnceLock::new() }; 4];
    let at = usize::from(blocks.trim) + 2 * usize::from(blocks.lstrip);
    // The index is one of four by construction; the first stands in where the compiler cannot see that.
    ENVIRONMENTS
        .get(at)
        .unwrap_or(&ENVIRONMENTS[0])
        .get_or_init(|| build(blocks))
}

fn build(blocks: Blocks) -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(blocks.trim)
        .lstrip_blocks(blocks.lstrip)
        .keep_trailing_newline(true)
        .build()
        .expect("the delimiters are the default ones, which are valid");
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.set_formatter(|out, _state, value| {
        if value.is_undefined() {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        out.write_str(&print::text(value)).map_err(Error::from)
    });
    filters::add(&mut environment);
    tests_ansible::add(&mut environment);
    functions::add(&mut environment);
    environment.add_global("omit", Jinja::from(crate::value::OMIT));
    environment
}
