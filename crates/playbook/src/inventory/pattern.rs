//! Choosing hosts: `web:db`, `web:&prod`, `all:!web01`, `~web\d+`, `web[0:2]`, `*.example`.
//!
//! Called for `hosts:` of plays and for `--limit`.

use edgewright_template::Value;
use indexmap::IndexSet;
use regex::Regex;

use super::{Inventory, Name};

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// What follows `~` is no regular expression.
    #[error("`{0}` is no regular expression")]
    Regex(String),
    /// What stands in brackets behind a group is no slice.
    #[error("`{0}` has a slice that cannot be read; write `[0]`, `[-1]` or `[0:2]`")]
    Slice(String),
}

/// What a pattern chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The hosts, in order.
    pub hosts: IndexSet<Name>,
    /// Parts of the pattern that stand for nothing in the inventory.
    pub unknown: Vec<String>,
}

/// Splits a pattern into its parts: at commas, else at colons that stand outside brackets.
pub fn parts(pattern: &str) -> Vec<String> {
    if pattern.contains(',') {
        return pattern
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
    }
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for c in pattern.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The pattern that a value stands for: a text, or a list of texts, each a pattern of its own.
pub fn of_value(value: &Value) -> String {
    match value {
        Value::List(items) => items
            .iter()
            .filter_map(Value::as_str)
            .flat_map(parts)
            .collect::<Vec<_>>()
            .join(","),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// The hosts that a pattern stands for. First everything that is added, then what `&` keeps, then what `!` drops.
///
/// # Errors
/// [`PatternError`] when a part cannot be read.
pub fn choose(inventory: &Inventory, pattern: &str) -> Result<Chosen, PatternError> {
    let mut chosen = Chosen::default();
    let parts = parts(pattern);
    let adds: Vec<&String> = parts
        .iter()
        .filter(|part| !part.starts_with(['&', '!']))
        .collect();
    if adds.is_empty() && !parts.is_empty() {
        chosen.hosts = matching(inventory, "all")?;
    }
    for part in adds {
        let found = matching(inventory, part)?;
        if found.is_empty() && !is_known_group(inventory, part) {
            chosen.unknown.push(part.clone());
        }
        chosen.hosts.extend(found);
    }
    for part in parts.iter().filter_map(|part| part.strip_prefix('&')) {
        let kept = matching(inventory, part)?;
        chosen.hosts.retain(|host| kept.contains(host));
    }
    for part in parts.iter().filter_map(|part| part.strip_prefix('!')) {
        let dropped = matching(inventory, part)?;
        chosen.hosts.retain(|host| !dropped.contains(host));
    }
    Ok(chosen)
}

fn is_known_group(inventory: &Inventory, part: &str) -> bool {
    let name = part.split('[').next().unwrap_or(part);
    matches!(part, "all" | "*") || inventory.group(name).is_some()
}

fn matching(inventory: &Inventory, part: &str) -> Result<IndexSet<Name>, PatternError> {
    if let Some(expression) = part.strip_prefix('~') {
        let regex = Regex::new(&format!("^(?:{expression})"))
            .map_err(|_| PatternError::Regex(expression.to_owned()))?;
        return Ok(named(inventory, |name| regex.is_match(name), true));
    }
    // A host may have brackets in its name only as a range, which is gone by now.
    let (name, slice) = match part.split_once('[') {
        Some((name, slice))
            if !name.is_empty() && slice.ends_with(']') && !name.contains(['*', '?']) =>
        {
            (name, Some(slice.trim_end_matches(']')))
        }
        _ => (part, None),
    };
    let found = if name == "all" {
        inventory.hosts_of("all")
    } else if name.contains(['*', '?', '[']) {
        let regex = glob(name)?;
        named(inventory, |name| regex.is_match(name), true)
    } else {
        named(inventory, |other| other == name, false)
    };
    match slice {
        None => Ok(found),
        Some(slice) => sliced(&found, slice).ok_or_else(|| PatternError::Slice(part.to_owned())),
    }
}

/// Hosts of groups with such names; hosts with such names when there is no such group, or always when `both`.
fn named(inventory: &Inventory, fits: impl Fn(&str) -> bool, both: bool) -> IndexSet<Name> {
    let groups: Vec<&Name> = inventory
        .groups()
        .map(|(name, _)| name)
        .filter(|name| fits(name))
        .collect();
    let mut found: IndexSet<Name> = groups
        .iter()
        .flat_map(|name| inventory.hosts_of(name))
        .collect();
    if groups.is_empty() || both {
        found.extend(
            inventory
                .every_host()
                .map(|(name, _)| name)
                .filter(|name| fits(name))
                .cloned(),
        );
    }
    found
}

fn glob(pattern: &str) -> Result<Regex, PatternError> {
    let mut expression = String::from("^");
    for c in pattern.chars() {
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' | ']' => expression.push(c),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression.push('$');
    Regex::new(&expression).map_err(|_| PatternError::Regex(pattern.to_owned()))
}

/// `0`, `-1`, `1:3` (both ends included), `1:`, `:3`.
fn sliced(hosts: &IndexSet<Name>, slice: &str) -> Option<IndexSet<Name>> {
    let length = i64::try_from(hosts.len()).ok()?;
    let at = |text: &str| -> Option<i64> {
        let index: i64 = text.parse().ok()?;
        Some(if index < 0 { index + length } else { index })
    };
    let (first, last) = match slice
        .split_once([':', '-'])
        .filter(|(first, _)| !first.is_empty() || slice.starts_with(':'))
    {
        None => (at(slice)?, at(slice)?),
        Some((first, last)) => {
            let first = if first.is_empty() { 0 } else { at(first)? };
            let last = if last.is_empty() {
                length - 1
            } else {
                at(last)?
            };
            (first, last)
        }
    };
    Some(
        hosts
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                i64::try_from(*index).is_ok_and(|index| index >= first && index <= last)
            })
            .map(|(_, host)| host.clone())
            .collect(),
    )
}
