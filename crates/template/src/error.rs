//! Why a template could not be evaluated.

use std::fmt;

/// What kind of fault it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The template is not written as templates are.
    Syntax,
    /// A variable, or an attribute of one, is not there.
    Undefined {
        /// The variable; `None` when it is an attribute of one that is there.
        name: Option<String>,
        /// A known name that looks like it.
        near: Option<String>,
    },
    /// Variables refer to each other in a circle.
    Loop,
    /// A condition is neither true nor false.
    NotBoolean,
    /// Anything else that went wrong while it was evaluated.
    Failed,
}

/// A fault of a template. What it is made of is reached through it, as if it were a [`Detail`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError(Box<Detail>);

/// What is known of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What kind of fault it is.
    pub fault: Fault,
    /// What happened, in one sentence.
    pub message: String,
    /// The template.
    pub template: String,
    /// Where the template was written, as `file:line:column`.
    pub origin: Option<String>,
    /// Line in the template, counted from 1.
    pub line: Option<usize>,
    /// Variables that led there, the outermost first.
    pub chain: Vec<String>,
}

impl From<Detail> for TemplateError {
    fn from(detail: Detail) -> Self {
        Self(Box::new(detail))
    }
}

impl std::ops::Deref for TemplateError {
    type Target = Detail;

    fn deref(&self) -> &Detail {
        &self.0
    }
}

impl TemplateError {
    /// What to do, if that can be said.
    pub fn help(&self) -> Option<String> {
        match &self.fault {
            Fault::Undefined {
                near: Some(near), ..
            } => Some(format!("did you mean `{near}`?")),
            Fault::Undefined {
                name: Some(name), ..
            } => Some(format!(
                "define `{name}`, or give a value for when it is not: `{{{{ {name} | default('…') }}}}`"
            )),
            Fault::NotBoolean => {
                Some("compare it with something, or use the filter `bool`".to_owned())
            }
            Fault::Loop => Some(
                "break the circle by giving one of the variables a value of its own".to_owned(),
            ),
            Fault::Undefined { .. } | Fault::Syntax | Fault::Failed => None,
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        if let Some(line) = self.line.filter(|line| *line > 1) {
            write!(out, " in line {line} of the template")?;
        }
        if !self.chain.is_empty() {
            write!(out, " (needed by `{}`)", self.chain.join("`, by `"))?;
        }
        if let Some(origin) = &self.origin {
            write!(out, " at {origin}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateError {}
