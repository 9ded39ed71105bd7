//! Functions that templates call: `lookup`, `query`, `now`.

use std::path::{Path, PathBuf};

use minijinja::value::{Kwargs, Rest, Value as Jinja};
use minijinja::{Environment, Error, ErrorKind, State};

/// Name under which the search path of lookups stands among the variables.
pub(crate) const SEARCH_PATH: &str = "ansible_search_path";

pub(crate) fn add(environment: &mut Environment<'static>) {
    environment.add_function("lookup", lookup);
    environment.add_function("query", query);
    environment.add_function("q", query);
}

fn failed(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

/// One result as it is, several joined by commas, as Ansible does it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn lookup(
    state: &State<'_, '_>,
    name: &str,
    terms: Rest<Jinja>,
    options: Kwargs,
) -> Result<Jinja, Error> {
    let wants_list: Option<bool> = options.get("wantlist")?;
    let mut found = find(state, name, &terms, &options)?;
    options.assert_all_used()?;
    if wants_list == Some(true) {
        return Ok(Jinja::from(found));
    }
    if found.len() == 1
        && let Some(only) = found.pop()
    {
        return Ok(only);
    }
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    Ok(Jinja::from(texts.join(",")))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn query(
    state: &State<'_, '_>,
    name: &str,
    terms: Rest<Jinja>,
    options: Kwargs,
) -> Result<Jinja, Error> {
    let found = find(state, name, &terms, &options)?;
    options.assert_all_used()?;
    Ok(Jinja::from(found))
}

fn find(
    state: &State<'_, '_>,
    name: &str,
    terms: &[Jinja],
    options: &Kwargs,
) -> Result<Vec<Jinja>, Error> {
    let default: Option<Jinja> = options.get("default")?;
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    let terms: Vec<Jinja> = terms.to_vec();
    match short {
        "env" => terms
            .iter()
            .map(|term| {
                let value = std::env::var(term.to_string()).ok().map(Jinja::from);
                Ok(value
                    .or_else(|| default.clone())
                    .unwrap_or_else(|| Jinja::from("")))
            })
            .collect(),
        "vars" => terms
            .iter()
            .map(|term| {
                let name = term.to_string();
                let value = state.lookup(&name).filter(|value| !value.is_undefined());
                value
                    .or_else(|| default.clone())
                    .ok_or_else(|| failed(format!("there is no variable `{name}`")))
            })
            .collect(),
        "file" => terms
            .iter()
            .map(|term| {
                let path = locate(state, &term.to_string())?;
                let text =
                    fs_err::read_to_string(path).map_err(|error| failed(error.to_string()))?;
                Ok(Jinja::from(text.trim_end().to_owned()))
            })
            .collect(),
        "items" | "list" => Ok(terms
            .iter()
            .flat_map(|term| {
                term.try_iter()
                    .map_or_else(|_| vec![term.clone()], Iterator::collect::<Vec<_>>)
            })
            .collect()),
        other => Err(failed(format!(
            "the lookup `{other}` is not supported; there are `env`, `file`, `items` and `vars`"
        ))),
    }
}

/// Finds a file where Ansible would look for it: in the role's `files`, then beside the playbook.
fn locate(state: &State<'_, '_>, name: &str) -> Result<PathBuf, Error> {
    let path = Path::new(name);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let directories: Vec<PathBuf> = state
        .lookup(SEARCH_PATH)
        .and_then(|list| {
            list.try_iter()
                .ok()
                .map(|items| items.map(|item| PathBuf::from(item.to_string())).collect())
        })
        .unwrap_or_default();
    let candidates = directories
        .iter()
        .flat_map(|directory| [directory.join("files").join(path), directory.join(path)]);
    candidates
        .into_iter()
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| failed(format!("cannot find the file `{name}`")))
}
