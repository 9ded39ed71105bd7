//! `edgewright completion`.
use edgewright::cli::Exit;

use crate::builder::Cli;

#[test]
fn every_shell_has_a_script_that_knows_the_verbs() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = Cli::new().args(["completion", shell]).run();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{shell}");
        for verb in ["cluster", "apply", "destroy", "playbook", "inventory"] {
            assert!(ran.stdout.contains(verb), "{shell} does not know {verb}");
        }
    }
}

#[test]
fn bash_accepts_its_script_and_completes_a_verb() {
    let cli = Cli::new().args(["completion", "bash"]);
    let script = cli.directory().join("edgewright.bash");
    fs_err::write(&script, cli.command().output().unwrap().stdout).unwrap();
    let complete = "source ./edgewright.bash; COMP_WORDS=(edgewright cluster de); COMP_CWORD=2; \
                    _edgewright edgewright de cluster; echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", complete])
        .current_dir(cli.directory())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "destroy\n");
}

#[test]
fn an_unknown_shell_is_refused() {
    Cli::new()
        .args(["completion", "tcsh"])
        .stderr(
            "
            error: invalid value 'tcsh' for '<SHELL>'
              [possible values: bash, elvish, fish, powershell, zsh]

              tip: a similar value exists: 'zsh'

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}
