//! What is printed: headings, lines, commands as they would be typed, and tables.

use std::io::IsTerminal as _;
use std::time::Duration;

use crate::failure::Failure;

/// How a text looks on a terminal.
#[derive(Clone, Copy)]
enum Look {
    Bold,
    Faint,
    Red,
}

fn styled(text: &str, look: Look) -> String {
    let plain = !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let code = match look {
        Look::Bold => "1",
        Look::Faint => "2",
        Look::Red => "1;31",
    };
    if plain {
        text.to_owned()
    } else {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// A heading.
pub fn heading(text: &str) {
    println!("\n{}", styled(&format!("== {text} =="), Look::Bold));
}

/// A command as one would type it.
pub fn typed(line: &str) {
    println!("{}", styled(&format!("$ {line}"), Look::Bold));
}

/// A remark.
pub fn note(text: &str) {
    println!("{}", styled(text, Look::Faint));
}

/// A line.
pub fn line(text: &str) {
    println!("{text}");
}

/// Something that was left out and should be known.
pub fn warning(text: &str) {
    println!("{}", styled(&format!("WARNING: {text}"), Look::Red));
}

/// Why a verb ends.
pub fn failure(failure: &Failure) {
    eprintln!("\nerror: {failure}");
    if let Failure::Missing { line, .. } = failure {
        eprintln!("type this, then try again:\n\n    {line}\n");
    }
}

/// Seconds, or minutes and seconds.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 100.0 {
        format!("{seconds:.0} s")
    } else {
        let whole = time.as_secs();
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// Rows of cells, in columns as wide as they need.
pub fn table(rows: &[Vec<String>]) {
    for row in columns(rows) {
        println!("{row}");
    }
}

fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column)));
        format!("  {}", cells.collect::<Vec<_>>().join("  "))
            .trim_end()
            .to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_precise_as_they_are_short() {
        assert_eq!(time(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(time(Duration::from_millis(42_600)), "43 s");
        assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["format".to_owned(), "0.4 s".to_owned()],
            vec!["é".to_owned(), "12 s".to_owned()],
        ];
        assert_eq!(columns(&rows), ["  format  0.4 s", "  é       12 s"]);
    }
}
