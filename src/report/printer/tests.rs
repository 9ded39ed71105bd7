//! Tests of what a whole run prints, on both streams and in both formats.
use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::cluster::change::{Change, Side, Verb};

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What is printed to standard output and to standard error.
fn printed(format: Format, items: Vec<(u64, Item)>) -> (String, String) {
    let (out, err) = (Kept::default(), Kept::default());
    let console = Console::new(Box::new(out.clone()), Box::new(err.clone()));
    let output = Output {
        format,
        ..Output::PLAIN
    };
    let mut printer = Printer::new(output, console, None, None);
    for (at, item) in items {
        printer.tell(Duration::from_secs(at), &item);
    }
    (out.text(), err.text())
}

fn run() -> Vec<(u64, Item)> {
    let change = Change::new(Verb::Create, Side::Vultr, "vpc", "lab");
    let counts = Summary {
        created: 1,
        ..Summary::default()
    };
    vec![
        (1, Item::Cluster(Event::Changed(change))),
        (2, Item::Note("warning", "look here".to_owned())),
        (
            61,
            Item::Summary {
                verb: "apply",
                counts,
                exit: 0,
                aloud: true,
            },
        ),
    ]
}

#[test]
fn people_get_lines_on_one_stream_and_notes_on_the_other() {
    let (out, err) = printed(Format::Text, run());
    assert_eq!(
        out,
        "    1.0s  Vultr  + vpc lab\n1 created, 0 changed, 0 removed, 0 failed, 0 unchanged in 1 min 1 s\n"
    );
    assert_eq!(err, "look here\n");
}

#[test]
fn programs_get_everything_on_standard_output() {
    let (out, err) = printed(Format::Json, run());
    assert_eq!(err, "");
    let events: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).unwrap())
        .map(|line| line.get("event").unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["changed", "warning", "summary"]);
}
