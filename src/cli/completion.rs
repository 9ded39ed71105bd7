//! `edgewright completion`: completion scripts, made from what the command line accepts.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::exit::{Exit, unless_lost};
use super::global::Global;
use super::{Logged, Words};

/// As typed; nothing else is meant.
#[derive(Debug, Args)]
#[command(after_help = "For example, in ~/.bashrc: source <(edgewright completion bash)")]
pub struct CompletionWords {
    /// The shell that the script is for
    shell: Shell,
}

/// Prints the script.
pub fn run(global: &Global, words: &CompletionWords) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(
        words.shell,
        &mut Words::command(),
        "edgewright",
        &mut script,
    );
    let Some(report) = super::report(global, "completion", Logged::No) else {
        return Exit::Failed;
    };
    report.text(String::from_utf8_lossy(&script));
    unless_lost(Exit::Done, &report)
}
