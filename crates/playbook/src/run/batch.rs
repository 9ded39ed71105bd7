//! Consecutive tasks of one host that travel together in one message.
//!
//! Called by `host` where no other host has to be waited for. A task may travel with those before it when nothing that
//! is evaluated for it depends on what they return: a [`Watch`] sees whether a variable that they set was asked for.
//! The worker stops at the first that fails, so that a failure leads where it would without a batch.

use std::sync::Arc;
use std::time::Instant;

use edgewright_protocol::spec::{ModuleSpec, RunsOn};
use edgewright_template::Watch;
use edgewright_transport::Answer;

use super::attempt::{Done, begin};
use super::context::{Context, PlayRun};
use super::cursor::Next;
use super::host::HostRun;
use super::judge::{conclude, notifications};
use super::remote::{self, Call};
use super::results::{Returned, is};
use super::task::{finish, starts};
use crate::events::Status;
use crate::load::keywords::Keyword;
use crate::load::model::{Action, Condition, Task};
use crate::vars::Local;

/// Most tasks of one message.
const MOST: usize = 32;

/// Modules that may take long: they are the first of a batch, so that what stands before them is told at once.
const SLOW: &[&str] = &[
    "apt",
    "apt_repository",
    "command",
    "package",
    "shell",
    "systemd",
    "wait_for",
];

/// A task of a batch, with everything that is known before the worker is asked.
pub(crate) struct Planned {
    task: Arc<Task>,
    spec: &'static ModuleSpec,
    local: Local,
    /// What the worker is asked; nothing for a task that is over already.
    call: Option<Call>,
    done: Done,
}

/// Whether a task may be in a batch at all.
fn spec_of(task: &Task) -> Option<&'static ModuleSpec> {
    let Action::Module { spec, .. } = &task.action else {
        return None;
    };
    let settings = &task.inherited.settings;
    let single = task.repeat.is_none()
        && task.until.is_empty()
        && task.retries.is_none()
        && settings.get(Keyword::DelegateTo).is_none();
    (single && spec.runs_on != RunsOn::Control).then_some(spec)
}

/// Whether what a task returns decides how it ends, so that nothing may be done before that is known.
fn decides(task: &Task) -> bool {
    let open = |conditions: &Option<Vec<Condition>>| {
        conditions
            .iter()
            .flatten()
            .any(|condition| &*condition.text != "false")
    };
    open(&task.failed_when) || open(&task.changed_when) || (task.handler && !task.notify.is_empty())
}

/// The tasks that can be done next in one message; none when the next is of another kind.
pub(crate) fn plan(play: &Arc<PlayRun>, host: &HostRun) -> Vec<Planned> {
    let mut planned: Vec<Planned> = Vec::new();
    // Other hosts are asked through `hostvars`, and so is the host itself.
    let mut changed: Vec<Arc<str>> = vec!["hostvars".into()];
    let mut open = true;
    host.ahead(|next| {
        if !open || planned.len() >= MOST {
            return false;
        }
        let Some(spec) = spec_of(&next.task) else {
            return false;
        };
        let first = planned.is_empty();
        if !first && SLOW.contains(&spec.name) {
            return false;
        }
        let watch = (!first).then(|| Arc::new(Watch::new(changed.clone())));
        let Some(one) = look(play, host, next, spec, watch.as_ref()) else {
            return false;
        };
        let same = planned
            .iter()
            .filter_map(|other| other.call.as_ref())
            .all(|other| {
                one.call
                    .as_ref()
                    .is_none_or(|call| call.host == other.host && call.way == other.way)
            });
        if !same {
            return false;
        }
        changed.extend(next.task.register.clone());
        // Facts may change any variable, and after a failure nothing is sure.
        open = spec.name != "setup" && !decides(&next.task) && !is(&one.done.result, "failed");
        planned.push(one);
        true
    });
    planned
}

/// Evaluates a task; nothing when it asked for something that is about to change.
fn look(
    play: &Arc<PlayRun>,
    host: &HostRun,
    next: &Next,
    spec: &'static ModuleSpec,
    watch: Option<&Arc<Watch>>,
) -> Option<Planned> {
    let Action::Module { args, .. } = &next.task.action else {
        return None;
    };
    let mut local = Local {
        watch: watch.cloned(),
        ..host.local(next)
    };
    let context = Context::new(play, &host.name, &next.task, local.clone(), Vec::new());
    let (call, done) = begin(&context, spec, args);
    if watch.is_some_and(|watch| watch.was_asked()) {
        return None;
    }
    local.watch = None;
    Some(Planned {
        task: Arc::clone(&next.task),
        spec,
        local,
        call,
        done,
    })
}

/// Does planned tasks, as far as everything goes well.
pub(crate) async fn run(play: &Arc<PlayRun>, host: &mut HostRun, mut planned: Vec<Planned>) {
    let name = Arc::clone(&host.name);
    let began = Instant::now();
    if let Some(first) = planned.first() {
        starts(&context(play, &name, &first.task, first.local.clone()));
    }
    let asked: Vec<bool> = planned.iter().map(|one| one.call.is_some()).collect();
    let mut calls: Vec<Call> = planned
        .iter_mut()
        .filter_map(|one| one.call.take())
        .collect();
    let mut answers = answers(play, &name, &mut calls).await.into_iter();
    for (at, (one, asked)) in planned.into_iter().zip(asked).enumerate() {
        let result = match asked.then(|| answers.next()) {
            None => None,
            Some(Some(Answer::Done(result))) => Some(result),
            // What was not started is still next.
            Some(Some(Answer::Skipped) | None) => return,
        };
        if host.take().is_none() {
            return;
        }
        let context = context(play, &name, &one.task, one.local);
        let mut started = began;
        if at > 0 {
            starts(&context);
            started = Instant::now();
        }
        let mut done = one.done;
        if let Some(mut result) = result {
            let strongest = &context.local.strongest;
            conclude(&context, one.spec, strongest, &mut result, None);
            done.result = result;
            done.notify = notifications(&context, &done.result, strongest);
        }
        let outcome = finish(&context, vec![(Arc::default(), done)], None, started);
        host.settle(&context, &outcome);
        if matches!(outcome.status, Status::Failed | Status::Unreachable) {
            return;
        }
    }
}

