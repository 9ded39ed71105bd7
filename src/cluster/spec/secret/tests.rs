//! Tests of secrets: every message whole.
use super::*;
use edgewright_yaml::{SourceFile, load};

fn parse(text: &str) -> Result<SecretRef, Diagnostics> {
    SecretRef::parse(&load(&SourceFile::new("e.yml", text)).unwrap().unwrap())
}

#[test]
fn a_secret_in_clear_is_refused() {
    assert_eq!(
        parse("hunter2\n").unwrap_err().to_string(),
        "error[spec::secret-in-clear]: a secret is given by reference, never written in clear
 --> e.yml:1:1
  |
1 | hunter2
  | ^^^^^^^ expected a reference
  |
  = help: write `{env: NAME}`, `{file: PATH}`, `{command: [PROGRAM, ARGUMENT]}` or a `!vault` value
"
    );
}

#[test]
fn a_command_gives_what_it_prints_without_the_line_break() {
    let secret = parse("{command: [printf, 'a b\\n']}")
        .unwrap()
        .fetch("API key")
        .unwrap();
    assert_eq!(secret.expose(), "a b");
}

#[test]
fn a_failing_command_and_a_missing_file_say_so() {
    let text = parse("{command: ['false']}")
        .unwrap()
        .fetch("API key")
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("cannot read the API key from command `false`: it ended with exit status: 1"),
        "{text}"
    );
    let text = parse("{file: /nonexistent/key}")
        .unwrap()
        .fetch("API key")
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("create the file, readable by you alone"),
        "{text}"
    );
}

#[test]
fn a_secret_is_masked_however_it_is_shown() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret} {secret:?}"), "******** Secret(masked)");
}

const PASSWORD: &str = "correct horse battery staple";
const SHORT: &str = include_str!("../../../../crates/vault/tests/fixtures/short.vault");

/// A cluster file's line with a vault value in it.
fn line(text: &str) -> String {
    let indented: Vec<String> = text.lines().map(|line| format!("  {line}\n")).collect();
    format!("!vault |\n{}", indented.concat())
}

fn passwords(password: &str) -> VaultPasswords {
    let mut passwords = VaultPasswords::default();
    passwords.add(
        "default",
        edgewright_vault::Password::new(password).unwrap(),
    );
    passwords
}

fn sealed(plain: &str) -> SecretRef {
    let password = edgewright_vault::Password::new(PASSWORD).unwrap();
    let text = VaultText::seal(plain, &password, Some("dev")).unwrap();
    parse(&line(&text.to_string())).unwrap()
}

/// What fetching the fixture says.
fn refused(passwords: &VaultPasswords) -> String {
    parse(&line(SHORT))
        .unwrap()
        .fetch_with("API key", || passwords)
        .unwrap_err()
        .to_string()
}

#[test]
fn a_vault_value_is_opened_when_it_is_fetched() {
    let passwords = passwords(PASSWORD);
    let secret = parse(&line(SHORT)).unwrap();
    let value = secret.fetch_with("API key", || &passwords).unwrap();
    assert_eq!(value.expose(), "hunter2");
    let value = sealed("hunter2\n").fetch_with("API key", || &passwords);
    assert_eq!(value.unwrap().expose(), "hunter2");
}

#[test]
fn no_password_is_looked_for_unless_the_value_is_encrypted() {
    let secret = parse("{command: [echo, hunter2]}").unwrap();
    let value = secret.fetch_with("API key", || panic!("no password is needed"));
    assert_eq!(value.unwrap().expose(), "hunter2");
}

