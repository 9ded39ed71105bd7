//! Modules that the worker on a host executes, and what this machine does for them first.
//!
//! Called by `attempt`. `prepare` makes the message from a task; [`run`] sends it and waits for the answer.

use std::path::Path;
use std::sync::Arc;

use edgewright_protocol::message::{Become, Task as Message};
use edgewright_protocol::spec::{ModuleSpec, RunsOn};
use edgewright_template::{Blocks, Map, Scope, Value, render};
use edgewright_transport::{Session, TransportError};
use serde_json::{Map as JsonMap, Value as Json};

use super::context::{Context, Run};
use super::results::{Returned, unreachable};
use super::settings::{SettingError, Settings, connection_vars};
use crate::events::Event;
use crate::load::keywords::Keyword;
use crate::load::place::Place;

/// Largest content that travels inside the task's own message, in bytes; more goes as a file of its own.
const INLINE: usize = 256 * 1024;

/// A call of a module as it is sent, but for the number that the session gives it.
pub(crate) struct Call {
    /// The message.
    pub message: Message,
    /// Content that the message refers to.
    pub file: Option<Vec<u8>>,
    /// Host that executes it, and how that is reached.
    pub host: String,
    /// Variables that say how.
    pub way: JsonMap<String, Json>,
}

/// Why a call cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    /// A keyword cannot be used.
    #[error("{0}")]
    Setting(#[from] SettingError),
    /// A template cannot be rendered.
    #[error("{0}")]
    Template(#[from] edgewright_template::TemplateError),
    /// A file is not there.
    #[error("there is no file `{name}`; searched in {}", .searched.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", "))]
    NoFile {
        /// The file.
        name: String,
        /// Where it could have been.
        searched: Vec<Place>,
    },
    /// A file is a directory.
    #[error("`{name}` is a directory; name the files one by one")]
    Directory {
        /// The file.
        name: String,
    },
    /// A file cannot be read.
    #[error("cannot read `{name}`: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the operating system says.
        reason: String,
    },
}

/// Makes the message of a module's call. `args` were checked.
pub(crate) fn prepare(
    context: &Context<'_>,
    spec: &'static ModuleSpec,
    args: &Returned,
    scope: &Scope,
    strongest: &Arc<Map>,
) -> Result<Call, PrepareError> {
    let settings = Settings::new(context.task, scope);
    let options = &context.run().options;
    let (host, way, becomes) = match settings.delegate()? {
        None => (
            context.host.to_string(),
            settings.connection()?,
            settings.becomes()?,
        ),
        Some(other) => delegated(context, &other, strongest)?,
    };
    let mut message = Message {
        id: 0,
        module: spec.name.to_owned(),
        args: args.clone(),
        check: settings
            .flag(Keyword::CheckMode, "check_mode")?
            .unwrap_or(options.check),
        diff: settings
            .flag(Keyword::Diff, "diff")?
            .unwrap_or(options.diff),
        become_user: becomes,
        environment: settings.environment()?,
        timeout: settings.timeout()?,
    };
    let mut bytes = None;
    if spec.runs_on == RunsOn::Both {
        bytes = match spec.name {
            "template" => Some(template(context, args, scope)?),
            _ => copied(context, args)?,
        };
    }
    let file = bytes.and_then(|bytes| carried(&mut message, args, bytes));
    Ok(Call {
        message,
        file,
        host,
        way,
    })
}

type Way = (String, JsonMap<String, Json>, Option<Become>);

/// How another host is reached that runs the task in place of its own.
fn delegated(
    context: &Context<'_>,
    other: &str,
    strongest: &Arc<Map>,
) -> Result<Way, PrepareError> {
    let name: Arc<str> = other.into();
    let known = context.run().vars.has(other);
    if !known {
        let scope = context.scope(strongest);
        let becomes = Settings::new(context.task, &scope).becomes()?;
        let way = [("ansible_host".to_owned(), Json::from(other))]
            .into_iter()
            .collect();
        return Ok((other.to_owned(), way, becomes));
    }
    let scope = context.scope_of(&name, strongest);
    Ok((
        other.to_owned(),
        connection_vars(&scope)?,
        Settings::new(context.task, &scope).becomes()?,
    ))
}

