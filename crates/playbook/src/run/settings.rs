//! Keywords of a task, evaluated for a host: as whom, how, and what counts.
//!
//! Called by `attempt` before something is run. Variables such as `ansible_become` win over keywords, as in Ansible.

use std::collections::BTreeMap;

use edgewright_protocol::message::Become;
use edgewright_template::{Scope, TemplateError, Value, evaluate};
use serde_json::{Map, Value as Json};

use crate::connections::VARIABLES;
use crate::load::fields::boolean_word;
use crate::load::keywords::Keyword;
use crate::load::model::{Spanned, Task};

/// Why a keyword of a task cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingError {
    /// It cannot be evaluated.
    #[error("{0}")]
    Template(#[from] TemplateError),
    /// It has the wrong type.
    #[error("`{name}` must be {expected}, not `{found}`")]
    Type {
        /// The keyword.
        name: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
}

/// A value as a boolean.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Int(1) => Some(true),
        Value::Int(0) | Value::Null => Some(false),
        other => other.as_str().and_then(boolean_word),
    }
}

/// A value as a text; what is no text is shown as Python shows it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => String::new(),
        other => other
            .as_str()
            .map_or_else(|| other.to_json().to_string(), str::to_owned),
    }
}

fn wrong(name: &'static str, expected: &'static str, value: &Value) -> SettingError {
    SettingError::Type {
        name,
        expected,
        found: text(value),
    }
}

/// Evaluates the keywords of one task for one host.
pub(crate) struct Settings<'t> {
    task: &'t Task,
    scope: &'t Scope,
}

impl<'t> Settings<'t> {
    pub fn new(task: &'t Task, scope: &'t Scope) -> Self {
        Self { task, scope }
    }

    fn value(&self, keyword: Keyword) -> Result<Option<Value>, SettingError> {
        let Some(written) = self.task.inherited.settings.get(keyword) else {
            return Ok(None);
        };
        let value = evaluate(&written.value, self.scope)?;
        Ok(Some(value).filter(|value| !value.is_omitted()))
    }

    /// A variable that stands for a keyword.
    fn variable(&self, names: &[&str]) -> Result<Option<Value>, SettingError> {
        for name in names {
            if let Some(written) = self.scope.get(name) {
                return Ok(Some(evaluate(&written, self.scope)?));
            }
        }
        Ok(None)
    }

    /// A keyword that is true or false.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn flag(&self, keyword: Keyword, name: &'static str) -> Result<Option<bool>, SettingError> {
        match self.value(keyword)? {
            None => Ok(None),
            Some(value) => boolean(&value)
                .map(Some)
                .ok_or_else(|| wrong(name, "true or false", &value)),
        }
    }

    fn word(&self, keyword: Keyword) -> Result<Option<String>, SettingError> {
        let value = self.value(keyword)?;
        Ok(value.as_ref().map(text).filter(|word| !word.is_empty()))
    }

    /// The host that runs it in place of the host it is for.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn delegate(&self) -> Result<Option<String>, SettingError> {
        self.word(Keyword::DelegateTo)
    }

    /// As whom it runs, when not as the user who logged in.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn becomes(&self) -> Result<Option<Become>, SettingError> {
        let wanted = match self.variable(&["ansible_become"])? {
            Some(value) => {
                boolean(&value).ok_or_else(|| wrong("ansible_become", "true or false", &value))?
            }
            None => self.flag(Keyword::Become, "become")?.unwrap_or(false),
        };
        if !wanted {
            return Ok(None);
        }
        let user = match self.variable(&["ansible_become_user", "ansible_sudo_user"])? {
            Some(value) => text(&value),
            None => self
                .word(Keyword::BecomeUser)?
                .unwrap_or_else(|| "root".to_owned()),
        };
        let method = match self.variable(&["ansible_become_method"])? {
            Some(value) => text(&value),
            None => "sudo".to_owned(),
        };
        if !matches!(method.as_str(), "sudo" | "ansible.builtin.sudo") {
            return Err(wrong(
                "ansible_become_method",
                "sudo",
                &Value::plain(method),
            ));
        }
        let password = self.variable(&[
            "ansible_become_password",
            "ansible_become_pass",
            "ansible_sudo_password",
            "ansible_sudo_pass",
        ])?;
        Ok(Some(Become {
            method: "sudo".to_owned(),
            user,
            password: password.as_ref().map(text),
        }))
    }

    /// Seconds that it may take; no limit for 0.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn timeout(&self) -> Result<Option<u64>, SettingError> {
        let Some(value) = self.value(Keyword::Timeout)? else {
            return Ok(None);
        };
        let seconds = whole(&value).ok_or_else(|| wrong("timeout", "a number", &value))?;
        Ok(Some(seconds).filter(|seconds| *seconds > 0))
    }

    /// What is added to the environment, the innermost winning.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn environment(&self) -> Result<BTreeMap<String, String>, SettingError> {
        let mut all = BTreeMap::new();
        for environment in &self.task.inherited.environment {
            let value = evaluate(&environment.value, self.scope)?;
            match &value {
                Value::Map(map) => all.extend(
                    map.iter()
                        .filter(|(_, value)| !value.is_omitted())
                        .map(|(name, value)| (name.to_string(), text(value))),
                ),
                value if value.is_omitted() => {}
                other => return Err(wrong("environment", "a mapping", other)),
            }
        }
        Ok(all)
    }

    /// A number that a task says for itself.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn number(
        &self,
        written: Option<&Spanned<Value>>,
        name: &'static str,
    ) -> Result<Option<f64>, SettingError> {
        let Some(written) = written else {
            return Ok(None);
        };
        let value = evaluate(&written.value, self.scope)?;
        let number = match &value {
            Value::Float(number) => Some(*number),
            Value::Null => return Ok(None),
            other => text(other).parse().ok(),
        };
        number
            .map(Some)
            .ok_or_else(|| wrong(name, "a number", &value))
    }

    /// Variables that say how the host is reached; keywords stand in where there is no variable.
    ///
    /// # Errors
    /// [`SettingError`] when it cannot be evaluated, or has the wrong type.
    pub fn connection(&self) -> Result<Map<String, Json>, SettingError> {
        let mut vars = connection_vars(self.scope)?;
        for (keyword, name) in [
            (Keyword::Connection, "ansible_connection"),
            (Keyword::RemoteUser, "ansible_user"),
            (Keyword::Port, "ansible_port"),
        ] {
            if !vars.contains_key(name)
                && let Some(value) = self.value(keyword)?
            {
                vars.insert(name.to_owned(), value.to_json());
            }
        }
        Ok(vars)
    }
}

/// Variables of a host that say how it is reached.
pub(crate) fn connection_vars(scope: &Scope) -> Result<Map<String, Json>, SettingError> {
    let mut vars = Map::new();
    for name in VARIABLES {
        if let Some(written) = scope.get(name) {
            let value = evaluate(&written, scope)?;
            if !value.is_omitted() {
                vars.insert((*name).to_owned(), value.to_json());
            }
        }
    }
    Ok(vars)
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::Null => Some(0),
        other => text(other).trim().parse().ok(),
    }
}
