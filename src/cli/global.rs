//! Options that every verb has: format, colours, how much is told.

use std::ffi::OsString;
use std::io::IsTerminal as _;

use clap::{Args, ColorChoice, ValueEnum};
use edgewright_yaml::Palette;

use crate::report::{Format, Ink, Output};
use crate::settings;

/// As typed.
#[derive(Debug, Args)]
pub struct GlobalWords {
    /// Print for people, or JSON lines for programs
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        help_heading = "Output"
    )]
    output: Format,
    /// When to use colours; `auto` heeds NO_COLOR
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Output"
    )]
    color: ColorWhen,
    /// Tell more: once for all that was looked at, twice for everything known of it
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    verbose: u8,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ColorWhen {
    /// On terminals, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// As meant.
#[derive(Clone, Copy, Debug)]
pub struct Global {
    /// How output is wanted.
    pub output: Output,
}

impl Global {
    /// Takes the terminal and the environment into account.
    pub fn meant(words: &GlobalWords) -> Self {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let both = out.is_terminal() && err.is_terminal();
        let text = words.output == Format::Text;
        let output = Output {
            format: words.output,
            ink: ink(words.color, out.is_terminal()),
            err_ink: ink(words.color, err.is_terminal()),
            width: out
                .is_terminal()
                .then(|| usize::from(console::Term::stdout().size().1)),
            live: text && both && !dumb(),
            interactive: text && both && std::io::stdin().is_terminal(),
            verbosity: words.verbose,
        };
        Self { output }
    }
}

fn ink(when: ColorWhen, terminal: bool) -> Ink {
    let coloured = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => terminal && !dumb() && settings::variable(settings::NO_COLOR).is_none(),
    };
    Ink::new(if coloured {
        Palette::Coloured
    } else {
        Palette::Plain
    })
}

/// Whether the terminal knows neither colours nor how to move its cursor.
fn dumb() -> bool {
    settings::variable(settings::TERM).is_some_and(|term| term == "dumb")
}

/// Colours of help and of complaints about what was typed, which come before anything is understood.
pub fn clap_colours(typed: &[OsString]) -> ColorChoice {
    let words: Vec<&str> = typed.iter().filter_map(|word| word.to_str()).collect();
    let when = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(option, _)| **option == "--color")
        .map(|(_, when)| *when)
        .chain(
            words
                .iter()
                .filter_map(|word| word.strip_prefix("--color=")),
        )
        .find_map(|when| ColorWhen::from_str(when, false).ok())
        .unwrap_or_default();
    let terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    if ink(when, terminal).palette() == Palette::Coloured {
        ColorChoice::Always
    } else {
        ColorChoice::Never
    }
}