/// Tells the worker's `copy` what to write, in place of what the task says. Returns what is too much for the message.
fn carried(message: &mut Message, args: &Returned, bytes: Vec<u8>) -> Option<Vec<u8>> {
    "copy".clone_into(&mut message.module);
    let src = args.get("src").and_then(Json::as_str).map(str::to_owned);
    for name in [
        "src",
        "content",
        "trim_blocks",
        "lstrip_blocks",
        "remote_src",
    ] {
        message.args.shift_remove(name);
    }
    if let Some(name) = src.as_deref().and_then(|src| Path::new(src).file_name()) {
        message
            .args
            .insert("basename".to_owned(), name.to_string_lossy().into());
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.len() <= INLINE => {
            message.args.insert("content".to_owned(), text.into());
            None
        }
        Ok(text) => Some(text.into_bytes()),
        Err(error) => Some(error.into_bytes()),
    }
}

fn found(context: &Context<'_>, part: &str, name: &str) -> Result<Place, PrepareError> {
    let searched = crate::load::files::places(context.task, &context.play.play.place, part);
    let found = searched
        .iter()
        .map(|place| place.join(name))
        .find(|place| place.is_file() || place.path().is_some_and(Path::is_dir));
    match found {
        Some(place) if place.is_file() => Ok(place),
        Some(_) => Err(PrepareError::Directory {
            name: name.to_owned(),
        }),
        None => Err(PrepareError::NoFile {
            name: name.to_owned(),
            searched,
        }),
    }
}

fn unreadable(place: &Place, error: &std::io::Error) -> PrepareError {
    PrepareError::Unreadable {
        name: place.to_string(),
        reason: error.to_string(),
    }
}

fn text<'a>(args: &'a Returned, name: &str) -> &'a str {
    args.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// The content that `copy` writes; nothing when the file is on the host already.
fn copied(context: &Context<'_>, args: &Returned) -> Result<Option<Vec<u8>>, PrepareError> {
    if args.get("remote_src") == Some(&Json::Bool(true)) {
        return Ok(None);
    }
    if let Some(content) = args.get("content") {
        return Ok(Some(
            content.as_str().unwrap_or_default().as_bytes().to_vec(),
        ));
    }
    let place = found(context, "files", text(args, "src"))?;
    place
        .bytes()
        .map(Some)
        .map_err(|error| unreadable(&place, &error))
}

/// The rendered template.
fn template(
    context: &Context<'_>,
    args: &Returned,
    scope: &Scope,
) -> Result<Vec<u8>, PrepareError> {
    let place = found(context, "templates", text(args, "src"))?;
    let source = place.text().map_err(|error| unreadable(&place, &error))?;
    let flag =
        |name: &str, default: bool| args.get(name).and_then(Json::as_bool).unwrap_or(default);
    let blocks = Blocks {
        trim: flag("trim_blocks", true),
        lstrip: flag("lstrip_blocks", false),
    };
    let about: Map = [
        ("ansible_managed", "Ansible managed".to_owned()),
        ("template_path", text(args, "src").to_owned()),
        ("template_fullpath", place.to_string()),
        ("template_destpath", text(args, "dest").to_owned()),
    ]
    .into_iter()
    .filter(|(name, _)| !scope.has(name))
    .map(|(name, value)| (name.into(), Value::plain(value)))
    .collect();
    let scope = scope.clone().with_layer(Arc::new(about));
    let text = render(source.text(), &place.to_string(), blocks, &scope)?;
    Ok(text.into_bytes())
}

/// What a host says that cannot be reached.
pub(crate) fn lost(error: &TransportError) -> Returned {
    unreachable(format!("{error}; {}", error.help()))
}

/// The connection that a call needs.
pub(crate) async fn session(run: &Run, call: &Call) -> Result<Session, TransportError> {
    let (session, new) = run.sessions.get(&call.host, &call.way).await?;
    if new {
        run.tell(&Event::Connected {
            host: call.host.clone(),
        });
    }
    Ok(session)
}

/// Puts content that is too large for a message where the worker finds it.
pub(crate) async fn send_file(session: &Session, call: &mut Call) -> Result<(), TransportError> {
    if let Some(bytes) = call.file.take() {
        let digest = session.put(&bytes).await?;
        call.message
            .args
            .insert("digest".to_owned(), digest.0.into());
    }
    Ok(())
}

/// Runs a call and returns what the module returns.
pub(crate) async fn run(context: &Context<'_>, mut call: Call) -> Returned {
    let session = match session(context.run(), &call).await {
        Ok(session) => session,
        Err(error) => return lost(&error),
    };
    // Connecting may take minutes and costs this machine nothing: only what comes now takes a place.
    let _slot = context.run().slot().await;
    let answer = match send_file(&session, &mut call).await {
        Ok(()) => session.run(call.message).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| {
        context.run().sessions.forget(&call.host);
        lost(&error)
    })
}
