//! `cargo xtask demo`: the story of a cluster in the sandbox, told by the commands themselves and checked chapter by chapter.
//!
//! [`stage`] shows and runs, [`books`] lists what both sides hold, [`damage`] spoils a host. A chapter whose outcome is not
//! the one that is told ends the demo; the sandbox goes down all the same.

mod books;
mod damage;
mod stage;

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;
use crate::sandbox::{Afterwards, Sandbox};
use crate::{build, command, need, place, say};
use books::Books;
pub use stage::{Host, hosts};
use stage::{Stage, holds};

/// The cluster that the story is about.
pub const CLUSTER_FILE: &str = "inventory/demo.edge.yml";

/// As typed.
#[derive(Debug, Args)]
pub struct Words {
    /// Directory of the sandbox [default: a temporary one]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Leave the sandbox and what is in it at the end
    #[arg(long)]
    keep: bool,
}

/// Tells the story.
///
/// # Errors
/// [`Failure::Story`] when it does not hold, or what a command ended with.
pub fn run(words: &Words) -> Result<(), Failure> {
    need::packages(&[need::BUILD, need::SANDBOX, need::DEMO])?;
    need::docker_engine()?;
    say::heading("Build");
    build::programs()?;
    let dir = words.dir.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("edgewright-demo-{}", std::process::id()))
    });
    let told = story(words, &dir);
    match &told {
        Ok(()) if words.dir.is_none() && !words.keep => fs_err::remove_dir_all(&dir)?,
        Ok(()) => {}
        Err(_) => say::note(&format!(
            "logs of the sandbox and of every command are in {}",
            dir.display()
        )),
    }
    told
}

fn story(words: &Words, dir: &std::path::Path) -> Result<(), Failure> {
    let afterwards = if words.keep {
        Afterwards::Stay
    } else {
        Afterwards::Down
    };
    let mut stage = Stage::default();
    let sandbox = stage.chapter(
        "A Vultr account and an OpenNebula front-end on this machine",
        || {
            let sandbox = Sandbox::up(place::release("edgewright-sandbox"), dir, afterwards)?;
            say::typed(&format!(". {}", sandbox.file("env").display()));
            command::Run::new("cat").args([CLUSTER_FILE]).run()?;
            Ok(sandbox)
        },
    )?;
    let empty = Books::of(&sandbox)?;
    begin(&mut stage, &sandbox)?;
    again(&mut stage, &sandbox)?;
    let larger = grow(&mut stage, &sandbox)?;
    damage::chapter(&mut stage, &sandbox, &larger)?;
    if words.keep {
        say::note("the cluster stays, as you asked");
    } else {
        end(&mut stage, &sandbox, &larger, &empty)?;
    }
    stage.chapter("The sandbox goes down", || sandbox.close())?;
    stage.end();
    Ok(())
}

fn begin(stage: &mut Stage, sandbox: &Sandbox) -> Result<(), Failure> {
    stage.chapter("What would be done, and what it costs", || {
        let seen = stage::calls(sandbox)?.len();
        let plan = stage::edgewright(sandbox, "plan", CLUSTER_FILE, &[])?;
        holds(
            plan.created > 0 && plan.removed == 0,
            "the plan creates something and removes nothing",
        )?;
        let changed = stage::mutating(&stage::calls(sandbox)?, seen);
        holds(changed == 0, "planning changes nothing on either side")
    })?;
    stage.chapter("Three hosts, from nothing", || {
        let apply = stage::edgewright(sandbox, "apply", CLUSTER_FILE, &["--yes"])?;
        holds(
            apply.created > 0 && apply.failed == 0,
            "everything is created",
        )?;
        holds(hosts(sandbox)?.len() == 3, "there are three hosts")
    })?;
    stage.chapter("What there is, and whether it works", || {
        stage::edgewright(sandbox, "status", CLUSTER_FILE, &[])?;
        let verify = stage::edgewright(sandbox, "verify", CLUSTER_FILE, &[])?;
        holds(
            verify.failed == 0 && verify.unchanged > 0,
            "every check passes",
        )?;
        let first = hosts(sandbox)?.into_iter().next();
        let first = first.ok_or_else(|| Failure::Story("there is a first host".to_owned()))?;
        say::note("the same, asked of a host without any code of ours:");
        let shown = "vtysh -c 'show bgp l2vpn evpn summary'";
        stage::on_host(&first, shown)
    })
}

