//! How output is wanted: format, colours, width, how much.
//!
//! Made by `cli` from what was typed; used by [`super::Report`].

use super::ink::Ink;
use super::lines::{Lines, Steps};

/// For whom output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// People.
    #[default]
    Text,
    /// Programs: JSON, an object a line.
    Json,
}

/// How output is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// For whom.
    pub format: Format,
    /// Colours of standard output.
    pub ink: Ink,
    /// Colours of standard error.
    pub err_ink: Ink,
    /// Columns of the terminal; `None` when standard output is none.
    pub width: Option<usize>,
    /// Whether lines may move: both streams are the same terminal, and it can.
    pub live: bool,
    /// Whether somebody can be asked: input and both streams are terminals, and people read.
    pub interactive: bool,
    /// How much is told: 0 for what matters, 1 for all, 2 for all that is known of it.
    pub verbosity: u8,
}

impl Output {
    /// Plain text for a pipe.
    pub const PLAIN: Self = Self {
        format: Format::Text,
        ink: Ink::PLAIN,
        err_ink: Ink::PLAIN,
        width: None,
        live: false,
        interactive: false,
        verbosity: 0,
    };

    /// Tells events as lines; steps only where nothing moving shows them.
    pub(super) fn lines(&self, live: bool) -> Lines {
        let steps = if live { Steps::Shown } else { Steps::Told };
        Lines::new(self.ink, self.err_ink, self.verbosity, steps)
    }
}
