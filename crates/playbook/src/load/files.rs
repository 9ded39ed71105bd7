//! Where files are looked for that tasks name.
//!
//! Called by `check` before a run, and by `run` for what is named by a template.

use super::model::Task;
use super::place::Place;

/// Directories in which a file of a task is looked for, in order. `part` is `files` or `templates`.
pub(crate) fn places(task: &Task, play: &Place, part: &str) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let role = task.role.iter().map(|role| &role.role.place);
    for place in role.chain([&task.place, play]) {
        for candidate in [place.join(part), place.clone()] {
            let known = candidate.to_string();
            if !places.iter().any(|place| place.to_string() == known) {
                places.push(candidate);
            }
        }
    }
    places
}
