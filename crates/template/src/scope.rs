//! Finding variables by name.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::value::{Map, Value};

/// Variables that are computed when they are asked for: `hostvars`, `groups`.
pub trait Lazy: Debug + Send + Sync {
    /// The value of a variable, if it has one of this name.
    fn get(&self, name: &str) -> Option<Value>;

    /// A mapping whose values are looked up one by one, if it has one of this name: the scope of each key.
    fn scopes(&self, name: &str) -> Option<Arc<dyn ScopeMap>>;

    /// Names that it knows, for suggestions.
    fn names(&self) -> Vec<String>;
}

/// A mapping from keys to scopes, such as `hostvars`.
pub trait ScopeMap: Debug + Send + Sync {
    /// All keys, in order.
    fn keys(&self) -> Vec<Arc<str>>;

    /// The variables of one key.
    fn scope(&self, key: &str) -> Option<Scope>;
}

/// Where lookups find files.
#[derive(Clone, Debug, Default)]
pub struct SearchPath(pub Vec<PathBuf>);

/// Tells whether certain variables were asked for: those that are about to change.
#[derive(Debug, Default)]
pub struct Watch {
    names: Vec<Arc<str>>,
    asked: AtomicBool,
}

impl Watch {
    /// Watches these variables.
    pub fn new(names: Vec<Arc<str>>) -> Self {
        Self {
            names,
            asked: AtomicBool::new(false),
        }
    }

    /// Whether one of them was asked for.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn see(&self, name: &str) {
        if self.names.iter().any(|known| &**known == name) {
            self.asked.store(true, Ordering::Relaxed);
        }
    }
}

/// Layers of variables, the first of which that knows a name wins.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    layers: Vec<Arc<Map>>,
    lazy: Option<Arc<dyn Lazy>>,
    search: Arc<SearchPath>,
    watch: Option<Arc<Watch>>,
}

impl Scope {
    /// Layers, the strongest first.
    pub fn new(layers: Vec<Arc<Map>>) -> Self {
        Self {
            layers,
            lazy: None,
            search: Arc::default(),
            watch: None,
        }
    }

    /// The same, with computed variables that win over all layers.
    #[must_use]
    pub fn with_lazy(mut self, lazy: Arc<dyn Lazy>) -> Self {
        self.lazy = Some(lazy);
        self
    }

    /// The same, with a place where lookups find files.
    #[must_use]
    pub fn with_search_path(mut self, search: Arc<SearchPath>) -> Self {
        self.search = search;
        self
    }

    /// The same, with somebody who is told which variables are asked for.
    #[must_use]
    pub fn with_watch(mut self, watch: Arc<Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// The same, with a layer that wins over the others.
    #[must_use]
    pub fn with_layer(mut self, layer: Arc<Map>) -> Self {
        self.layers.insert(0, layer);
        self
    }

    /// A variable, not evaluated.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.see(name);
        let computed = self.lazy.as_ref().and_then(|lazy| lazy.get(name));
        computed.or_else(|| {
            self.layers
                .iter()
                .find_map(|layer| layer.get(name))
                .cloned()
        })
    }

    /// A computed mapping of scopes.
    pub fn scopes(&self, name: &str) -> Option<Arc<dyn ScopeMap>> {
        self.see(name);
        self.lazy.as_ref().and_then(|lazy| lazy.scopes(name))
    }

    fn see(&self, name: &str) {
        if let Some(watch) = &self.watch {
            watch.see(name);
        }
    }

    /// Whether there is a variable of this name.
    pub fn has(&self, name: &str) -> bool {
        self.scopes(name).is_some() || self.get(name).is_some()
    }

    /// All names.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .layers
            .iter()
            .flat_map(|layer| layer.keys().map(ToString::to_string))
            .collect();
        names.extend(self.lazy.iter().flat_map(|lazy| lazy.names()));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Where lookups find files.
    pub fn search_path(&self) -> &SearchPath {
        &self.search
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_sees_what_is_asked_for_also_by_way_of_another_variable() {
        let vars: Map = [
            ("a".into(), Value::written("{{ b }}", None)),
            ("b".into(), Value::Int(1)),
            ("c".into(), Value::Int(2)),
        ]
        .into_iter()
        .collect();
        let asked = |text: &str| {
            let watch = Arc::new(Watch::new(vec!["b".into()]));
            let scope = Scope::new(vec![Arc::new(vars.clone())]).with_watch(Arc::clone(&watch));
            let value = crate::evaluate(&Value::written(text, None), &scope);
            assert!(value.is_ok());
            watch.was_asked()
        };
        assert!(asked("{{ a }}") && asked("{{ b | default(1) }}"));
        assert!(!asked("{{ c }}") && !asked("b"));
    }
}
