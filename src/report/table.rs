//! Columns under each other, for a terminal of a certain width or for a pipe.

use console::measure_text_width;

/// A table: its cells may hold colours.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    indent: usize,
}

impl Table {
    /// A table without rows, this many columns from the left.
    pub fn new(indent: usize) -> Self {
        Self {
            rows: Vec::new(),
            indent,
        }
    }

    /// Adds a row.
    pub fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The text, a line a row, two blanks between columns. Where the last column does not fit `width` it goes on
    /// in the lines below, under its own beginning; nothing is cut off. Columns that are empty everywhere are
    /// left out.
    pub fn render(&self, width: Option<usize>) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(self.indent);
            let mut at = self.indent;
            let cells: Vec<(&String, usize)> = row
                .iter()
                .zip(&widths)
                .filter(|(_, wide)| **wide > 0)
                .map(|(cell, wide)| (cell, *wide))
                .collect();
            for (number, (cell, wide)) in cells.iter().enumerate() {
                if number + 1 == cells.len() {
                    let room =
                        width.and_then(|width| width.checked_sub(at).filter(|room| *room >= 20));
                    let wrapped =
                        room.map_or_else(|| vec![(*cell).clone()], |room| wrap(cell, room));
                    line.push_str(&wrapped.join(&format!("\n{}", " ".repeat(at))));
                } else {
                    line.push_str(cell);
                    line.push_str(&" ".repeat(wide + 2 - measure_text_width(cell).min(*wide)));
                    at += wide + 2;
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        (0..columns)
            .map(|column| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| measure_text_width(cell))
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    }
}

/// Breaks a text between words; a word that is wider than a line is left whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(2);
        table.row([
            "bgp",
            "",
            "edge-vhost0",
            "two of two sessions are established",
        ]);
        table.row(["evpn", "", "edge-0", "x"]);
        table
    }

    #[test]
    fn columns_stand_under_each_other_and_empty_ones_are_left_out() {
        assert_eq!(
            table().render(None),
            "  bgp   edge-vhost0  two of two sessions are established\n  evpn  edge-0       x\n"
        );
    }

    #[test]
    fn a_narrow_terminal_wraps_the_last_column_and_loses_nothing() {
        assert_eq!(
            table().render(Some(42)),
            "  bgp   edge-vhost0  two of two sessions\n                     are established\n  evpn  edge-0       x\n"
        );
    }
}