#[test]
fn without_a_password_it_says_what_to_set() {
    assert_eq!(
            refused(&VaultPasswords::default()),
            "error[spec::credentials]: cannot read the API key from vault value in the cluster file: it is encrypted, and no vault password is given
 --> e.yml:1:1
  |
1 | !vault |
  | ^^^^^^^^ encrypted here
  |
  = help: set `ANSIBLE_VAULT_PASSWORD_FILE` to a file that holds the password or a script that prints it, or `ANSIBLE_VAULT_IDENTITY_LIST` to `default@FILE`
"
        );
    let text = sealed("hunter2")
        .fetch_with("API key", || Box::leak(Box::default()))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("`ANSIBLE_VAULT_IDENTITY_LIST` to `dev@FILE`"),
        "{text}"
    );
}

#[test]
fn a_wrong_password_is_named_by_its_id() {
    assert_eq!(
            refused(&passwords("wrong")),
            "error[spec::credentials]: cannot read the API key from vault value in the cluster file: it is encrypted, and the vault password of `default` does not open it, or it was changed after it was encrypted
 --> e.yml:1:1
  |
1 | !vault |
  | ^^^^^^^^ encrypted here
  |
  = help: see what `ANSIBLE_VAULT_PASSWORD_FILE` and `ANSIBLE_VAULT_IDENTITY_LIST` name
"
        );
}

#[test]
fn sources_that_gave_no_password_are_told_with_their_reasons() {
    let sources = edgewright_vault::PasswordSource::list("/nonexistent/pass,prompt");
    assert_eq!(
            refused(&VaultPasswords::read(&sources)),
            "error[spec::credentials]: cannot read the API key from vault value in the cluster file: it is encrypted, and no vault password could be read
 --> e.yml:1:1
  |
1 | !vault |
  | ^^^^^^^^ encrypted here
  |
  = help: see what `ANSIBLE_VAULT_PASSWORD_FILE` and `ANSIBLE_VAULT_IDENTITY_LIST` name
  = help: name a file that holds the password, or a script that prints it
  = note: cannot read the vault password file `/nonexistent/pass`: No such file or directory (os error 2)
  = note: a vault password cannot be asked for: `prompt` is not supported
"
        );
}

#[test]
fn a_vault_value_that_is_none_is_refused_when_the_file_is_read() {
    assert_eq!(
        parse("!vault hunter2\n").unwrap_err().to_string(),
        "error[spec::vault]: this is not a vault text: it does not begin with `$ANSIBLE_VAULT;`
 --> e.yml:1:1
  |
1 | !vault hunter2
  | ^^^^^^^^^^^^^^ this value
  |
  = help: make it with `ansible-vault encrypt_string`
"
    );
    assert_eq!(
        parse(&line(SHORT).replace('|', ">"))
            .unwrap_err()
            .to_string(),
        "error[spec::vault]: the vault text is damaged: its lines have run together
 --> e.yml:1:1
  |
1 | !vault >
  | ^^^^^^^^ this value
  |
  = help: write `!vault |`, and each line of the text in a line of its own
"
    );
    assert_eq!(
            parse(&line(&SHORT[..200])).unwrap_err().to_string(),
            "error[spec::vault]: the vault text is damaged: salt, check sum and data cannot be told apart, perhaps its end was cut off
 --> e.yml:1:1
  |
1 | !vault |
  | ^^^^^^^^ this value
  |
  = help: encrypt the value again: `ansible-vault encrypt_string`
"
        );
}

/// Runs itself again with the environment of an operator, since a test cannot change its own.
#[test]
fn the_environment_names_the_password() {
    const LIST: &str = "live@crates/vault/tests/fixtures/failing.sh";
    const FILE: &str = "crates/vault/tests/fixtures/password";
    if settings::variable(settings::ANSIBLE_VAULT_IDENTITY_LIST).as_deref() == Some(LIST) {
        let value = parse(&line(SHORT)).unwrap().fetch("API key").unwrap();
        assert_eq!(value.expose(), "hunter2");
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "cluster::spec::secret::tests::the_environment_names_the_password",
        ])
        .env(settings::ANSIBLE_VAULT_IDENTITY_LIST, LIST)
        .env(settings::ANSIBLE_VAULT_PASSWORD_FILE, FILE)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("test result: ok. 1 passed"), "{printed}");
}
