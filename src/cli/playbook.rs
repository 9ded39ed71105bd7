//! `edgewright playbook`: runs Ansible playbooks, and ends with `ansible-playbook`'s exit codes.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use edgewright_playbook::inventory::pattern;
use edgewright_playbook::{
    EmbeddedRoles, Inventory, InventoryConnector, LoadOptions, Playbook, PlaybookSource, RunOptions,
};
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::exit::Exit;
use super::global::Global;
use super::{Ended, Logged, end, extra_vars, interrupt, sources};
use crate::cluster::change::Summary;
use crate::cluster::workers;
use crate::report::{Report, recap_summary};
use crate::{embedded, settings};

/// As typed.
#[derive(Debug, Args)]
pub struct PlaybookWords {
    /// File, directory, or hosts with a comma; several are laid over each other
    #[arg(short, long = "inventory", value_name = "INVENTORY", required = true)]
    inventory: Vec<String>,
    /// Playbooks, run one after the other
    #[arg(value_name = "PLAYBOOK", required = true)]
    playbooks: Vec<PathBuf>,
    /// Predict what would change, change nothing
    #[arg(short = 'C', long)]
    check: bool,
    /// Show differences of files and settings
    #[arg(short = 'D', long)]
    diff: bool,
    /// Work on hosts of this pattern only
    #[arg(short, long, value_name = "PATTERN")]
    limit: Option<String>,
    /// Run only tasks with one of these tags
    #[arg(short, long, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// Leave out tasks with one of these tags
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    skip_tags: Vec<String>,
    /// Set variables: `name=value`, a YAML or JSON mapping, or `@FILE`
    #[arg(short, long, value_name = "VARS")]
    extra_vars: Vec<String>,
    /// Most tasks under way at once [default: as many as there are hosts]
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    forks: Option<u16>,
    /// User to log in as when no variable says so
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Private key to log in with when no variable names one
    #[arg(long, visible_alias = "key-file", value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// Read and check everything, run nothing
    #[arg(long)]
    syntax_check: bool,
}

/// As meant: everything was read and checked.
struct Meant {
    playbook: Playbook,
    inventory: Inventory,
    options: RunOptions,
    connector: InventoryConnector,
}

/// Runs the playbooks.
pub fn run(global: &Global, words: &PlaybookWords) -> Exit {
    let Some(report) = super::report(global, "playbook", Logged::Yes) else {
        return Exit::Failed;
    };
    let report = Arc::new(report);
    let refused = |exit, problems: Diagnostics| {
        report.diagnostics(problems);
        let counts = Summary {
            failed: 1,
            ..Summary::default()
        };
        Ended::quietly(exit, counts)
    };
    let ended = match missing(words).into_result(()) {
        Err(problems) => refused(Exit::PlaybookMissing, problems),
        Ok(()) => match meant(global, words) {
            Err((exit, problems)) => refused(exit, problems),
            Ok(_) if words.syntax_check => {
                report.note(
                    "checked",
                    "everything was read and nothing is wrong with it",
                );
                Ended::quietly(Exit::Done, Summary::default())
            }
            Ok(meant) => match interrupt::runtime() {
                Err(problem) => refused(Exit::Failed, problem),
                Ok(runtime) => {
                    let ended = runtime.block_on(play(meant, &report));
                    runtime.shutdown_background();
                    ended
                }
            },
        },
    };
    end(&report, ended)
}

async fn play(meant: Meant, report: &Arc<Report>) -> Ended {
    let work = edgewright_playbook::run(
        &meant.playbook,
        meant.inventory,
        &meant.options,
        Arc::new(meant.connector),
        Arc::<Report>::clone(report),
    );
    if let Some(recap) = interrupt::unless_interrupted(work).await {
        report.recap(&recap);
        Ended::quietly(Exit::of_recap(&recap), recap_summary(&recap))
    } else {
        report.note(
            "interrupted",
            "interrupted; what was done stays, and running the same command again goes on",
        );
        Ended::quietly(Exit::Interrupted, report.tally())
    }
}

