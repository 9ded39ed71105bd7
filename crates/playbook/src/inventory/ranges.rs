//! Ranges in host names: `web[01:10]`, `db[a:c:2]`.
//!
//! Called by the readers of inventories.

/// Why a range cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It is not `[first:last]` or `[first:last:step]`.
    #[error("`[{0}]` is no range; write `[first:last]` or `[first:last:step]`")]
    Form(String),
    /// Its two ends do not fit.
    #[error("in the range `[{0}]` the last element comes before the first")]
    Backwards(String),
    /// Its ends have different numbers of digits although the first has leading zeros.
    #[error("in the range `[{0}]` both ends must have the same number of digits")]
    Width(String),
    /// It stands for too many hosts.
    #[error("the range `[{0}]` stands for more than 100000 hosts")]
    Size(String),
}

/// Most names that a range may stand for.
const MOST: usize = 100_000;

/// All names that a pattern stands for; the pattern itself when it has no range.
///
/// # Errors
/// [`RangeError`] when a range in it cannot be read.
pub fn expand(pattern: &str) -> Result<Vec<String>, RangeError> {
    let Some((head, range, tail)) = first_range(pattern) else {
        return Ok(vec![pattern.to_owned()]);
    };
    let tails = expand(tail)?;
    let mut names = Vec::new();
    for element in elements(range)? {
        names.extend(tails.iter().map(|tail| format!("{head}{element}{tail}")));
        if names.len() > MOST {
            return Err(RangeError::Size(range.to_owned()));
        }
    }
    Ok(names)
}

fn first_range(pattern: &str) -> Option<(&str, &str, &str)> {
    let (head, rest) = pattern.split_once('[')?;
    let (range, tail) = rest.split_once(']')?;
    range.contains(':').then_some((head, range, tail))
}

fn elements(range: &str) -> Result<Vec<String>, RangeError> {
    let form = || RangeError::Form(range.to_owned());
    let mut parts = range.split(':');
    let first = parts
        .next()
        .filter(|first| !first.is_empty())
        .unwrap_or("0");
    let last = parts
        .next()
        .filter(|last| !last.is_empty())
        .ok_or_else(form)?;
    let step: usize = match parts.next() {
        None => 1,
        Some(step) => step
            .parse()
            .ok()
            .filter(|step| *step > 0)
            .ok_or_else(form)?,
    };
    if parts.next().is_some() {
        return Err(form());
    }
    if let (Some(a), Some(b)) = (letter(first), letter(last)) {
        if a > b {
            return Err(RangeError::Backwards(range.to_owned()));
        }
        return Ok((a..=b)
            .step_by(step)
            .map(|byte| char::from(byte).to_string())
            .collect());
    }
    let width = if first.len() > 1 && first.starts_with('0') {
        first.len()
    } else {
        0
    };
    if width > 0 && first.len() != last.len() {
        return Err(RangeError::Width(range.to_owned()));
    }
    let a: u32 = first.parse().map_err(|_| form())?;
    let b: u32 = last.parse().map_err(|_| form())?;
    if a > b {
        return Err(RangeError::Backwards(range.to_owned()));
    }
    if (b - a) as usize / step >= MOST {
        return Err(RangeError::Size(range.to_owned()));
    }
    Ok((a..=b)
        .step_by(step)
        .map(|number| format!("{number:0width$}"))
        .collect())
}

fn letter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(*letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_keep_leading_zeros_take_steps_and_combine() {
        assert_eq!(expand("w[08:10].x").unwrap(), ["w08.x", "w09.x", "w10.x"]);
        assert_eq!(expand("w[1:5:2]").unwrap(), ["w1", "w3", "w5"]);
        assert_eq!(expand("[a:b][1:2]").unwrap(), ["a1", "a2", "b1", "b2"]);
        assert_eq!(expand("plain").unwrap(), ["plain"]);
    }

    #[test]
    fn broken_ranges_are_refused() {
        assert_eq!(
            expand("w[3:1]").unwrap_err(),
            RangeError::Backwards("3:1".to_owned())
        );
        assert_eq!(
            expand("w[01:1]").unwrap_err(),
            RangeError::Width("01:1".to_owned())
        );
        assert_eq!(
            expand("w[1:x]").unwrap_err(),
            RangeError::Form("1:x".to_owned())
        );
        assert_eq!(
            expand("w[0:999999]").unwrap_err(),
            RangeError::Size("0:999999".to_owned())
        );
    }
}