fn again(stage: &mut Stage, sandbox: &Sandbox) -> Result<(), Failure> {
    stage.chapter(
        "The same command again changes nothing, even without its memory",
        || {
            let memory = sandbox.variable("EDGEWRIGHT_STATE_DIR").unwrap_or_default();
            let seen = stage::calls(sandbox)?.len();
            command::Run::shell("rm -r \"$EDGEWRIGHT_STATE_DIR\"")
                .env("EDGEWRIGHT_STATE_DIR", &memory)
                .run()?;
            let apply = stage::edgewright(sandbox, "apply", CLUSTER_FILE, &["--yes"])?;
            holds(apply.is_nothing(), "nothing is created, changed or removed")?;
            let calls = stage::calls(sandbox)?;
            let changed = stage::mutating(&calls, seen);
            say::note(&format!(
                "{} API calls, {changed} of them could change anything",
                calls.len() - seen
            ));
            holds(changed == 0, "no call changes anything on either side")
        },
    )
}

/// The fourth host; returns the file that has it.
fn grow(stage: &mut Stage, sandbox: &Sandbox) -> Result<String, Failure> {
    let larger = sandbox.file("larger.edge.yml").display().to_string();
    stage.chapter("A fourth host joins", || {
        let text = fs_err::read_to_string(place::root().join(CLUSTER_FILE))?;
        fs_err::write(&larger, four_hosts(&text)?)?;
        // `diff` ends with 1 where files differ.
        command::Run::shell(&format!(
            "diff {CLUSTER_FILE} {} || true",
            command::quoted(&larger)
        ))
        .shown_as(&format!("diff {CLUSTER_FILE} {larger}"))
        .run()?;
        let apply = stage::edgewright(sandbox, "apply", &larger, &["--yes"])?;
        holds(
            apply.created > 0 && apply.removed == 0 && apply.failed == 0,
            "only something new is created",
        )?;
        holds(hosts(sandbox)?.len() == 4, "there are four hosts")?;
        let verify = stage::edgewright(sandbox, "verify", &larger, &[])?;
        holds(verify.failed == 0, "every check passes with four hosts")
    })?;
    Ok(larger)
}

/// The cluster file with four hosts instead of three.
fn four_hosts(text: &str) -> Result<String, Failure> {
    for (three, four) in [("count: 3", "count: 4"), ("hosts: 3", "hosts: 4")] {
        if text.matches(three).count() == 1 {
            return Ok(text.replace(three, four));
        }
    }
    Err(Failure::Story(format!(
        "{CLUSTER_FILE} says in one place that there are three hosts"
    )))
}

fn end(stage: &mut Stage, sandbox: &Sandbox, file: &str, empty: &Books) -> Result<(), Failure> {
    stage.chapter("Everything disappears without a trace", || {
        let destroy = stage::edgewright(sandbox, "destroy", file, &["--yes"])?;
        holds(
            destroy.removed > 0 && destroy.failed == 0,
            "everything is removed",
        )?;
        say::note("both sides' own lists, asked without any code of ours:");
        let books = Books::of(sandbox)?;
        books.show();
        holds(
            &books == empty,
            "both sides hold what they held at the beginning",
        )?;
        sandbox.run(&["hosts"])?;
        holds(hosts(sandbox)?.is_empty(), "no host is left")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fourth_host_is_one_changed_number() {
        let text = "name: demo\nhosts:\n  count: 3\npublic_ips: 2\n";
        assert_eq!(
            four_hosts(text).unwrap(),
            "name: demo\nhosts:\n  count: 4\npublic_ips: 2\n"
        );
        assert_eq!(four_hosts("hosts: 3\n").unwrap(), "hosts: 4\n");
        assert_eq!(
            four_hosts("hosts: [a, b]\n").unwrap_err().to_string(),
            "the story does not hold: inventory/demo.edge.yml says in one place that there are three hosts"
        );
    }
}
