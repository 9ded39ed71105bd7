//! `edgewright cluster apply`.
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use edgewright::cli::Exit;

use crate::builder::Cli;
use crate::world::{PLAN, World};

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

#[test]
fn what_costs_is_refused_without_a_terminal_and_without_yes() {
    let world = World::start();
    world
        .cli()
        .args(["cluster", "apply", "lab.yml"])
        .times_vary()
        .stdout(PLAN)
        .stderr(
            "
            error[cli::not-confirmed]: this spends money, and there is no terminal to ask on
             |
             = help: read what would be done above, then add `--yes`
             = note: nothing was created, changed or removed
            ",
        )
        .fails_with(Exit::NotConfirmed);
    assert_eq!(world.mutations(), [""; 0]);
}

/// Runs `apply` on a terminal and answers its question; returns the exit code and the screen.
fn asked(world: &World, answer: &str) -> (Option<i32>, String) {
    let cli = world.cli();
    let typed = format!("{} cluster apply lab.yml", env!("CARGO_BIN_EXE_edgewright"));
    let command = cli.command();
    // `script` gives the command a terminal; the rest of the surroundings are the builder's.
    let mut script = Command::new("script");
    script
        .args(["-qec", &typed, "/dev/null"])
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm")
        .current_dir(cli.directory())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    let (mut keys, mut shown) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut screen = Vec::new();
    let mut byte = [0];
    while !screen.ends_with(b"[y/N] ") && shown.read(&mut byte).unwrap() == 1 {
        screen.extend(byte);
    }
    keys.write_all(answer.as_bytes()).unwrap();
    shown.read_to_end(&mut screen).unwrap();
    let code = child.wait().unwrap().code();
    (code, String::from_utf8(screen).unwrap())
}

#[test]
fn on_a_terminal_it_asks_and_every_answer_but_yes_ends_it() {
    let world = World::start();
    let (code, screen) = asked(&world, "n\n");
    assert!(
        screen.contains("This spends money on 3 new objects (+$13.00 a month). Proceed? [y/N] "),
        "{screen}"
    );
    assert!(screen.contains("nothing was done"), "{screen}");
    assert_eq!(code, Some(i32::from(Exit::NotConfirmed.code())));
    assert_eq!(world.mutations(), [""; 0]);
}

#[test]
fn ctrl_c_at_the_question_ends_it() {
    let world = World::start();
    let (code, screen) = asked(&world, "\u{3}");
    assert!(screen.contains("interrupted; "), "{screen}");
    assert_eq!(code, Some(i32::from(Exit::Interrupted.code())));
    assert_eq!(world.mutations(), [""; 0]);
}

#[test]
fn interrupted_it_says_what_stands_and_destroy_finds_it() {
    let world = World::slow();
    let cli = world.cli().args(["cluster", "apply", "lab.yml", "--yes"]);
    let mut child = cli
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("booting (pending")));
    let started = Instant::now();
    let killed = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status();
    assert!(killed.unwrap().success());
    let rest = std::thread::spawn(move || lines.for_each(drop));
    let output = child.wait_with_output().unwrap();
    rest.join().unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "interrupted; what was created stays and carries the cluster's tags; run the same command again to go on\n"
    );
    assert_eq!(
        output.status.code(),
        Some(i32::from(Exit::Interrupted.code()))
    );
    let ran = world
        .cli()
        .args(["cluster", "destroy", "lab.yml", "--yes", "-o", "json"])
        .run();
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), ""),
        "{}",
        ran.stdout
    );
    let ran = world
        .cli()
        .args(["cluster", "plan", "lab.yml", "-o", "json"])
        .run();
    assert!(
        ran.stdout
            .contains(r#""created":16,"changed":0,"removed":0"#),
        "{}",
        ran.stdout
    );
}
