//! Nothing that is read makes it panic, and nothing that was changed is taken for the secret.
//!
//! Thousands of texts, each a real one of `ansible-vault` with a few changes, from a generator that gives the same ones in
//! every run. Parsing sees all of them; opening, which is slow on purpose, those few that parse and say something else.

use edgewright_vault::{Password, VaultError, VaultText};

const TEXTS: [&str; 5] = [
    include_str!("fixtures/short.vault"),
    include_str!("fixtures/id.vault"),
    include_str!("fixtures/empty.vault"),
    include_str!("fixtures/lines.vault"),
    include_str!("fixtures/binary.vault"),
];

/// Texts a run.
const ROUNDS: usize = 10_000;
/// Texts that are opened a run.
const OPENED: usize = 25;

/// Xorshift (Marsaglia 2003): enough to choose places and bytes.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).expect("a length fits");
        usize::try_from(self.roll() % limit).expect("it is below a length")
    }

    fn byte(&mut self) -> u8 {
        const LIKELY: &[u8] = b"0123456789abcdefABCDEF;\n\r @$.\0\xff";
        if self.below(4) == 0 {
            self.roll().to_le_bytes()[0]
        } else {
            LIKELY[self.below(LIKELY.len())]
        }
    }
}

/// Changes, drops, adds, repeats or swaps something.
fn mutate(text: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(text.len());
    match dice.below(6) {
        0 => text.truncate(at),
        1 if !text.is_empty() => text[at] = dice.byte(),
        2 if !text.is_empty() => drop(text.remove(at)),
        3 => text.insert(at, dice.byte()),
        4 => {
            let end = (at + dice.below(40)).min(text.len());
            let piece = text[at..end].to_vec();
            text.splice(at..at, piece);
        }
        _ if !text.is_empty() => {
            let other = dice.below(text.len());
            text.swap(at, other);
        }
        _ => {}
    }
}

#[test]
fn changed_texts_are_refused_or_open_to_the_same_secret() {
    let password = Password::new("correct horse battery staple").unwrap();
    let mut dice = Dice(0x00ed_6e71_2024_0001);
    let mut refused = 0;
    let mut opened = 0;
    for round in 0..ROUNDS {
        let original = TEXTS[round % TEXTS.len()];
        let mut text = original.as_bytes().to_vec();
        for _ in 0..=dice.below(3) {
            mutate(&mut text, &mut dice);
        }
        match VaultText::parse(&text) {
            Err(VaultError::WrongPassword) => panic!("no password was given"),
            Err(_) => refused += 1,
            Ok(changed) => {
                let same = VaultText::parse(original).unwrap();
                let written = VaultText::parse(changed.to_string()).unwrap();
                assert_eq!(written, changed, "{}", text.escape_ascii());
                if body(&changed) == body(&same) {
                    continue;
                }
                if opened < OPENED {
                    opened += 1;
                    assert_eq!(
                        changed.open(&password),
                        Err(VaultError::WrongPassword),
                        "{}",
                        text.escape_ascii()
                    );
                }
            }
        }
    }
    // The generator must reach both sides, or this shows nothing.
    assert!(refused > ROUNDS / 2, "{refused}");
    assert_eq!(opened, OPENED);
}

/// What is below the first line, which no check sum protects.
fn body(text: &VaultText) -> String {
    text.to_string().lines().skip(1).collect()
}

#[test]
fn any_bytes_below_a_proper_first_line_are_read_without_a_panic() {
    let mut dice = Dice(0x5eed);
    for _ in 0..ROUNDS {
        let mut text = b"$ANSIBLE_VAULT;1.1;AES256\n".to_vec();
        text.extend((0..dice.below(60)).map(|_| dice.byte()));
        if let Ok(parsed) = VaultText::parse(&text) {
            panic!("{parsed:?} from {}", text.escape_ascii());
        }
    }
}
