use std::path::PathBuf;

use super::*;

const SHORT: &str = include_str!("../../tests/fixtures/short.vault");
const ID: &str = include_str!("../../tests/fixtures/id.vault");

fn fixture(name: &str) -> PathBuf {
    PathBuf::from("tests/fixtures").join(name)
}

fn source(id: Option<&str>, name: &str) -> PasswordSource {
    PasswordSource {
        id: id.map(str::to_owned),
        path: Some(fixture(name)),
    }
}

fn parse(text: &str) -> VaultText {
    VaultText::parse(text).unwrap()
}

fn other() -> Password {
    Password::new("other").unwrap()
}

/// What opening says when the passwords come from these sources.
fn open(sources: &[PasswordSource], text: &str) -> Result<String, String> {
    VaultPasswords::read(sources)
        .open(&parse(text))
        .map(|plain| plain.text().unwrap().to_owned())
        .map_err(|error| error.to_string())
}

/// The one complaint about a source, and its help.
fn complaint(source: PasswordSource) -> (String, Option<&'static str>) {
    let passwords = VaultPasswords::read(&[source]);
    assert!(passwords.is_empty());
    let [error] = passwords.unread() else {
        panic!("{:?}", passwords.unread())
    };
    (error.to_string(), error.help())
}

#[test]
fn files_scripts_and_client_scripts_give_the_password() {
    for (id, name) in [
        (None, "password"),
        (Some("any"), "password.sh"),
        (Some("dev"), "ids-client.sh"),
    ] {
        assert_eq!(
            open(&[source(id, name)], SHORT),
            Ok("hunter2".to_owned()),
            "{name}"
        );
    }
}

#[test]
fn a_client_script_without_an_id_gets_no_arguments() {
    let mut expected = VaultPasswords::default();
    expected.add("default", Password::new("no id").unwrap());
    let found = VaultPasswords::read(&[source(None, "ids-client.sh")]);
    assert_eq!(found.known, expected.known);
}

#[test]
fn white_space_around_what_a_file_holds_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    fs_err::write(&path, "\n\t correct horse battery staple \x0b\r\n").unwrap();
    assert_eq!(
        open(&[PasswordSource::file(path)], SHORT),
        Ok("hunter2".to_owned())
    );
}

#[test]
fn a_password_file_may_be_encrypted_under_an_earlier_password() {
    let dir = tempfile::tempdir().unwrap();
    let outer = dir.path().join("outer");
    fs_err::write(&outer, "outer\n").unwrap();
    let outer = PasswordSource::file(outer);
    let sealed = source(Some("dev"), "sealed-password");
    assert_eq!(
        open(&[outer.clone(), sealed.clone()], ID),
        Ok("hunter2".to_owned())
    );

    let passwords = VaultPasswords::read(&[sealed, outer]);
    assert_eq!(
        passwords.unread()[0].to_string(),
        "the vault password file `tests/fixtures/sealed-password` is encrypted itself: it is encrypted, and no vault \
         password is given"
    );
}

#[test]
fn the_password_of_the_id_is_tried_first_and_the_others_after_it() {
    let mut passwords = VaultPasswords::default();
    for id in ["default", "dev", "last", "dev"] {
        passwords.add(id, other());
    }
    assert_eq!(
        passwords.open(&parse(ID)).unwrap_err().to_string(),
        "it is encrypted under the vault id `dev`, and no vault password of `dev`, `dev`, `default`, `last` opens it, \
         or it was changed after it was encrypted"
    );
    assert_eq!(
        passwords.open(&parse(SHORT)).unwrap_err().to_string(),
        "it is encrypted, and no vault password of `default`, `dev`, `last`, `dev` opens it, or it was changed after \
         it was encrypted"
    );
    passwords.add(
        "unrelated",
        Password::new("correct horse battery staple").unwrap(),
    );
    assert_eq!(passwords.open(&parse(ID)).unwrap().text(), Some("hunter2"));
}

#[test]
fn a_source_that_gives_nothing_matters_only_when_no_other_fits() {
    let good = source(None, "password");
    let bad = source(None, "failing.sh");
    assert_eq!(open(&[bad.clone(), good], SHORT), Ok("hunter2".to_owned()));
    assert_eq!(
        open(&[bad], SHORT),
        Err("it is encrypted, and no vault password could be read".to_owned())
    );
    assert_eq!(
        open(&[], ID),
        Err("it is encrypted under the vault id `dev`, and no vault password is given".to_owned())
    );
}

#[test]
fn files_that_give_no_password_say_why() {
    let file = |name| complaint(source(None, name)).0;
    assert_eq!(
        file("nowhere"),
        "cannot read the vault password file `tests/fixtures/nowhere`: No such file or directory (os error 2)"
    );
    assert_eq!(
        file(""),
        "cannot read the vault password file `tests/fixtures/`: it is a directory"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("empty");
    fs_err::write(&path, " \n").unwrap();
    assert_eq!(
        complaint(PasswordSource::file(&path)).0,
        format!("the vault password file `{}` is empty", path.display())
    );
}

#[test]
fn scripts_that_give_no_password_say_why() {
    let script = |name| complaint(source(Some("live"), name)).0;
    assert_eq!(
        script("failing.sh"),
        "the vault password script `tests/fixtures/failing.sh` ended with exit status: 3"
    );
    assert_eq!(
        script("locked-client"),
        "the vault password script `tests/fixtures/locked-client` ended with exit status: 1 and wrote: the keyring is \
         locked"
    );
    assert_eq!(
        script("ids-client.sh"),
        "the vault password script `tests/fixtures/ids-client.sh` has no password for the vault id `live` and wrote: \
         no such id: live"
    );
    assert_eq!(
        script("silent.sh"),
        "the vault password script `tests/fixtures/silent.sh` printed nothing"
    );
}

#[test]
fn a_password_file_that_is_executable_by_mistake_has_help() {
    assert_eq!(
        complaint(source(None, "executable-password")),
        (
            "cannot run the vault password script `tests/fixtures/executable-password`: Exec format error (os error 8)"
                .to_owned(),
            Some("if it holds the password itself, take its execute permission away: `chmod a-x`")
        )
    );
}

#[test]
fn asking_is_refused_with_help() {
    assert_eq!(
        complaint(PasswordSource::parse("dev@prompt")),
        (
            "a vault password cannot be asked for: `prompt` is not supported".to_owned(),
            Some("name a file that holds the password, or a script that prints it")
        )
    );
}
