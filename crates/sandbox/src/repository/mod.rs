//! The repository of packages that stands in for OpenNebula's, and the keys of a new sandbox.
//!
//! `up` calls [`prepare`], which makes both in a container that is thrown away (it has dpkg, gpg and ssh-keygen, this machine
//! need not); the daemon serves the files with [`router`].

use crate::container;
use crate::docker::{DockerError, LABEL, docker, docker_fed};
use crate::home::Home;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::path::PathBuf;
use std::sync::Arc;

const PREPARE: &str = include_str!("prepare.sh");

/// Version of OpenNebula that the packages say they are.
const VERSION: &str = "7.0.2";

/// Makes `DIR/keys` and `DIR/repo`.
///
/// # Errors
/// [`DockerError`].
pub async fn prepare(home: &Home, image: &str) -> Result<(), DockerError> {
    let name = format!("edgewright-{}-prepare", home.short());
    container::remove(&name).await?;
    let label = format!("--label={LABEL}={}", home.name());
    let name_is = format!("--name={name}");
    let run = [
        "run",
        "--interactive",
        "--network=none",
        &name_is,
        &label,
        image,
        "sh",
        "-s",
        "--",
        VERSION,
    ];
    let done = match docker_fed(&run, PREPARE.as_bytes()).await {
        Ok(_) => docker(&["cp", &format!("{name}:/out/."), home.name()]).await,
        Err(error) => Err(error),
    };
    container::remove(&name).await?;
    done.map(drop)
}

/// Answers `GET /repo/…` with the files below a directory.
pub fn router(directory: PathBuf) -> Router {
    let modified = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    let files = Arc::new(Files {
        directory,
        modified: modified.to_string(),
    });
    Router::new()
        .route("/repo/{*path}", get(file))
        .with_state(files)
}

struct Files {
    directory: PathBuf,
    /// When the files were made, as apt wants it to find unchanged ones.
    modified: String,
}

async fn file(
    State(files): State<Arc<Files>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let known = headers.get(header::IF_MODIFIED_SINCE);
    let Ok(content) = tokio::fs::read(files.directory.join(path)).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if known.is_some_and(|known| known.as_bytes() == files.modified.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let about = [
        (header::LAST_MODIFIED, files.modified.clone()),
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
    ];
    (about, content).into_response()
}
