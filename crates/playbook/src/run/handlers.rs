//! Which handlers a notification means.

use std::sync::Arc;

use edgewright_template::{Scope, evaluate};

use super::context::PlayRun;
use super::settings::text;
use crate::load::model::Task;

/// Handlers in the order in which they are searched: the last list first, and each from its beginning.
fn searched(handlers: &[Arc<Task>]) -> Vec<&Arc<Task>> {
    let same = |one: &Task, other: &Task| match (&one.role, &other.role) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    let lists: Vec<&[Arc<Task>]> = handlers.chunk_by(|one, other| same(one, other)).collect();
    lists.into_iter().rev().flatten().collect()
}

/// The handlers that a notification means: one of that name, and all that listen to it.
pub(crate) fn notified(play: &PlayRun, notification: &str, scope: &Scope) -> Vec<Arc<Task>> {
    let handlers = play.handlers();
    let handlers = searched(&handlers);
    let called = |handler: &Task| -> Option<(String, Option<String>)> {
        let written = handler.name.as_ref()?;
        let name = text(&evaluate(&written.value, scope).ok()?);
        let full = handler
            .role
            .as_ref()
            .map(|role| format!("{} : {name}", role.role.name));
        Some((name, full))
    };
    let mut found: Vec<Arc<Task>> = Vec::new();
    let first = handlers.iter().find(|handler| {
        called(handler).is_some_and(|(name, full)| {
            name == notification || full.as_deref() == Some(notification)
        })
    });
    found.extend(first.map(|handler| Arc::clone(handler)));
    let mut seen: Vec<String> = Vec::new();
    for handler in handlers {
        if !handler.listen.iter().any(|topic| &**topic == notification) {
            continue;
        }
        // Of several with one name, the first that is found stands for all.
        if let Some((name, _)) = called(handler) {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
        }
        if !found.iter().any(|known| Arc::ptr_eq(known, handler)) {
            found.push(Arc::clone(handler));
        }
    }
    found
}
