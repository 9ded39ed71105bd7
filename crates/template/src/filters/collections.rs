//! Filters of lists and mappings.

use minijinja::value::{Kwargs, Rest, Value as Jinja, ValueKind};
use minijinja::{Environment, Error, State};

use super::failed;

pub(crate) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("combine", combine);
    environment.add_filter("dict2items", dict2items);
    environment.add_filter("items2dict", items2dict);
    environment.add_filter("flatten", |list: &Jinja, levels: Option<usize>| {
        flatten(list, levels.unwrap_or(usize::MAX))
    });
    environment.add_filter("union", |list: &Jinja, other: &Jinja| {
        Ok::<_, Error>(distinct(items(list)?.into_iter().chain(items(other)?)))
    });
    environment.add_filter("intersect", |list: &Jinja, other: &Jinja| {
        let other = items(other)?;
        Ok::<_, Error>(distinct(
            items(list)?.into_iter().filter(|item| other.contains(item)),
        ))
    });
    environment.add_filter("difference", |list: &Jinja, other: &Jinja| {
        let other = items(other)?;
        Ok::<_, Error>(distinct(
            items(list)?
                .into_iter()
                .filter(|item| !other.contains(item)),
        ))
    });
    environment.add_filter("extract", extract);
    environment.add_filter("zip", |list: &Jinja, others: Rest<Jinja>| {
        let lists: Vec<Vec<Jinja>> = std::iter::once(items(list))
            .chain(others.iter().map(items))
            .collect::<Result<_, Error>>()?;
        let length = lists.iter().map(Vec::len).min().unwrap_or(0);
        let row = |at: usize| {
            lists
                .iter()
                .filter_map(|list| list.get(at).cloned())
                .collect::<Vec<_>>()
        };
        Ok::<_, Error>((0..length).map(row).collect::<Vec<_>>())
    });
}

fn items(list: &Jinja) -> Result<Vec<Jinja>, Error> {
    if list.kind() == ValueKind::String {
        return Err(failed("a list is expected here, not a text"));
    }
    list.try_iter().map(Iterator::collect)
}

fn distinct(all: impl Iterator<Item = Jinja>) -> Vec<Jinja> {
    let mut seen = Vec::new();
    for item in all {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}

fn flatten(list: &Jinja, levels: usize) -> Result<Vec<Jinja>, Error> {
    let mut flat = Vec::new();
    for item in list.try_iter()? {
        match item.kind() {
            ValueKind::Seq | ValueKind::Iterable if levels > 0 => {
                flat.extend(flatten(&item, levels - 1)?);
            }
            ValueKind::None => {}
            _ => flat.push(item),
        }
    }
    Ok(flat)
}

fn pairs(map: &Jinja) -> Result<Vec<(Jinja, Jinja)>, Error> {
    if map.kind() != ValueKind::Map {
        return Err(failed("a mapping is expected here"));
    }
    map.try_iter()?
        .map(|key| map.get_item(&key).map(|value| (key, value)))
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn combine(map: &Jinja, others: Rest<Jinja>, options: Kwargs) -> Result<Jinja, Error> {
    let recursive: bool = options.get::<Option<bool>>("recursive")?.unwrap_or(false);
    options.assert_all_used()?;
    let mut result = pairs(map)?;
    for other in others.iter() {
        merge(&mut result, pairs(other)?, recursive)?;
    }
    Ok(Jinja::from_pairs(result))
}

fn merge(
    into: &mut Vec<(Jinja, Jinja)>,
    from: Vec<(Jinja, Jinja)>,
    recursive: bool,
) -> Result<(), Error> {
    for (key, value) in from {
        match into.iter_mut().find(|(known, _)| *known == key) {
            Some((_, slot))
                if recursive && slot.kind() == ValueKind::Map && value.kind() == ValueKind::Map =>
            {
                let mut inner = pairs(slot)?;
                merge(&mut inner, pairs(&value)?, true)?;
                *slot = Jinja::from_pairs(inner);
            }
            Some((_, slot)) => *slot = value,
            None => into.push((key, value)),
        }
    }
    Ok(())
}

fn names(options: &Kwargs) -> Result<(String, String), Error> {
    let key: Option<String> = options.get("key_name")?;
    let value: Option<String> = options.get("value_name")?;
    options.assert_all_used()?;
    Ok((
        key.unwrap_or_else(|| "key".to_owned()),
        value.unwrap_or_else(|| "value".to_owned()),
    ))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn dict2items(map: &Jinja, options: Kwargs) -> Result<Vec<Jinja>, Error> {
    let (key_name, value_name) = names(&options)?;
    let row =
        |(key, value)| Jinja::from_pairs([(key_name.clone(), key), (value_name.clone(), value)]);
    Ok(pairs(map)?.into_iter().map(row).collect())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn items2dict(list: &Jinja, options: Kwargs) -> Result<Jinja, Error> {
    let (key_name, value_name) = names(&options)?;
    let pair = |row: Jinja| Ok((row.get_attr(&key_name)?, row.get_attr(&value_name)?));
    list.try_iter()?
        .map(pair)
        .collect::<Result<Vec<_>, Error>>()
        .map(Jinja::from_pairs)
}

/// The value under a key of a container, and further keys into that.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn extract(
    _state: &State<'_, '_>,
    key: Jinja,
    container: Jinja,
    more: Option<Jinja>,
) -> Result<Jinja, Error> {
    let mut found = container.get_item(&key)?;
    let keys = match more {
        None => Vec::new(),
        Some(more) if more.kind() == ValueKind::Seq => items(&more)?,
        Some(one) => vec![one],
    };
    for key in keys {
        found = found.get_item(&key)?;
    }
    Ok(found)
}
