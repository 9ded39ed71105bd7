//! What is wrong, where, and what to do: rendered as rustc does.

use std::fmt;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::source::{SourceFile, Span};

/// Whether the reader sees colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Plain text: files, pipes, tests.
    Plain,
    /// ANSI colours.
    Coloured,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
}

#[derive(Clone, Debug)]
struct Label {
    span: Span,
    text: String,
}

/// One complaint.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    severity: Severity,
    code: &'static str,
    message: String,
    primary: Option<Label>,
    labels: Vec<Label>,
    notes: Vec<String>,
    help: Vec<String>,
}

impl Diagnostic {
    /// An error with a stable code to search for, e.g. `spec::unknown-key`.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            primary: None,
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning: nothing is refused because of it.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Where it is wrong, and what stands there.
    #[must_use]
    pub fn at(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span: span.clone(),
            text: text.into(),
        });
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn label(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span: span.clone(),
            text: text.into(),
        });
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// What else to know.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The first line, without severity and code.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is wrong.
    pub fn span(&self) -> Option<&Span> {
        self.primary.as_ref().map(|label| &label.span)
    }

    /// What to do, if it says so.
    pub fn helps(&self) -> &[String] {
        &self.help
    }

    /// Whether it refuses something.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The whole text, ending in a line break.
    pub fn render(&self, palette: Palette) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut report = level
            .primary_title(self.message.as_str())
            .id(self.code)
            .elements(self.snippets());
        for help in &self.help {
            report = report.element(Level::HELP.message(help.as_str()));
        }
        for note in &self.notes {
            report = report.element(Level::NOTE.message(note.as_str()));
        }
        let renderer = match palette {
            Palette::Plain => Renderer::plain(),
            Palette::Coloured => Renderer::styled(),
        };
        let mut text = renderer.decor_style(DecorStyle::Ascii).render(&[report]);
        text.push('\n');
        text
    }

    /// One excerpt a file, the file of the primary place first.
    fn snippets(&self) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
        let mut files: Vec<(&SourceFile, Vec<annotate_snippets::Annotation<'_>>)> = Vec::new();
        let kinds = self
            .primary
            .iter()
            .map(|label| (label, AnnotationKind::Primary))
            .chain(
                self.labels
                    .iter()
                    .map(|label| (label, AnnotationKind::Context)),
            );
        for (label, kind) in kinds {
            let file = &*label.span.file;
            let annotation = kind.span(visible(&label.span)).label(label.text.as_str());
            match files
                .iter_mut()
                .find(|(known, _)| std::ptr::eq(*known, file))
            {
                Some((_, annotations)) => annotations.push(annotation),
                None => files.push((file, vec![annotation])),
            }
        }
        files
            .into_iter()
            .map(|(file, annotations)| {
                Snippet::source(file.text())
                    .path(file.path().to_string_lossy().into_owned())
                    .annotations(annotations)
            })
            .collect()
    }
}

/// A range that an excerpt can show: inside the text, on its first line.
fn visible(span: &Span) -> std::ops::Range<usize> {
    let text = span.file.text();
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let first_line = text
        .get(start..end)
        .and_then(|shown| shown.find('\n'))
        .map_or(end, |at| start + at);
    start..first_line
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render(Palette::Plain))
    }
}

/// All complaints of a reading, in the order they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another reading.
    pub fn extend(&mut self, others: Diagnostics) {
        self.0.extend(others.0);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any refuses something.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Keeps the value when nothing was refused.
    ///
    /// # Errors
    /// Itself, when it holds an error.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.has_errors() {
            Err(self)
        } else {
            Ok(value)
        }
    }

    /// All texts, an empty line between two.
    pub fn render(&self, palette: Palette) -> String {
        self.0
            .iter()
            .map(|diagnostic| diagnostic.render(palette))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render(Palette::Plain))
    }
}

impl std::error::Error for Diagnostics {}

/// The known name that a misspelt one most likely meant: at most a third of its letters differ.
pub fn nearest<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Damerau-Levenshtein distance, restricted: insertions, deletions, replacements, neighbours swapped.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let at = |back: usize, column: usize| {
                rows.len()
                    .checked_sub(back)
                    .and_then(|r| rows.get(r))
                    .and_then(|r| r.get(column))
                    .copied()
            };
            let far = usize::MAX / 2;
            let replaced = at(1, j).unwrap_or(far) + usize::from(a != b);
            let deleted = at(1, j + 1).unwrap_or(far) + 1;
            let inserted = row.last().copied().unwrap_or(far) + 1;
            let swapped =
                i > 0 && j > 0 && left.get(i - 1) == Some(b) && right.get(j - 1) == Some(a);
            let swapped = if swapped {
                at(2, j - 1).unwrap_or(far) + 1
            } else {
                far
            };
            row.push(replaced.min(deleted).min(inserted).min(swapped));
        }
        rows.push(row);
    }
    rows.last()
        .and_then(|row| row.last())
        .copied()
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_place_labels_help_and_note() {
        let file = SourceFile::new(
            "edge.yml",
            "name: lab\nregion: ams\nkind: metal\nplan: vbm-4c-32gb\n",
        );
        let span = |text: &str| {
            let start = file.text().find(text).unwrap();
            Span {
                file: file.clone(),
                start,
                end: start + text.len(),
            }
        };
        let shown = Diagnostic::error(
            "spec::plan-not-in-region",
            "plan `vbm-4c-32gb` is not offered in region `ams`",
        )
        .at(&span("vbm-4c-32gb"), "offered in `fra` and `ewr`")
        .label(&span("ams"), "chosen here")
        .help("write `region: fra`")
        .note("nothing was created")
        .render(Palette::Plain);
        assert_eq!(
            shown,
            "error[spec::plan-not-in-region]: plan `vbm-4c-32gb` is not offered in region `ams`
 --> edge.yml:4:7
  |
2 | region: ams
  |         --- chosen here
3 | kind: metal
4 | plan: vbm-4c-32gb
  |       ^^^^^^^^^^^ offered in `fra` and `ewr`
  |
  = help: write `region: fra`
  = note: nothing was created
"
        );
    }

    #[test]
    fn a_diagnostic_without_a_place_is_still_readable() {
        let shown = Diagnostic::error("vultr::key", "no API key")
            .help("set `VULTR_API_KEY`")
            .to_string();
        assert_eq!(
            shown,
            "error[vultr::key]: no API key\n |\n = help: set `VULTR_API_KEY`\n"
        );
    }

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("hots", ["name", "hosts", "region"]), Some("hosts"));
        assert_eq!(
            nearest("regoin", ["name", "hosts", "region"]),
            Some("region")
        );
        assert_eq!(nearest("zzz", ["name", "hosts"]), None);
    }
}
