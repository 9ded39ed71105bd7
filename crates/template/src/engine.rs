//! Evaluating: texts, values, conditions, files.

use std::collections::{BTreeSet, HashMap};
use std::error::Error as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::value::{Value as Jinja, ValueKind};
use minijinja::{Error, ErrorKind, Expression};

use crate::context::Context;
use crate::convert;
use crate::environment::{Blocks, environment};
use crate::error::{Detail, Fault, TemplateError};
use crate::names;
use crate::scope::Scope;
use crate::value::{Text, Value, is_template};

/// Stands before the message of an error about a circle, so that it is told from others.
pub(crate) const LOOP_MARK: &str = "\u{1}loop:";

/// Evaluates a value and everything in it.
///
/// A text that is one expression keeps the type of its result; every other template becomes text. Entries of
/// mappings that evaluate to `omit` are left out.
///
/// # Errors
/// [`TemplateError`] for the first template that cannot be evaluated.
pub fn evaluate(value: &Value, scope: &Scope) -> Result<Value, TemplateError> {
    if !value.has_templates() {
        return Ok(value.clone());
    }
    let context = Context::new(scope);
    let result = convert::deep(&context, value);
    finished(&context, result, || first_template(value))
}

/// Evaluates a condition as `when` has it: an expression without braces.
///
/// # Errors
/// [`TemplateError`] when it cannot be evaluated, or is neither true nor false.
pub fn condition(
    expression: &str,
    origin: Option<&str>,
    scope: &Scope,
) -> Result<bool, TemplateError> {
    let context = Context::new(scope);
    let place = || (expression.to_owned(), origin.map(str::to_owned));
    let result = compiled(expression).and_then(|compiled| compiled.eval(context.object()));
    let result = result.and_then(|value| {
        if value.is_undefined() {
            Err(Error::from(ErrorKind::UndefinedError))
        } else {
            Ok(value)
        }
    });
    let result = finished(&context, result, place)?;
    match result.kind() {
        ValueKind::Bool => Ok(result.is_true()),
        kind => Err(Detail {
            fault: Fault::NotBoolean,
            message: format!("the condition `{expression}` is neither true nor false but a {kind}"),
            template: expression.to_owned(),
            origin: origin.map(str::to_owned),
            line: None,
            chain: Vec::new(),
        }
        .into()),
    }
}

/// A failure that was met on the way counts even where the result does not show it.
fn finished<T>(
    context: &Context,
    result: Result<T, Error>,
    place: impl Fn() -> (String, Option<String>),
) -> Result<T, TemplateError> {
    if let Some((error, trace)) = context.take_failure() {
        let (template, origin) = place();
        let template = if trace.template.is_empty() {
            template
        } else {
            trace.template.clone()
        };
        return Err(describe(&error, context, &template, origin, &trace.chain).into());
    }
    result.map_err(|error| {
        let (template, origin) = place();
        // An undefined variable inside another one is what the user has to know about.
        match context
            .undefined()
            .filter(|_| root(&error).kind() == ErrorKind::UndefinedError)
        {
            Some(trace) => describe(&error, context, &trace.template, origin, &trace.chain),
            None => describe(&error, context, &template, origin, &[]),
        }
        .into()
    })
}

/// Renders a template file to text. `name` is the file's path, for messages.
///
/// # Errors
/// [`TemplateError`] with the line in the file.
pub fn render(
    source: &str,
    name: &str,
    blocks: Blocks,
    scope: &Scope,
) -> Result<String, TemplateError> {
    let context = Context::new(scope);
    let template = environment(blocks).template_from_named_str(name, source);
    let rendered = template.and_then(|template| template.render(context.object()));
    let line = rendered.as_ref().err().and_then(Error::line);
    let place = || (line_of(source, line), Some(name.to_owned()));
    finished(&context, rendered, place)
}

fn line_of(source: &str, line: Option<usize>) -> String {
    let line = line.and_then(|line| source.lines().nth(line.saturating_sub(1)));
    line.unwrap_or_default().trim().to_owned()
}

/// Names of the variables that a text refers to; empty when it is no template, or a broken one.
pub fn references(text: &str) -> BTreeSet<String> {
    if !is_template(text) {
        return BTreeSet::new();
    }
    let template = environment(Blocks::default()).template_from_str(text);
    template
        .map(|template| template.undeclared_variables(false).into_iter().collect())
        .unwrap_or_default()
}

/// Names of the variables that a condition refers to.
pub fn condition_references(expression: &str) -> BTreeSet<String> {
    let compiled = environment(Blocks::default()).compile_expression(expression);
    compiled
        .map(|compiled| compiled.undeclared_variables(false).into_iter().collect())
        .unwrap_or_default()
}

/// Checks how a text or file is written, without evaluating it.
///
/// # Errors
/// [`TemplateError`] with the line.
pub fn check(text: &str, name: &str) -> Result<(), TemplateError> {
    if !is_template(text) {
        return Ok(());
    }
    let checked = environment(Blocks::default()).template_from_named_str(name, text);
    checked.map_err(|error| syntax(&error, text, name))?;
    known(text, names::unknown(text, false), name)
}

