use super::*;

/// The salt of the fixtures that `ansible-vault` made with a fixed one.
const FIXED: &[u8] = b"edgewright-edgewright-edgewright";

const SHORT: &str = include_str!("../../tests/fixtures/short.vault");
const ID: &str = include_str!("../../tests/fixtures/id.vault");

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn ours() -> Password {
    password("correct horse battery staple")
}

fn fault(text: &str) -> String {
    VaultText::parse(text).unwrap_err().to_string()
}

/// A text whose digits spell `inner`.
fn around(inner: &str) -> String {
    let digits = base16ct::lower::encode_string(inner.as_bytes());
    format!("$ANSIBLE_VAULT;1.1;AES256\n{digits}\n")
}

#[test]
fn with_the_same_salt_we_write_what_ansible_vault_wrote() {
    let binary: Vec<u8> = (0..=255).cycle().take(768).collect();
    let lines = "one: 1\ntwo: zwei\n# äöü €\n";
    let cases: [(&[u8], &str, Option<&str>, &str); 7] = [
        (b"hunter2", "correct horse battery staple", None, SHORT),
        (
            b"hunter2",
            "correct horse battery staple",
            Some("default"),
            SHORT,
        ),
        (b"hunter2", "correct horse battery staple", Some("dev"), ID),
        (
            b"hunter2",
            "pässwörd",
            None,
            include_str!("../../tests/fixtures/utf8-password.vault"),
        ),
        (
            b"",
            "correct horse battery staple",
            None,
            include_str!("../../tests/fixtures/empty.vault"),
        ),
        (
            lines.as_bytes(),
            "correct horse battery staple",
            None,
            include_str!("../../tests/fixtures/lines.vault"),
        ),
        (
            &binary,
            "correct horse battery staple",
            None,
            include_str!("../../tests/fixtures/binary.vault"),
        ),
    ];
    for (plain, secret, id, expected) in cases {
        let text = VaultText::seal_with(plain, &password(secret), id, FIXED).unwrap();
        assert_eq!(text.to_string(), expected);
        assert_eq!(VaultText::parse(expected).unwrap(), text);
    }
}

#[test]
fn two_texts_of_the_same_secret_have_nothing_in_common() {
    let one = VaultText::seal("hunter2", &ours(), None).unwrap();
    let two = VaultText::seal("hunter2", &ours(), None).unwrap();
    assert_ne!(one.salt, two.salt);
    assert_ne!(one.data, two.data);
    assert_eq!(one.open(&ours()).unwrap().text(), Some("hunter2"));
}

#[test]
fn line_breaks_of_any_kind_and_capital_digits_are_read() {
    let expected = VaultText::parse(SHORT).unwrap();
    let (first, digits) = SHORT.split_once('\n').unwrap();
    for text in [
        SHORT.trim_end().to_owned(),
        SHORT.replace('\n', "\r\n"),
        SHORT.replace('\n', "\r"),
        SHORT.replace('\n', "\n\n"),
        format!("{first}\n{}", digits.replace('\n', "")),
        format!("{first}  \n{}", digits.to_ascii_uppercase()),
        SHORT.replace(";1.1;AES256", "; 1.1 ; AES256"),
        SHORT.replace(";1.1;", ";1.2;"),
    ] {
        assert_eq!(VaultText::parse(&text).unwrap(), expected, "{text}");
    }
}

#[test]
fn the_id_is_read_in_both_formats() {
    for text in [ID.to_owned(), ID.replace(";1.2;", ";1.1;")] {
        assert_eq!(VaultText::parse(&text).unwrap().id(), Some("dev"));
    }
    assert_eq!(VaultText::parse(SHORT).unwrap().id(), None);
    let empty = SHORT.replace("AES256", "AES256;");
    assert_eq!(VaultText::parse(&empty).unwrap().id(), None);
}

#[test]
fn what_is_no_vault_text_says_so() {
    for text in [
        "",
        "hunter2",
        "$ANSIBLE_VAULT",
        " $ANSIBLE_VAULT;1.1;AES256\n31",
    ] {
        assert_eq!(
            fault(text),
            "this is not a vault text: it does not begin with `$ANSIBLE_VAULT;`"
        );
    }
}

