//! One task: as whom, with which module, and what comes back.

use edgewright_protocol::message::Task;
use serde_json::{Map, Value};

use crate::become_user::Children;
use crate::blobs::Blobs;
use crate::lifeline::Lifeline;
use crate::modules;
use crate::outcome::{Context, Failure, Outcome};

/// Executes a task and returns its values as Ansible names them.
pub(crate) fn task(
    task: &Task,
    blobs: &Blobs,
    children: &mut Children,
    lifeline: Lifeline,
) -> Map<String, Value> {
    if let Some(user) = &task.become_user {
        match children.run(user, task, blobs, lifeline) {
            Ok(Some(result)) => return result,
            // Already that user.
            Ok(None) => {}
            Err(failure) => return values(Err(failure)),
        }
    }
    values(modules::run(
        &task.module,
        &Context::new(task, blobs, lifeline),
        &task.args,
    ))
}

/// The values of a module under the names that Ansible gives them.
pub(crate) fn values(result: Result<Outcome, Failure>) -> Map<String, Value> {
    let mut map = Map::new();
    match result {
        Ok(outcome) => {
            map.insert("changed".to_owned(), outcome.changed.into());
            map.extend(outcome.values);
        }
        Err(failure) => {
            map.insert("changed".to_owned(), false.into());
            map.insert("failed".to_owned(), true.into());
            map.insert("msg".to_owned(), failure.message.into());
            map.extend(failure.values);
        }
    }
    map
}
