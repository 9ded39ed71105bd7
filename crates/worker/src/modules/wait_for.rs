//! `wait_for`: waits for a port or a file.

use std::io::Read;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use regex_lite::{Match, Regex};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::attributes::describe;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};

/// Most bytes of what a port says that are searched.
const MOST_SAID: usize = 1024 * 1024;

#[derive(Deserialize)]
pub(super) struct Args {
    #[serde(default)]
    host: String,
    port: Option<u16>,
    path: Option<PathBuf>,
    #[serde(default)]
    state: String,
    timeout: u64,
    #[serde(default)]
    delay: u64,
    sleep: u64,
    connect_timeout: u64,
    search_regex: Option<String>,
    msg: Option<String>,
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let expression = args
        .search_regex
        .as_deref()
        .map(|text| {
            Regex::new(text).map_err(|error| {
                Failure::new(format!(
                    "the regular expression `{text}` cannot be used: {error}"
                ))
            })
        })
        .transpose()?;
    if context.check {
        return Ok(Outcome::changed(false)
            .with("skipped", true)
            .with("msg", "nothing is waited for in check mode"));
    }
    let start = Instant::now();
    let limit = start + Duration::from_secs(args.timeout);
    let limit = context
        .deadline
        .map_or(limit, |deadline| deadline.min(limit));
    let nap = |time: Duration| {
        if context.lifeline.wait(time) {
            Err(Failure::new("stopped waiting: the control machine is gone"))
        } else {
            Ok(())
        }
    };
    nap(Duration::from_secs(args.delay))?;
    let gone = matches!(args.state.as_str(), "absent" | "stopped");
    loop {
        let left = limit.saturating_duration_since(Instant::now());
        let found = look(args, expression.as_ref(), left);
        if found.is_some() != gone {
            return Ok(told(args, found.unwrap_or_default(), start));
        }
        if Instant::now() >= limit {
            if args.port.is_none() && args.path.is_none() {
                return Ok(told(args, Found::default(), start));
            }
            let message = args.msg.clone().unwrap_or_else(|| waited_for(args));
            return Err(Failure::new(message).with("elapsed", start.elapsed().as_secs()));
        }
        nap(Duration::from_secs(args.sleep).min(limit.saturating_duration_since(Instant::now())))?;
    }
}

fn waited_for(args: &Args) -> String {
    let what = match (&args.path, args.port) {
        (Some(path), _) => format!("`{}`", path.display()),
        (None, Some(port)) => format!("{}:{port}", args.host),
        (None, None) => "nothing".to_owned(),
    };
    let seconds = args.timeout;
    match (&args.search_regex, args.state.as_str()) {
        (Some(text), "started" | "present") => {
            format!("`{text}` did not appear in {what} within {seconds} s")
        }
        (_, "absent" | "stopped") => format!("{what} is still there after {seconds} s"),
        _ => format!("{what} did not appear within {seconds} s"),
    }
}

fn told(args: &Args, found: Found, start: Instant) -> Outcome {
    let mut outcome = Outcome::changed(false)
        .with("elapsed", start.elapsed().as_secs())
        .with("state", args.state.clone())
        .with("match_groups", found.groups)
        .with("match_groupdict", found.names)
        .with("search_regex", args.search_regex.clone())
        .with("port", args.port)
        .with(
            "path",
            args.path
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned()),
        );
    if let Some(path) = args.path.as_ref().filter(|path| path.exists()) {
        outcome.values.extend(describe(path));
    }
    outcome
}

/// What an expression found.
#[derive(Default)]
struct Found {
    groups: Vec<Value>,
    names: Map<String, Value>,
}

fn search(expression: Option<&Regex>, bytes: &[u8]) -> Option<Found> {
    let Some(expression) = expression else {
        return Some(Found::default());
    };
    let text = String::from_utf8_lossy(bytes);
    let captures = expression.captures(&text)?;
    let value = |group: Option<Match<'_>>| group.map_or(Value::Null, |found| found.as_str().into());
    Some(Found {
        groups: captures.iter().skip(1).map(value).collect(),
        names: expression
            .capture_names()
            .flatten()
            .map(|name| (name.to_owned(), value(captures.name(name))))
            .collect(),
    })
}

/// Looks once; nothing when it is not there.
fn look(args: &Args, expression: Option<&Regex>, left: Duration) -> Option<Found> {
    if let Some(path) = &args.path {
        if expression.is_none() {
            return path.exists().then(Found::default);
        }
        return search(expression, &std::fs::read(path).ok()?);
    }
    let port = args.port?;
    let timeout = Duration::from_secs(args.connect_timeout.max(1));
    let addresses = (args.host.as_str(), port).to_socket_addrs().ok()?;
    let mut stream = addresses
        .into_iter()
        .find_map(|address| TcpStream::connect_timeout(&address, timeout).ok())?;
    if expression.is_none() {
        return Some(Found::default());
    }
    // Whoever listens says it sooner or later, or not at all.
    let until = Instant::now() + left;
    let mut said = Vec::new();
    while said.len() < MOST_SAID {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return None;
        }
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        said.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if let Some(found) = search(expression, &said) {
            return Some(found);
        }
    }
    None
}
