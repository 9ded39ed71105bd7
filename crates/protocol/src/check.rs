//! Checks a task's arguments against a module's declaration, with ansible-core's coercions.
//!
//! Called twice: when a playbook is loaded, where values may still be templates ([`names`]), and when a task
//! is about to be sent, where they are final ([`arguments`]).

use serde_json::{Map, Value};

use crate::spec::{Kind, ModuleSpec, OptionSpec};

/// One thing wrong with the arguments of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// The module has no such option.
    #[error("module `{module}` has no option `{option}`")]
    Unknown {
        /// The module.
        module: &'static str,
        /// The name as it was written.
        option: String,
    },
    /// A required option is missing.
    #[error("module `{module}` needs the option `{option}`")]
    Missing {
        /// The module.
        module: &'static str,
        /// The option.
        option: &'static str,
    },
    /// The same option was given under two names.
    #[error("option `{option}` of module `{module}` is given twice, once under another name")]
    Twice {
        /// The module.
        module: &'static str,
        /// The option.
        option: &'static str,
    },
    /// Options that exclude each other.
    #[error("options {} of module `{module}` exclude each other", list(.options))]
    Exclusive {
        /// The module.
        module: &'static str,
        /// The options that were given.
        options: Vec<&'static str>,
    },
    /// None of several options, one of which is needed.
    #[error("module `{module}` needs one of the options {}", list(.options))]
    OneOf {
        /// The module.
        module: &'static str,
        /// The options.
        options: Vec<&'static str>,
    },
    /// Not one of the allowed values.
    #[error("option `{option}` of module `{module}` must be one of {}, not `{value}`", list(.choices))]
    Choice {
        /// The module.
        module: &'static str,
        /// The option.
        option: &'static str,
        /// The allowed values.
        choices: Vec<&'static str>,
        /// What was given.
        value: String,
    },
    /// Of the wrong type.
    #[error("option `{option}` of module `{module}` must be of type {expected}, not {found}")]
    Type {
        /// The module.
        module: &'static str,
        /// The option.
        option: &'static str,
        /// ansible-core's name of the type.
        expected: &'static str,
        /// What was given, in words.
        found: String,
    },
}

impl ArgumentError {
    /// The option as it was written, where the complaint is about one that is there.
    pub fn option(&self) -> Option<&str> {
        match self {
            Self::Unknown { option, .. } => Some(option),
            Self::Twice { option, .. }
            | Self::Choice { option, .. }
            | Self::Type { option, .. } => Some(option),
            Self::Missing { .. } | Self::Exclusive { .. } | Self::OneOf { .. } => None,
        }
    }
}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Checks what can be known before templates are evaluated. `is_template` tells which values are not final.
pub fn names(
    spec: &ModuleSpec,
    args: &Map<String, Value>,
    is_template: impl Fn(&Value) -> bool,
) -> Vec<ArgumentError> {
    let mut errors = Vec::new();
    let mut given: Vec<&'static str> = Vec::new();
    for (name, value) in args {
        match spec.option(name) {
            None => errors.push(ArgumentError::Unknown {
                module: spec.name,
                option: name.clone(),
            }),
            Some(option) if given.contains(&option.name) => {
                errors.push(ArgumentError::Twice {
                    module: spec.name,
                    option: option.name,
                });
            }
            Some(option) => {
                given.push(option.name);
                if !is_template(value)
                    && !value.is_null()
                    && let Err(error) = coerce(spec, option, value)
                {
                    errors.push(error);
                }
            }
        }
    }
    relations(spec, &given, &mut errors);
    errors
}

