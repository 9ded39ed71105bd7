//! The HTTP side: one path, faults to order, and records of what was called.

use crate::emulator::Emulator;
use crate::faults::FaultAction;
use crate::introspect;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use edgewright_opennebula::wire::{Answer, Fault, decode_call, encode_answer};
use std::io;
use tokio::net::TcpListener;

/// Longest request taken.
const MAX_REQUEST: usize = 64 * 1024 * 1024;

impl Emulator {
    /// The server as a router: `POST /RPC2`, and 404 for everything else.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/RPC2", post(handle))
            .fallback(|| async { (StatusCode::NOT_FOUND, "<html><body>Not Found</body></html>") })
            .layer(DefaultBodyLimit::max(MAX_REQUEST))
            .with_state(self.clone())
    }

    /// Answers calls and measures hosts until the listener fails or the future is dropped.
    ///
    /// # Errors
    /// The listener's error.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let server = axum::serve(listener, self.router());
        tokio::select! {
            result = server => result,
            () = self.monitor_hosts() => Ok(()),
        }
    }
}

async fn handle(State(emulator): State<Emulator>, body: Bytes) -> Response {
    let call = match decode_call(&body) {
        Ok(call) => call,
        Err(error) => {
            let text = format!("Call is not valid XML.  {error}");
            let answer = Err(Fault {
                code: Fault::PARSE,
                text,
            });
            emulator.record("", 200, Some(&answer));
            return write(&answer);
        }
    };
    match emulator.take_fault(&call.method) {
        Some(FaultAction::Status(status)) => {
            emulator.record(&call.method, status, None);
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, "injected fault").into_response();
        }
        Some(FaultAction::CutBefore) => {
            emulator.record(&call.method, 0, None);
            return cut();
        }
        Some(FaultAction::CutAfter) => {
            introspect::call(&emulator, &call.method, &call.params)
                .await
                .ok();
            return cut();
        }
        Some(FaultAction::Stall(time)) => tokio::time::sleep(time).await,
        None => {}
    }
    write(&introspect::call(&emulator, &call.method, &call.params).await)
}

fn write(answer: &Answer) -> Response {
    (
        [(header::CONTENT_TYPE, "text/xml; charset=utf-8")],
        encode_answer(answer),
    )
        .into_response()
}

/// An answer that fails before its first byte is written, so that the connection is closed.
fn cut() -> Response {
    let broken = futures::stream::once(async {
        Err::<Bytes, _>(io::Error::other("the connection is cut on order"))
    });
    Body::from_stream(broken).into_response()
}
