//! `vars_files` of plays: read for each host, since their names may depend on it.
//!
//! Called by `host` when a play starts, and again when facts are known.

use std::sync::Arc;

use edgewright_template::{Map, evaluate};

use super::context::PlayRun;
use super::settings::text;
use crate::events::Event;
use crate::load::model::Spanned;
use crate::load::place::Place;
use crate::load::{Loader, fields};
use crate::value::merged;
use crate::vars::Local;

/// The variables of all files, later ones over earlier ones.
pub(crate) fn read(play: &Arc<PlayRun>, host: &Arc<str>) -> Arc<Map> {
    let mut all = Map::new();
    for choices in &play.play.vars_files {
        let local = Local {
            files: Arc::new(all.clone()),
            ..Local::default()
        };
        let scope = play.run.vars.scope(host, &play.vars, None, &local);
        for choice in choices {
            let name = match evaluate(&choice.value, &scope) {
                Ok(name) => text(&name),
                // A name that needs facts is known once there are some.
                Err(_) => break,
            };
            let directory = &play.play.place;
            let found = [directory.join("vars"), directory.clone()]
                .iter()
                .map(|place| place.join(&name))
                .find(Place::is_file);
            if let Some(place) = found {
                all = merged(&all, &one(play, &place, choice));
                break;
            }
        }
    }
    Arc::new(all)
}

fn one(play: &PlayRun, place: &Place, choice: &Spanned<edgewright_template::Value>) -> Map {
    let options = Arc::clone(&play.run.load);
    let mut loader = Loader::new(&options);
    let node = loader.yaml(place, Some(&choice.span));
    let vars = node
        .map(|node| fields::vars(&node, "a file of variables", &mut loader.problems))
        .unwrap_or_default();
    if loader.problems.has_errors() {
        play.run.tell(&Event::Warning(loader.problems.to_string()));
    }
    vars
}
