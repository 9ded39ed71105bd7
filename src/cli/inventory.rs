//! `edgewright inventory`: shows hosts, groups and variables as `ansible-inventory` does.

use clap::{ArgGroup, Args};
use edgewright_playbook::inventory::print::{View, to_text};
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::exit::{Exit, unless_lost};
use super::global::Global;
use super::{Logged, sources};
use crate::report::{Format, Report};

/// As typed.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true)))]
pub struct InventoryWords {
    /// File, directory, or hosts with a comma; several are laid over each other
    #[arg(short, long = "inventory", value_name = "INVENTORY", required = true)]
    inventory: Vec<String>,
    /// Print everything as JSON
    #[arg(long, group = "what")]
    list: bool,
    /// Print the variables of one host as JSON
    #[arg(long, group = "what", value_name = "HOST")]
    host: Option<String>,
    /// Print groups and hosts as a tree
    #[arg(long, group = "what")]
    graph: bool,
    /// With --graph: print variables, too
    #[arg(long, requires = "graph")]
    vars: bool,
    /// With --graph: the group to start at
    #[arg(value_name = "GROUP", requires = "graph", default_value = "all")]
    group: String,
}

/// As meant.
#[derive(Debug)]
enum What<'w> {
    List,
    Host(&'w str),
    Graph { group: &'w str, variables: bool },
}

impl InventoryWords {
    fn meant(&self) -> What<'_> {
        match &self.host {
            Some(host) => What::Host(host),
            None if self.graph => What::Graph {
                group: &self.group,
                variables: self.vars,
            },
            None => What::List,
        }
    }
}

/// Shows it.
pub fn run(global: &Global, words: &InventoryWords) -> Exit {
    let Some(report) = super::report(global, "inventory", Logged::No) else {
        return Exit::Failed;
    };
    let exit = match show(&report, words) {
        Ok(text) => {
            report.text(text);
            Exit::Done
        }
        Err(problems) => {
            report.diagnostics(problems);
            Exit::BadInput
        }
    };
    unless_lost(exit, &report)
}

fn show(report: &Report, words: &InventoryWords) -> Result<String, Diagnostics> {
    let what = words.meant();
    if report.output().format == Format::Json && matches!(what, What::Graph { .. }) {
        return Err(Diagnostic::error(
            "cli::graph-json",
            "a tree is for people, and has no form in JSON",
        )
        .help("use `--list`, which is JSON")
        .into());
    }
    let inventory = sources::load(&words.inventory)?;
    let view = View::new(&inventory)?;
    match what {
        What::List => Ok(to_text(&view.list())),
        What::Host(host) => view
            .host(host)
            .map(|vars| to_text(&vars))
            .ok_or_else(|| absent("host", host, inventory.hosts().map(|(name, _)| &**name))),
        What::Graph { group, variables } => view
            .graph(group, variables)
            .ok_or_else(|| absent("group", group, inventory.groups().map(|(name, _)| &**name))),
    }
}

fn absent<'n>(kind: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Diagnostics {
    let found = Diagnostic::error(
        "inventory::unknown",
        format!("the inventory has no {kind} `{name}`"),
    );
    let help = edgewright_yaml::nearest(name, known).map_or_else(
        || "`--graph` shows what it has".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    found.help(help).into()
}