/// Files that are not there.
fn missing(words: &PlaybookWords) -> Diagnostics {
    let mut problems = sources::missing(&words.inventory);
    for playbook in words.playbooks.iter().filter(|path| !path.exists()) {
        problems.push(
            Diagnostic::error(
                "playbook::missing",
                format!("there is no playbook `{}`", playbook.display()),
            )
            .help("look at the path; it counts from the directory you are in"),
        );
    }
    problems
}

fn meant(global: &Global, words: &PlaybookWords) -> Result<Meant, (Exit, Diagnostics)> {
    let errors = |problems| (Exit::PlaybookErrors, problems);
    let extra_vars =
        extra_vars::read(&words.extra_vars).map_err(|problems| (Exit::BadInput, problems))?;
    let inventory = sources::load(&words.inventory).map_err(errors)?;
    limited(&inventory, words.limit.as_deref())
        .map_err(|problems| (Exit::PlaybookMissing, problems))?;
    let playbooks: Vec<PlaybookSource> = words
        .playbooks
        .iter()
        .cloned()
        .map(PlaybookSource::File)
        .collect();
    let load = LoadOptions {
        roles_path: Vec::new(),
        embedded: Some(Arc::new(EmbeddedRoles(embedded::roles()))),
        extra_vars: extra_vars.clone(),
        tags: words.tags.clone(),
        skip_tags: words.skip_tags.clone(),
    };
    let playbook = Playbook::load(&playbooks, &inventory, &load).map_err(errors)?;
    let options = RunOptions {
        check: words.check,
        diff: words.diff,
        limit: words.limit.clone(),
        forks: words.forks.map_or(0, usize::from),
        extra_vars,
        verbosity: global.output.verbosity,
    };
    Ok(Meant {
        playbook,
        inventory,
        options,
        connector: connector(words),
    })
}

/// A limit that leaves no host is a slip, as it is to `ansible-playbook`.
fn limited(inventory: &Inventory, limit: Option<&str>) -> Result<(), Diagnostics> {
    let Some(limit) = limit else { return Ok(()) };
    let chosen = pattern::choose(inventory, limit).map_err(|error| {
        Diagnostic::error("playbook::limit", error.to_string()).help("look at `--limit`")
    });
    let chosen = chosen.map_err(Diagnostics::from)?;
    if chosen.hosts.is_empty() {
        return Err(Diagnostic::error(
            "playbook::limit",
            format!("`--limit {limit}` leaves no host"),
        )
        .help("`edgewright inventory -i INVENTORY --graph` shows which hosts and groups there are")
        .into());
    }
    Ok(())
}

fn connector(words: &PlaybookWords) -> InventoryConnector {
    let user = words
        .user
        .clone()
        .or_else(|| settings::variable(settings::USER))
        .unwrap_or_else(|| "root".to_owned());
    let ssh = settings::home().join(".ssh");
    let usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| ssh.join(name));
    // A cluster's hosts know one of these: the key that is named, the usual ones, or the one that `apply` made.
    let own = settings::variable(settings::SSH_KEY)
        .map(PathBuf::from)
        .into_iter()
        .chain(usual)
        .chain([settings::config_dir().join("id_ed25519")]);
    let mut connector = InventoryConnector::new(user, workers());
    connector.identities = match &words.private_key {
        Some(path) => vec![path.clone()],
        None => own.filter(|path| path.exists()).collect(),
    };
    connector.known_hosts = vec![ssh.join("known_hosts"), "/etc/ssh/ssh_known_hosts".into()];
    let frontend = settings::variable(settings::FRONTEND_KNOWN_HOSTS).map(PathBuf::from);
    connector.known_hosts.extend(frontend);
    let check = settings::variable(settings::ANSIBLE_HOST_KEY_CHECKING);
    connector.check_host_keys = !check.is_some_and(|value| {
        matches!(
            value.to_lowercase().as_str(),
            "false" | "no" | "off" | "0" | "n" | "f"
        )
    });
    connector
}
