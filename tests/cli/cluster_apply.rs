//! `edgewright cluster apply`.
use edgewright::cli::Exit;

use crate::builder::Cli;

#[test]
fn a_file_that_is_not_there_is_refused() {
    Cli::new()
        .args(["cluster", "apply", "lab.yml"])
        .stderr(
            "
            error[yaml::unreadable]: cannot read `lab.yml`: no such file
             |
             = help: check the path and the permissions of the file
            ",
        )
        .fails_with(Exit::BadInput);
}