fn relations(spec: &ModuleSpec, given: &[&'static str], errors: &mut Vec<ArgumentError>) {
    for option in spec
        .options()
        .filter(|option| option.required && !given.contains(&option.name))
    {
        errors.push(ArgumentError::Missing {
            module: spec.name,
            option: option.name,
        });
    }
    for set in spec.mutually_exclusive {
        let options: Vec<&'static str> = set
            .iter()
            .copied()
            .filter(|name| given.contains(name))
            .collect();
        if options.len() > 1 {
            errors.push(ArgumentError::Exclusive {
                module: spec.name,
                options,
            });
        }
    }
    for set in spec.required_one_of {
        if !set.iter().any(|name| given.contains(name)) {
            errors.push(ArgumentError::OneOf {
                module: spec.name,
                options: set.to_vec(),
            });
        }
    }
}

/// Checks final arguments: canonical names, coerced values, defaults filled in.
///
/// # Errors
/// Everything that is wrong with them.
pub fn arguments(
    spec: &ModuleSpec,
    args: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<ArgumentError>> {
    let mut errors = Vec::new();
    let mut checked = Map::new();
    for (name, value) in args {
        let Some(option) = spec.option(name) else {
            errors.push(ArgumentError::Unknown {
                module: spec.name,
                option: name.clone(),
            });
            continue;
        };
        if value.is_null() {
            continue;
        }
        match coerce(spec, option, value) {
            Ok(_) if checked.contains_key(option.name) => {
                errors.push(ArgumentError::Twice {
                    module: spec.name,
                    option: option.name,
                });
            }
            Ok(value) => {
                checked.insert(option.name.to_owned(), value);
            }
            Err(error) => errors.push(error),
        }
    }
    let given: Vec<&'static str> = spec
        .options()
        .filter(|option| checked.contains_key(option.name))
        .map(|option| option.name)
        .collect();
    relations(spec, &given, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    for option in spec.options() {
        if let (false, Some(default)) = (checked.contains_key(option.name), option.default)
            && let Ok(value) = coerce(spec, option, &Value::String(default.to_owned()))
        {
            checked.insert(option.name.to_owned(), value);
        }
    }
    Ok(checked)
}

fn coerce(
    spec: &ModuleSpec,
    option: &'static OptionSpec,
    value: &Value,
) -> Result<Value, ArgumentError> {
    let coerced = match option.kind {
        Kind::Raw => Some(value.clone()),
        Kind::Str | Kind::Path => text(value).map(Value::String),
        Kind::Mode => mode(value).map(Value::String),
        Kind::Bool => boolean(value).map(Value::Bool),
        Kind::Int => integer(value).map(Value::from),
        Kind::List => Some(match value {
            Value::Array(_) => value.clone(),
            Value::String(text) => split(text),
            other => Value::Array(vec![other.clone()]),
        }),
        Kind::ListOfStr => match value {
            Value::Array(items) => items
                .iter()
                .map(|item| text(item).map(Value::String))
                .collect::<Option<Vec<_>>>()
                .map(Value::Array),
            Value::String(text) => Some(split(text)),
            other => text(other).map(|text| Value::Array(vec![Value::String(text)])),
        },
        Kind::Dict => dict(value),
    };
    let coerced = coerced.ok_or_else(|| ArgumentError::Type {
        module: spec.name,
        option: option.name,
        expected: option.kind.name(),
        found: described(value),
    })?;
    if !option.choices.is_empty() {
        let values: Vec<&Value> = coerced
            .as_array()
            .map_or_else(|| vec![&coerced], |items| items.iter().collect());
        if let Some(wrong) = values
            .into_iter()
            .find(|v| !option.choices.iter().any(|choice| is_choice(v, choice)))
        {
            return Err(ArgumentError::Choice {
                module: spec.name,
                option: option.name,
                choices: option.choices.to_vec(),
                value: text(wrong).unwrap_or_else(|| described(wrong)),
            });
        }
    }
    Ok(coerced)
}

fn is_choice(value: &Value, choice: &str) -> bool {
    text(value).is_some_and(|text| text == choice)
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.len() <= 40 => format!("the text `{text}`"),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

/// Text as Ansible makes it of other scalars: `True` and `False` with capitals, as Python prints them.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}

fn split(text: &str) -> Value {
    Value::Array(
        text.split(',')
            .map(|word| Value::String(word.trim().to_owned()))
            .collect(),
    )
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) if number.as_i64() == Some(1) => Some(true),
        Value::Number(number) if number.as_i64() == Some(0) => Some(false),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" | "1.0" => Some(true),
            "n" | "no" | "off" | "0" | "false" | "f" | "0.0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn mode(value: &Value) -> Option<String> {
    match value {
        // YAML reads 0644 as octal, so that a number is already the mode itself.
        Value::Number(number) => number
            .as_u64()
            .filter(|mode| *mode <= 0o7777)
            .map(|mode| format!("{mode:04o}")),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn dict(value: &Value) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value.clone()),
        Value::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str::<Map<String, Value>>(text)
                .ok()
                .map(Value::Object)
        }
        Value::String(text) => {
            let pairs = text.split([',', ' ']).filter(|pair| !pair.is_empty());
            pairs
                .map(|pair| {
                    pair.split_once('=')
                        .map(|(key, value)| (key.to_owned(), Value::String(value.to_owned())))
                })
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::find;
    use serde_json::json;

    fn check(module: &str, args: &Value) -> Result<Value, Vec<String>> {
        arguments(find(module).unwrap(), args.as_object().unwrap())
            .map(Value::Object)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn aliases_become_canonical_and_words_become_booleans() {
        let checked = check(
            "file",
            &json!({"dest": "/x", "recurse": "yes", "state": "directory", "mode": 493}),
        )
        .unwrap();
        assert_eq!(checked["path"], "/x");
        assert_eq!(checked["recurse"], true);
        assert_eq!(checked["mode"], "0755");
        assert_eq!(checked["follow"], true);
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(
            check(
                "file",
                &json!({"state": "there", "recurse": "perhaps", "colour": "red"})
            )
            .unwrap_err(),
            [
                "option `state` of module `file` must be one of `absent`, `directory`, `file`, `hard`, `link`, `touch`, not `there`",
                "option `recurse` of module `file` must be of type bool, not the text `perhaps`",
                "module `file` has no option `colour`",
                "module `file` needs the option `path`",
            ]
        );
    }

    #[test]
    fn values_that_are_templates_are_not_judged_yet() {
        let args = json!({"path": "{{ x }}", "recurse": "{{ y }}"});
        let is_template = |value: &Value| value.as_str().is_some_and(|text| text.contains("{{"));
        assert!(
            names(
                find("file").unwrap(),
                args.as_object().unwrap(),
                is_template
            )
            .is_empty()
        );
    }

    #[test]
    fn exclusive_options_are_refused_together() {
        let errors = check("copy", &json!({"dest": "/x", "src": "a", "content": "b"})).unwrap_err();
        assert_eq!(
            errors,
            ["options `src`, `content` of module `copy` exclude each other"]
        );
    }
}