#[test]
fn unknown_formats_and_ciphers_are_named_and_shortened() {
    assert_eq!(
        fault("$ANSIBLE_VAULT;1.0;AES\n31"),
        "vault format `1.0` is not known: 1.1 and 1.2 are"
    );
    assert_eq!(
        fault("$ANSIBLE_VAULT;2\u{7};AES256\n31"),
        "vault format `2\\u{7}` is not known: 1.1 and 1.2 are"
    );
    assert_eq!(
        fault(&format!("$ANSIBLE_VAULT;1.1;{}\n31", "X".repeat(5000))),
        format!(
            "vault cipher `{}…` is not known: AES256 is",
            "X".repeat(200)
        )
    );
}

#[test]
fn every_damage_has_its_own_words() {
    let damaged = |what: &str| format!("the vault text is damaged: {what}");
    let header = "its first line is not `$ANSIBLE_VAULT;VERSION;AES256` with an `;ID` at most";
    let parts = "salt, check sum and data cannot be told apart, perhaps its end was cut off";
    let sum = "00".repeat(SUM);
    let cases = [
        ("$ANSIBLE_VAULT;\n31".to_owned(), header),
        ("$ANSIBLE_VAULT;1.1\n31".to_owned(), header),
        (ID.replace("dev", "dév"), header),
        (SHORT.replace('\n', " "), "its lines have run together"),
        (ID.replace('\n', " "), "its lines have run together"),
        (
            "$ANSIBLE_VAULT;1.1;AES256".to_owned(),
            "nothing follows its first line",
        ),
        (
            "$ANSIBLE_VAULT;1.1;AES256\n\n".to_owned(),
            "nothing follows its first line",
        ),
        (
            SHORT.replace("\n37", "\n 37"),
            "line 3 holds something else than hexadecimal digits",
        ),
        (
            SHORT.replace('\n', "\r\n") + "x",
            "line 7 holds something else than hexadecimal digits",
        ),
        (
            SHORT.to_owned() + "3",
            "a digit is missing, perhaps its end was cut off",
        ),
        (SHORT.lines().take(2).collect::<Vec<_>>().join("\n"), parts),
        (around("61\n"), parts),
        (around(&format!("6\n{sum}\n61")), parts),
        (around("61\n00\n61"), parts),
        (around(&format!("61\n{sum}\n6x")), parts),
        (around(&format!("61\n{sum}\n61\n61")), parts),
    ];
    for (text, what) in cases {
        assert_eq!(fault(&text), damaged(what), "{text}");
    }
}

#[test]
fn a_wrong_password_and_a_changed_text_look_the_same() {
    let words = "the password does not open it, or it was changed after it was encrypted";
    let text = VaultText::parse(SHORT).unwrap();
    assert_eq!(
        text.open(&password("wrong")).unwrap_err().to_string(),
        words
    );
    let mut changed = text;
    changed.data[0] ^= 1;
    assert_eq!(changed.open(&ours()).unwrap_err().to_string(), words);
}

#[test]
fn damage_behind_the_right_password_says_that_it_is_the_right_one() {
    let error = VaultError::from(Damage::Padding);
    assert_eq!(
        error.to_string(),
        "the vault text is damaged: the password fits, but what it opens does not end in proper padding"
    );
}

#[test]
fn what_is_encrypted_is_not_encrypted_again() {
    let error = VaultText::seal(SHORT, &ours(), None).unwrap_err();
    assert_eq!(error.to_string(), "it is encrypted already");
}

#[test]
fn ids_that_a_first_line_cannot_hold_are_refused() {
    for id in ["", "a;b", "a@b", " a", "a\t", "a\nb", "ä"] {
        let error = VaultText::seal("x", &ours(), Some(id)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`{}` cannot be a vault id: it must not be empty, begin or end with a space, or hold `;`, `@`, \
                 control characters or what is not ASCII",
                id.escape_debug()
            )
        );
    }
}

#[test]
fn a_text_shows_neither_salt_nor_data_in_debug_output() {
    let text = VaultText::parse(ID).unwrap();
    assert_eq!(format!("{text:?}"), "VaultText { id: Some(\"dev\"), .. }");
}
