//! What tests of modules share.

use super::*;

/// Runs a test in the surroundings of a task, which may say `check`, `diff`, `timeout` and so on.
pub(crate) fn within<T>(task: &Value, test: impl FnOnce(&Context<'_>) -> T) -> T {
    let mut all = json!({"id": 1, "module": "ping", "args": {}});
    all.as_object_mut()
        .unwrap()
        .extend(task.as_object().unwrap().clone());
    let task: Task = serde_json::from_value(all).unwrap();
    test(&Context::new(&task, &Blobs::default(), Lifeline::none()))
}
