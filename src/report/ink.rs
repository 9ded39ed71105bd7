//! Colours, where the reader sees them; every text is readable without.

use edgewright_yaml::Palette;

/// Colours texts, or leaves them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink(Palette);

impl Ink {
    /// Without colours.
    pub const PLAIN: Self = Self(Palette::Plain);

    /// For this palette.
    pub fn new(palette: Palette) -> Self {
        Self(palette)
    }

    /// The palette.
    pub fn palette(self) -> Palette {
        self.0
    }

    /// What was made, or is well.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What was changed.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What goes, or has failed.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self.0 {
            Palette::Coloured if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}
