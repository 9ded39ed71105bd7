//! `wait_for`: waits for a port or a file.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use regex_lite::Regex;
use serde::Deserialize;

use crate::outcome::{Context, Failure, ModuleResult, Outcome};

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
                Failure::new(format!("`{text}` is no regular expression: {error}"))
            })
        })
        .transpose()?;
    let start = Instant::now();
    if context.check {
        return Ok(Outcome::changed(false).with("elapsed", 0));
    }
    let limit = start + Duration::from_secs(args.timeout);
    let limit = context
        .deadline
        .map_or(limit, |deadline| deadline.min(limit));
    let gone_alone = || Failure::new("stopped waiting: the control machine is gone");
    if context.lifeline.wait(Duration::from_secs(args.delay)) {
        return Err(gone_alone());
    }
    let gone = matches!(args.state.as_str(), "absent" | "stopped");
    loop {
        if is_there(args, expression.as_ref()) != gone {
            let mut outcome = Outcome::changed(false)
                .with("elapsed", start.elapsed().as_secs())
                .with("state", args.state.clone());
            if let Some(port) = args.port {
                outcome = outcome.with("port", port);
            }
            return Ok(outcome);
        }
        if Instant::now() >= limit {
            let what = match (&args.path, args.port) {
                (Some(path), _) => path.display().to_string(),
                (None, Some(port)) => format!("{}:{port}", args.host),
                (None, None) => "nothing at all".to_owned(),
            };
            let message = args.msg.clone().unwrap_or_else(|| {
                format!("{what} was not {} within {} s", args.state, args.timeout)
            });
            return Err(Failure::new(message).with("elapsed", start.elapsed().as_secs()));
        }
        let pause = Duration::from_secs(args.sleep);
        if context
            .lifeline
            .wait(pause.min(limit.saturating_duration_since(Instant::now())))
        {
            return Err(gone_alone());
        }
    }
}

fn is_there(args: &Args, expression: Option<&Regex>) -> bool {
    if let Some(path) = &args.path {
        return match expression {
            None => path.exists(),
            Some(expression) => std::fs::read(path)
                .is_ok_and(|bytes| expression.is_match(&String::from_utf8_lossy(&bytes))),
        };
    }
    let Some(port) = args.port else { return false };
    let timeout = Duration::from_secs(args.connect_timeout.max(1));
    (args.host.as_str(), port)
        .to_socket_addrs()
        .is_ok_and(|mut addresses| {
            addresses.any(|address| TcpStream::connect_timeout(&address, timeout).is_ok())
        })
}
