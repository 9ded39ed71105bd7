//! Which handlers a notification means.

use std::sync::Arc;

use edgewright_template::{Scope, evaluate};

use super::context::PlayRun;
use super::settings::text;
use crate::load::model::Task;

/// The handlers that a notification means: the last of that name, and all that listen to it, in their order.
pub(crate) fn notified(play: &PlayRun, notification: &str, scope: &Scope) -> Vec<Arc<Task>> {
    let handlers = play.handlers();
    let names = |handler: &Task| -> Option<(String, Option<String>)> {
        let written = handler.name.as_ref()?;
        let name = text(&evaluate(&written.value, scope).ok()?);
        let full = handler
            .role
            .as_ref()
            .map(|role| format!("{} : {name}", role.role.name));
        Some((name, full))
    };
    let mut found: Vec<Arc<Task>> = Vec::new();
    let named = handlers.iter().rev().find(|handler| {
        names(handler).is_some_and(|(name, full)| {
            name == notification || full.as_deref() == Some(notification)
        })
    });
    found.extend(named.cloned());
    let mut seen: Vec<String> = Vec::new();
    for handler in handlers.iter().rev() {
        if !handler.listen.iter().any(|topic| &**topic == notification) {
            continue;
        }
        // Of several with one name, the last stands for all.
        if let Some((name, _)) = names(handler) {
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