fn context<'p>(
    play: &'p Arc<PlayRun>,
    host: &'p Arc<str>,
    task: &'p Arc<Task>,
    local: Local,
) -> Context<'p> {
    Context::new(play, host, task, local, vec![Arc::clone(host)])
}

/// Sends all calls and returns what the worker answers to each.
async fn answers(play: &Arc<PlayRun>, host: &Arc<str>, calls: &mut [Call]) -> Vec<Answer> {
    let Some(first) = calls.first() else {
        return Vec::new();
    };
    let lost = |result: Returned| vec![Answer::Done(result)];
    let session = match remote::session(&play.run, first).await {
        Ok(session) => session,
        Err(error) => return lost(remote::lost(&error)),
    };
    let _slot = play.run.slot().await;
    let mut sent = Ok(());
    for call in calls.iter_mut() {
        if sent.is_ok() {
            sent = remote::send_file(&session, call).await;
        }
    }
    let messages = calls.iter().map(|call| call.message.clone()).collect();
    let answered = match sent {
        Ok(()) => session.run_all(messages).await,
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|error| {
        play.run.sessions.forget(host);
        lost(remote::lost(&error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::InventoryConnector;
    use crate::events::Silent;
    use crate::inventory::Inventory;
    use crate::load::{LoadOptions, Playbook, PlaybookSource};
    use crate::run::sessions::Sessions;
    use crate::run::{RunOptions, context::Run};
    use crate::vars::Vars;

    /// Names of the tasks that would travel in the first message.
    fn first(tasks: &str) -> Vec<String> {
        let mut inventory = Inventory::new();
        inventory.add_host("h1", "ungrouped");
        inventory.reconcile();
        let source = PlaybookSource::Embedded {
            name: "site.yml".to_owned(),
            text: format!("- hosts: h1\n  gather_facts: false\n  tasks:\n{tasks}"),
        };
        let playbook = Playbook::load(&[source], &inventory, &LoadOptions::default())
            .unwrap_or_else(|problems| panic!("{problems}"));
        let options = RunOptions::default();
        let mut problems = edgewright_yaml::Diagnostics::default();
        let vars = Vars::new(
            inventory,
            &[],
            &options,
            edgewright_template::Map::new(),
            &mut problems,
        );
        let run = Arc::new(Run {
            vars: Arc::new(vars),
            options,
            load: Arc::clone(&playbook.options),
            sessions: Sessions::new(Arc::new(InventoryConnector::new("root", Vec::new()))),
            observer: Arc::new(Silent),
            slots: None,
        });
        let play = Arc::new(playbook.plays[0].clone());
        let name: Arc<str> = "h1".into();
        let steps = Arc::new(super::super::steps(&run, &play));
        let play = Arc::new(PlayRun::new(run, play, vec![Arc::clone(&name)]));
        let mut host = HostRun::new(&name);
        host.start(&play, &steps);
        while host
            .peek()
            .is_some_and(|next| matches!(next.task.action, Action::Meta(_)))
        {
            host.take();
        }
        plan(&play, &host)
            .iter()
            .map(|one| {
                one.task
                    .name
                    .as_ref()
                    .unwrap()
                    .value
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn tasks_travel_together_until_one_needs_what_another_returns() {
        let found = first(
            "    - {name: a, stat: {path: /x}, register: seen}\n\
             \x20   - {name: b, file: {path: /x, state: absent}, when: false}\n\
             \x20   - {name: c, copy: {content: x, dest: /x}}\n\
             \x20   - {name: d, file: {path: /x, state: absent}, when: seen.stat.exists}\n\
             \x20   - {name: e, stat: {path: /x}}\n",
        );
        assert_eq!(found, ["a", "b", "c"]);
    }

    #[test]
    fn a_result_behind_another_variable_is_seen() {
        let found = first(
            "    - {name: a, stat: {path: /x}, register: seen}\n\
             \x20   - {name: b, stat: {path: \"{{ path }}\"}, vars: {path: \"/{{ seen.stat.exists }}\"}}\n",
        );
        assert_eq!(found, ["a"]);
    }

    #[test]
    fn what_decides_ends_a_batch_and_what_may_take_long_begins_one() {
        let decides = "    - {name: a, stat: {path: /x}, register: r, failed_when: r.stat.exists}\n\
                       \x20   - {name: b, stat: {path: /x}}\n";
        assert_eq!(first(decides), ["a"]);
        let slow = "    - {name: a, stat: {path: /x}}\n\
                    \x20   - {name: b, command: ls, changed_when: false}\n";
        assert_eq!(first(slow), ["a"]);
        let slow_first = "    - {name: a, command: ls, changed_when: false}\n\
                          \x20   - {name: b, stat: {path: /x}}\n";
        assert_eq!(first(slow_first), ["a", "b"]);
    }

    #[test]
    fn loops_tries_and_modules_of_this_machine_stand_alone() {
        for task in [
            "stat: {path: /x}, loop: [1]",
            "stat: {path: /x}, until: true",
            "debug: {msg: x}",
        ] {
            assert!(
                first(&format!("    - {{name: a, {task}}}\n")).is_empty(),
                "{task}"
            );
        }
    }
}
