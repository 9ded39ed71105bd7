//! Texts that `ansible-vault` of ansible-core 2.19 encrypted are opened (fixtures/README.md tells how they were made).

use edgewright_vault::{Password, PasswordSource, VaultError, VaultPasswords, VaultText};

const LINES: &str = "one: 1\ntwo: zwei\n# äöü €\n";

fn open(text: &str, password: &str) -> Result<Vec<u8>, VaultError> {
    let password = Password::new(password).expect("no password of these is empty");
    let plain = VaultText::parse(text)?.open(&password)?;
    Ok(plain.bytes().to_vec())
}

#[test]
fn texts_of_ansible_vault_are_opened() {
    const PASSWORD: &str = "correct horse battery staple";
    let binary: Vec<u8> = (0..=255).cycle().take(768).collect();
    let cases: [(&str, &str, &[u8]); 8] = [
        (include_str!("fixtures/short.vault"), PASSWORD, b"hunter2"),
        (include_str!("fixtures/id.vault"), PASSWORD, b"hunter2"),
        (include_str!("fixtures/empty.vault"), PASSWORD, b""),
        (
            include_str!("fixtures/block.vault"),
            PASSWORD,
            b"sixteen bytes ok",
        ),
        (
            include_str!("fixtures/lines.vault"),
            PASSWORD,
            LINES.as_bytes(),
        ),
        (include_str!("fixtures/binary.vault"), PASSWORD, &binary),
        (
            include_str!("fixtures/utf8-password.vault"),
            "pässwörd",
            b"hunter2",
        ),
        (
            include_str!("fixtures/random-salt.vault"),
            "other",
            LINES.as_bytes(),
        ),
    ];
    for (text, password, expected) in cases {
        assert_eq!(open(text, password).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_list_of_identities_opens_them_as_it_would_there() {
    let list = "live@tests/fixtures/failing.sh, dev@tests/fixtures/ids-client.sh";
    let passwords = VaultPasswords::read(&PasswordSource::list(list));
    assert_eq!(passwords.unread().len(), 1);
    let text = VaultText::parse(include_str!("fixtures/id.vault")).unwrap();
    assert_eq!(passwords.open(&text).unwrap().text(), Some("hunter2"));
}
