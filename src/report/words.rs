//! Durations, numbers and lines as people read them.

use std::fmt::{Arguments, Write as _};
use std::time::Duration;

/// A duration: `0.4 s`, `42 s`, `3 min 7 s`, `1 h 2 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A number and what it counts: `1 object`, `2 objects`.
pub fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Adds a line to a text.
pub fn line(text: &mut String, words: Arguments<'_>) {
    // Writing to a string cannot fail.
    writeln!(text, "{words}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_get_coarser_as_they_get_longer() {
        let shown = [0.44, 9.96, 42.9, 187.0, 3723.0].map(|s| duration(Duration::from_secs_f64(s)));
        assert_eq!(shown, ["0.4 s", "10.0 s", "42 s", "3 min 7 s", "1 h 2 min"]);
    }
}