/// Complains about a filter or test that there is none of.
fn known(text: &str, unknown: Option<String>, name: &str) -> Result<(), TemplateError> {
    let Some(message) = unknown else {
        return Ok(());
    };
    let word = message.split('`').nth(1).unwrap_or_default();
    let before = text.split(word).next().unwrap_or_default();
    Err(Detail {
        fault: Fault::Syntax,
        line: Some(before.matches('\n').count() + 1),
        message,
        template: text.to_owned(),
        origin: Some(name.to_owned()).filter(|name| !name.is_empty()),
        chain: Vec::new(),
    }
    .into())
}

/// Checks how a condition is written, without evaluating it.
///
/// # Errors
/// [`TemplateError`].
pub fn check_condition(expression: &str) -> Result<(), TemplateError> {
    compiled(expression).map_err(|error| syntax(&error, expression, ""))?;
    known(expression, names::unknown(expression, true), "")
}

fn syntax(error: &Error, template: &str, name: &str) -> Detail {
    let detail = error.detail().unwrap_or("it cannot be read");
    let message = match error.kind() {
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction => {
            detail.to_owned()
        }
        _ => format!("this template is broken: {detail}"),
    };
    Detail {
        fault: Fault::Syntax,
        message,
        template: template.to_owned(),
        origin: Some(name.to_owned()).filter(|name| !name.is_empty()),
        line: error.line(),
        chain: Vec::new(),
    }
}

type Compiled = Arc<Expression<'static, 'static>>;

/// Compiled expressions by their text: tasks run on many hosts and in loops.
fn compiled(expression: &str) -> Result<Compiled, Error> {
    static CACHE: OnceLock<Mutex<HashMap<String, Compiled>>> = OnceLock::new();
    let cache = CACHE.get_or_init(Mutex::default);
    if let Some(found) = cache
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(expression)
    {
        return Ok(Arc::clone(found));
    }
    let made =
        Arc::new(environment(Blocks::default()).compile_expression_owned(expression.to_owned())?);
    cache
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(expression.to_owned(), Arc::clone(&made));
    Ok(made)
}

/// What a template text evaluates to, as templates see it.
pub(crate) fn text_value(context: &Context, text: &Text) -> Result<Jinja, Error> {
    if let Some(expression) = single_expression(&text.content)
        && let Ok(compiled) = compiled(expression)
    {
        let value = compiled.eval(context.object())?;
        return if value.is_undefined() {
            Err(Error::from(ErrorKind::UndefinedError))
        } else {
            Ok(value)
        };
    }
    let template = environment(Blocks::default()).template_from_str(&text.content)?;
    template.render(context.object()).map(Jinja::from)
}

/// The expression of a text that is nothing but `{{ expression }}`.
fn single_expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    let inner = inner.strip_suffix(['-', '+']).unwrap_or(inner);
    // Two expressions have braces between them; the compiler refuses what remains of that.
    (!inner.contains("{%")).then_some(inner)
}

/// The innermost of nested errors.
pub(crate) fn root(error: &Error) -> &Error {
    let mut root = error;
    while let Some(source) = root
        .source()
        .and_then(|source| source.downcast_ref::<Error>())
    {
        root = source;
    }
    root
}

fn first_template(value: &Value) -> (String, Option<String>) {
    match value {
        Value::Text(text) if text.template => (
            text.content.to_string(),
            text.origin.as_deref().map(str::to_owned),
        ),
        Value::List(list) => list
            .iter()
            .find(|item| item.has_templates())
            .map(first_template)
            .unwrap_or_default(),
        Value::Map(map) => map
            .values()
            .find(|item| item.has_templates())
            .map(first_template)
            .unwrap_or_default(),
        _ => (String::new(), None),
    }
}

/// Says what happened in our own words.
fn describe(
    error: &Error,
    context: &Context,
    template: &str,
    origin: Option<String>,
    chain: &[String],
) -> Detail {
    let root = root(error);
    let detail = root.detail().unwrap_or_default();
    let base = Detail {
        fault: Fault::Failed,
        message: String::new(),
        template: template.to_owned(),
        origin,
        line: error.line(),
        chain: chain.to_vec(),
    };
    if let Some(text) = detail.strip_prefix(LOOP_MARK) {
        return Detail {
            fault: Fault::Loop,
            message: text.to_owned(),
            chain: Vec::new(),
            ..base
        };
    }
    match root.kind() {
        ErrorKind::UndefinedError => {
            let name = undefined_name(context, template);
            let message = match &name {
                Some(name) => format!("`{name}` is undefined"),
                None => format!("something in `{}` is undefined", template.trim()),
            };
            let near = name.as_ref().and_then(|name| near(name, context));
            Detail {
                fault: Fault::Undefined { name, near },
                message,
                ..base
            }
        }
        ErrorKind::SyntaxError => Detail {
            fault: Fault::Syntax,
            message: format!("this template is broken: {detail}"),
            ..base
        },
        kind => {
            let message = if detail.is_empty() {
                kind.to_string()
            } else {
                detail.to_owned()
            };
            Detail { message, ..base }
        }
    }
}

fn undefined_name(context: &Context, template: &str) -> Option<String> {
    let names = if is_template(template) {
        references(template)
    } else {
        condition_references(template)
    };
    let globals = [
        "omit",
        "lookup",
        "query",
        "q",
        "range",
        "dict",
        "namespace",
        "debug",
    ];
    names
        .into_iter()
        .find(|name| !context.scope().has(name) && !globals.contains(&name.as_str()))
}

fn near(name: &str, context: &Context) -> Option<String> {
    let names = context.scope().names();
    edgewright_yaml::nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
