//! The HTTP side: reading calls, faults to order, records of what was called, and writing answers.
//!
//! Answers are exactly `application/json`, without a charset: clients compare.

use crate::answer::{Outcome, Refusal};
use crate::emulator::{Emulator, Incoming};
use crate::faults::FaultAction;
use crate::marks;
use crate::observe::CallRecord;
use crate::request::{Body as Fields, Request};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Longest request taken; user data of 4 MiB was taken by the real one.
const MAX_REQUEST: usize = 16 * 1024 * 1024;
/// From the first half of an answer to the cut, so that the half is really sent.
const BEFORE_CUT: Duration = Duration::from_millis(50);

impl Emulator {
    /// Answers calls until the listener fails or the future is dropped. Machines go on being made and removed on the
    /// runtime that this is called on.
    ///
    /// # Errors
    /// The listener's error.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let router = Router::new().fallback(handle).with_state(self);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await
    }
}

async fn handle(
    State(emulator): State<Emulator>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MAX_REQUEST).await;
    let bytes = bytes.map_err(|_| Refusal::new(413, "Request body is too large"));
    // In a task of its own, so that a client that goes away does not leave a call half done.
    let task = tokio::spawn(async move { treat(emulator, peer, parts, bytes).await });
    task.await.unwrap_or_else(|_| {
        let refusal = Refusal::new(500, "Internal server error");
        write(&Err(refusal))
    })
}

