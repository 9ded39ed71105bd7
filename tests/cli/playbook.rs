//! `edgewright playbook`: exit codes are those of `ansible-playbook` (ansible-core 2.19).
use edgewright::cli::Exit;

use crate::builder::Cli;

fn playbook(text: &str) -> Cli {
    Cli::new()
        .file("site.yml", text)
        .file("hosts", "here ansible_connection=local\n")
        .args(["playbook", "-i", "hosts", "site.yml"])
}

#[test]
fn a_playbook_that_is_not_there_ends_with_1() {
    Cli::new()
        .args(["playbook", "-i", "a,", "site.yml"])
        .stderr(
            "
            error[playbook::missing]: there is no playbook `site.yml`
             |
             = help: look at the path; it counts from the directory you are in
            ",
        )
        .fails_with(Exit::PlaybookMissing);
}

#[test]
fn a_limit_that_leaves_no_host_ends_with_1() {
    playbook("- hosts: all\n")
        .args(["--limit", "there"])
        .stderr(
            "
            error[playbook::limit]: `--limit there` leaves no host
             |
             = help: `edgewright inventory -i INVENTORY --graph` shows which hosts and groups there are
            ",
        )
        .fails_with(Exit::PlaybookMissing);
}

#[test]
fn forks_are_at_least_one() {
    playbook("- hosts: all\n")
        .args(["--forks", "0"])
        .stderr(
            "
            error: invalid value '0' for '--forks <NUMBER>': 0 is not in 1..=65535

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}
