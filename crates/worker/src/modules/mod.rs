//! What tasks do: a file a module.

mod apt;
mod apt_repository;
mod authorized_key;
mod command;
mod copy;
mod file;
mod lineinfile;
mod ping;
mod setup;
mod slurp;
mod stat;
mod sysctl;
mod systemd;
mod user;
mod wait_for;

use serde_json::{Map, Value};

use crate::outcome::{Context, Failure, ModuleResult, decode};

/// Runs a module by its short name.
pub(crate) fn run(name: &str, context: &Context<'_>, args: &Map<String, Value>) -> ModuleResult {
    match name {
        "apt" => apt::run(context, &decode(args)?),
        "package" => apt::package(context, decode(args)?),
        "apt_repository" => apt_repository::run(context, &decode(args)?),
        "authorized_key" => authorized_key::run(context, &decode(args)?),
        "command" => command::command(context, &decode(args)?),
        "shell" => command::shell(context, &decode(args)?),
        "copy" => copy::run(context, &decode(args)?),
        "file" => file::run(context, &decode(args)?),
        "lineinfile" => lineinfile::run(context, &decode(args)?),
        "ping" => ping::run(context, &decode(args)?),
        "setup" => Ok(setup::run(&decode(args)?)),
        "slurp" => slurp::run(context, &decode(args)?),
        "stat" => stat::run(context, &decode(args)?),
        "sysctl" => sysctl::run(context, &decode(args)?),
        "systemd" => systemd::run(context, &decode(args)?),
        "user" => user::run(context, &decode(args)?),
        "wait_for" => wait_for::run(context, &decode(args)?),
        other => Err(Failure::new(format!("the worker has no module `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blobs::Blobs;
    use crate::lifeline::Lifeline;
    use edgewright_protocol::message::Task;
    use edgewright_protocol::spec::RunsOn;
    use serde_json::json;

    #[test]
    fn every_declared_module_that_runs_on_hosts_is_here() {
        for spec in edgewright_protocol::modules::ALL
            .iter()
            .filter(|spec| spec.runs_on == RunsOn::Host)
        {
            let task: Task =
                serde_json::from_value(json!({"id": 1, "module": spec.name, "args": {}})).unwrap();
            let blobs = Blobs::default();
            // Arguments that no module takes: the module is found, and refuses them before doing anything.
            let wrong = json!({"path": [], "name": {}, "cmd": {}, "key": [], "port": "x", "data": [], "src": [], "repo": [], "gather_timeout": "x"});
            let result = run(
                spec.name,
                &Context::new(&task, &blobs, Lifeline::none()),
                wrong.as_object().unwrap(),
            );
            let message = result.unwrap_err().message;
            assert!(!message.contains("has no module"), "{message}");
        }
    }
}
