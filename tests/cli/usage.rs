//! What is typed wrong, and what is asked for.
use std::time::{Duration, Instant};

use edgewright::cli::Exit;

use crate::builder::Cli;

#[test]
fn the_version_is_told_in_under_20_milliseconds() {
    let cli = Cli::new().args(["--version"]);
    // The first start reads the binary from disk; the best of several is what it takes.
    let best = (0..5)
        .map(|_| {
            let started = Instant::now();
            assert!(cli.command().output().unwrap().status.success());
            started.elapsed()
        })
        .min()
        .unwrap();
    assert!(best < Duration::from_millis(20), "{best:?}");
    cli.stdout(concat!("edgewright ", env!("CARGO_PKG_VERSION")))
        .succeeds();
}

#[test]
fn a_misspelt_verb_is_refused_with_the_nearest_one() {
    Cli::new()
        .args(["cluster", "aply", "edge.yml"])
        .stderr(
            "
            error: unrecognized subcommand 'aply'

              tip: a similar subcommand exists: 'apply'

            Usage: edgewright cluster [OPTIONS] <COMMAND>

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_missing_file_name_is_asked_for() {
    Cli::new()
        .args(["cluster", "plan"])
        .stderr(
            "
            error: the following required arguments were not provided:
              <FILE>

            Usage: edgewright cluster plan <FILE>

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn an_unknown_format_is_refused() {
    Cli::new()
        .args(["-o", "yaml", "completion", "bash"])
        .stderr(
            "
            error: invalid value 'yaml' for '--output <FORMAT>'
              [possible values: text, json]

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn without_a_verb_help_is_shown_as_an_error() {
    let ran = Cli::new().run();
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .contains("\nUsage: edgewright [OPTIONS] <COMMAND>\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn help_has_colours_only_where_they_are_wanted() {
    let help = |color: &str| Cli::new().args(["--color", color, "--help"]).run().stdout;
    assert!(help("always").contains('\u{1b}'));
    assert!(!help("never").contains('\u{1b}'));
    assert!(!help("auto").contains('\u{1b}'));
}

#[test]
fn a_full_disk_under_standard_output_is_told() {
    let cli = Cli::new().args(["completion", "bash"]);
    let full = fs_err::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = cli.command().stdout(full.into_file()).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_reader_that_goes_away_ends_nothing() {
    let cli = Cli::new().args(["completion", "bash"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = cli.command().stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}
