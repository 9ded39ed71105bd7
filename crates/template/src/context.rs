//! What templates see of a scope: variables that are evaluated when they are asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Jinja};
use minijinja::{Error, ErrorKind};

use crate::engine;
use crate::scope::{Scope, ScopeMap};
use crate::value::{Map, OMIT, Value};

/// Deepest chain of variables that refer to each other.
const MAX_CHAIN: usize = 64;

/// One evaluation: the scope, what is known already, the variables that are being evaluated, and what failed.
///
/// minijinja cannot be told that a variable failed: it is told that the variable is undefined, as Ansible has it
/// for one that needs an undefined one, and the reason is kept here.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    scope: Scope,
    known: Mutex<HashMap<String, Jinja>>,
    chain: Mutex<Vec<String>>,
    undefined: Mutex<Option<Trace>>,
    failure: Mutex<Option<(Error, Trace)>>,
}

/// Where evaluation was when something failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// The template.
    pub template: String,
    /// Variables that led there, the outermost first.
    pub chain: Vec<String>,
}

impl Context {
    pub fn new(scope: &Scope) -> Self {
        Self(Arc::new(Inner {
            scope: scope.clone(),
            known: Mutex::default(),
            chain: Mutex::default(),
            undefined: Mutex::default(),
            failure: Mutex::default(),
        }))
    }

    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// The object that templates are given.
    pub fn object(&self) -> Jinja {
        Jinja::from_object(Variables(self.clone()))
    }

    /// The first undefined variable that was met inside another one.
    pub fn undefined(&self) -> Option<Trace> {
        held(&self.0.undefined).clone()
    }

    /// The first failure that is more than something undefined.
    pub fn take_failure(&self) -> Option<(Error, Trace)> {
        held(&self.0.failure).take()
    }

    fn fail(&self, error: Error, template: &str) {
        let trace = Trace {
            template: template.to_owned(),
            chain: held(&self.0.chain).clone(),
        };
        if engine::root(&error).kind() == ErrorKind::UndefinedError {
            held(&self.0.undefined).get_or_insert(trace);
        } else {
            held(&self.0.failure).get_or_insert((error, trace));
        }
    }

    fn variable(&self, name: &str) -> Option<Jinja> {
        if name == "omit" {
            return Some(Jinja::from(OMIT));
        }
        if let Some(known) = held(&self.0.known).get(name) {
            return Some(known.clone());
        }
        if let Some(scopes) = self.0.scope.scopes(name) {
            return Some(Jinja::from_object(Scopes(scopes)));
        }
        let value = self.0.scope.get(name)?;
        if !value.has_templates() {
            return Some(self.lazy(&value));
        }
        {
            let mut chain = held(&self.0.chain);
            if chain.iter().any(|outer| outer == name) || chain.len() >= MAX_CHAIN {
                let circle = format!("{}` -> `{name}", chain.join("` -> `"));
                drop(chain);
                let text = format!(
                    "{}variables refer to each other in a circle: `{circle}`",
                    engine::LOOP_MARK
                );
                self.fail(Error::new(ErrorKind::InvalidOperation, text), "");
                return None;
            }
            chain.push(name.to_owned());
        }
        let found = self.lazy(&value);
        held(&self.0.chain).pop();
        held(&self.0.known).insert(name.to_owned(), found.clone());
        Some(found).filter(|found| !found.is_undefined())
    }

    /// A value as templates see it: templates in it are evaluated when they are looked at.
    pub fn lazy(&self, value: &Value) -> Jinja {
        match value {
            Value::Null => Jinja::from(()),
            Value::Bool(value) => Jinja::from(*value),
            Value::Int(value) => Jinja::from(*value),
            Value::Float(value) => Jinja::from(*value),
            Value::Text(text) if text.template => {
                engine::text_value(self, text).unwrap_or_else(|error| {
                    self.fail(error, &text.content);
                    Jinja::UNDEFINED
                })
            }
            Value::Text(text) => Jinja::from(Arc::clone(&text.content)),
            Value::List(list) => Jinja::from_object(LazyList(Arc::clone(list), self.clone())),
            Value::Map(map) => Jinja::from_object(LazyMap(Arc::clone(map), self.clone())),
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Variables(Context);

impl Object for Variables {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0.variable(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.0
                .scope()
                .names()
                .into_iter()
                .map(Jinja::from)
                .collect(),
        )
    }
}

/// A list whose elements are evaluated when they are looked at.
#[derive(Debug)]
pub(crate) struct LazyList(pub Arc<Vec<Value>>, pub Context);

impl Object for LazyList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let index = key.as_i64()?;
        let length = i64::try_from(self.0.len()).ok()?;
        let at = usize::try_from(if index < 0 { index + length } else { index }).ok()?;
        self.0.get(at).map(|value| self.1.lazy(value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

/// A mapping whose values are evaluated when they are looked at.
#[derive(Debug)]
pub(crate) struct LazyMap(pub Arc<Map>, pub Context);

impl Object for LazyMap {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let found = match key.as_str() {
            Some(name) => self.0.get(name),
            // Keys are texts here, whatever they were written as.
            None => self.0.get(key.to_string().as_str()),
        };
        found.map(|value| self.1.lazy(value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.0
                .keys()
                .map(|key| Jinja::from(Arc::clone(key)))
                .collect(),
        )
    }
}

/// `hostvars` and its like: every value is a scope of its own.
#[derive(Debug)]
struct Scopes(Arc<dyn ScopeMap>);

impl Object for Scopes {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0
            .scope(key.as_str()?)
            .map(|scope| Context::new(&scope).object())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().into_iter().map(Jinja::from).collect())
    }
}