/// A call from what came over the wire.
fn incoming(peer: SocketAddr, parts: &Parts, bytes: &Result<Bytes, Refusal>) -> Incoming {
    let path = parts.uri.path().strip_prefix("/v2/");
    let path: Option<Vec<String>> = path.map(|path| path.split('/').map(str::to_owned).collect());
    let parameters = Query::try_from_uri(&parts.uri).map_or(Vec::new(), |Query(pairs)| pairs);
    let text = |name: header::HeaderName| {
        let value = parts.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    Incoming {
        peer: peer.ip(),
        method: parts.method.to_string(),
        authorization: text(header::AUTHORIZATION),
        request: fields(&parts.method, &parts.headers, bytes).map(|body| Request {
            segments: path.clone().unwrap_or_default(),
            parameters,
            body,
        }),
        path,
    }
}

/// The body's fields. What comes with a GET is not looked at.
fn fields(
    method: &Method,
    headers: &HeaderMap,
    bytes: &Result<Bytes, Refusal>,
) -> Result<Fields, Refusal> {
    let bytes = bytes.as_ref().map_err(Clone::clone)?;
    if *method == Method::GET || bytes.is_empty() {
        return Ok(Fields::default());
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(Refusal::bad("Content-Type must be application/json"));
    }
    Fields::parse(bytes)
}

async fn treat(
    emulator: Emulator,
    peer: SocketAddr,
    parts: Parts,
    bytes: Result<Bytes, Refusal>,
) -> Response {
    let began = Instant::now();
    let path = parts.uri.path();
    let fault = emulator.take_fault(
        parts.method.as_str(),
        path.strip_prefix("/v2").unwrap_or(path),
    );
    let mut record = CallRecord {
        method: parts.method.to_string(),
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        status: 0,
        mutating: parts.method != Method::GET,
        fault: fault.is_some(),
        at: marks::milliseconds(),
        took_ms: 0,
        body: elided(bytes.as_ref().map_or(&[][..], AsRef::as_ref)),
        error: None,
    };
    let call = incoming(peer, &parts, &bytes);
    let end = respond(&emulator, call, fault).await;
    record.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    record.error = end.error;
    if !end.cut {
        record.status = end.response.status().as_u16();
    }
    emulator.record(&record);
    end.response
}

/// How a call ends.
struct End {
    response: Response,
    error: Option<String>,
    /// Whether the client gets no whole answer.
    cut: bool,
}

impl End {
    fn whole(response: Response) -> Self {
        Self {
            response,
            error: None,
            cut: false,
        }
    }

    fn cut(response: Response) -> Self {
        Self {
            response,
            error: None,
            cut: true,
        }
    }

    fn of(outcome: &Outcome) -> Self {
        Self {
            response: write(outcome),
            error: outcome.as_ref().err().map(|refusal| refusal.text.clone()),
            cut: false,
        }
    }
}

/// Carries a call out, or lets the fault happen that is ordered for it.
async fn respond(emulator: &Emulator, call: Incoming, fault: Option<FaultAction>) -> End {
    match fault {
        Some(FaultAction::Refuse {
            status,
            error,
            retry_after,
        }) => End::of(&Err(Refusal {
            retry_after,
            ..Refusal::new(status, error)
        })),
        Some(FaultAction::Raw { status, body }) => {
            End::whole(plain(status, "application/json", Body::from(body)))
        }
        Some(FaultAction::Html(status)) => End::whole(html(status)),
        Some(FaultAction::CutBefore) => End::cut(cut(None)),
        Some(FaultAction::Stall(time)) => {
            tokio::time::sleep(time).await;
            End::cut(cut(None))
        }
        Some(FaultAction::CutAfter) => {
            drop(emulator.answer(call, None).await);
            End::cut(cut(None))
        }
        Some(FaultAction::CutInBody) => {
            let outcome = emulator.answer(call, None).await;
            let has_body = text_of(&outcome).1.is_some();
            End::cut(cut(has_body.then_some(&outcome)))
        }
        Some(FaultAction::Delay(time)) => {
            let outcome = emulator.answer(call, None).await;
            tokio::time::sleep(time).await;
            End::of(&outcome)
        }
        fault => End::of(&emulator.answer(call, fault).await),
    }
}

/// The text of an answer, with its status.
fn text_of(outcome: &Outcome) -> (u16, Option<String>) {
    match outcome {
        Ok(reply) => (reply.status, reply.body.as_ref().map(Value::to_string)),
        Err(refusal) => (refusal.status, Some(refusal.body().to_string())),
    }
}

fn plain(status: u16, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn write(outcome: &Outcome) -> Response {
    let (status, text) = text_of(outcome);
    let Some(text) = text else {
        let mut response = plain(status, "application/json", Body::empty());
        response.headers_mut().remove(header::CONTENT_TYPE);
        return response;
    };
    let mut response = plain(status, "application/json", Body::from(text));
    if let Err(Refusal {
        retry_after: Some(seconds),
        ..
    }) = outcome
    {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    }
    response
}

/// A page as a proxy answers for a server that is not there.
fn html(status: u16) -> Response {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    plain(status, "text/html", Body::from(page))
}

/// An answer whose connection is cut: at its beginning, or after half of what is given.
fn cut(outcome: Option<&Outcome>) -> Response {
    let broken = || io::Error::other("the connection is cut on order");
    let Some(outcome) = outcome else {
        let stream = futures::stream::once(async move { Err::<Bytes, _>(broken()) });
        return Response::new(Body::from_stream(stream));
    };
    let (status, text) = text_of(outcome);
    let text = text.unwrap_or_default();
    let half: Vec<u8> = text.bytes().take(text.len() / 2).collect();
    let steps = futures::stream::unfold(Some(half), move |half| async move {
        if let Some(half) = half {
            return Some((Ok(Bytes::from(half)), None));
        }
        tokio::time::sleep(BEFORE_CUT).await;
        Some((Err(broken()), None))
    });
    let mut response = plain(status, "application/json", Body::from_stream(steps));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    response
}

/// A request's body for the record.
fn elided(bytes: &[u8]) -> Value {
    let mut value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    if let Some(data) = value.get_mut("user_data").filter(|data| data.is_string()) {
        let length = data.as_str().map_or(0, str::len);
        *data = json!(format!("({length} characters)"));
    }
    value
}
