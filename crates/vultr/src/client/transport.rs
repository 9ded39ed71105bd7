//! Sending calls over HTTP, repeatedly where that is safe. Called by [`super::Client`] only.

use super::options::{endpoint, is_loopback};
use super::pace::Pace;
use super::retry::Retry;
use super::{Options, SetupError};
use crate::error::{Answer, Asked, Denial, Kind, VultrError, classify, excerpt};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, Url};
use serde::de::IgnoredAny;
use std::time::Duration;

/// Bytes of an answer that are read; the longest lists have less than a tenth.
const MAX_BYTES: usize = 32 << 20;

/// An idle connection is given up before the other side does (nginx: 75 s), so that no POST is lost with one.
const IDLE: Duration = Duration::from_secs(20);

/// The most a page may hold.
const PER_PAGE: &str = "500";

/// Who may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Auth {
    /// Whoever has a key.
    Key,
    /// Everybody.
    Public,
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    method: Method,
    path: Vec<&'a str>,
    query: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    auth: Auth,
}

impl<'a> Request<'a> {
    pub(super) fn new(method: Method, path: &[&'a str]) -> Self {
        Self {
            method,
            path: path.to_vec(),
            query: Vec::new(),
            body: None,
            auth: Auth::Key,
        }
    }

    pub(super) fn get(path: &[&'a str]) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: &[&'a str]) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn delete(path: &[&'a str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    pub(super) fn public(mut self) -> Self {
        self.auth = Auth::Public;
        self
    }

    /// The same call for one page of a list.
    pub(super) fn page(&self, cursor: Option<&str>) -> Self {
        let page = self.clone().query("per_page", PER_PAGE);
        match cursor {
            Some(cursor) => page.query("cursor", cursor),
            None => page,
        }
    }
}

pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    endpoint: String,
    options: Options,
    pace: Pace,
}

impl Transport {
    pub(super) fn new(options: Options) -> Result<Self, SetupError> {
        let base = endpoint(&options.endpoint)?;
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("edgewright/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(&options)?)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(IDLE);
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build()?,
            endpoint: base.to_string(),
            base,
            pace: Pace::new(options.calls_per_second),
            options,
        })
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(super) fn has_key(&self) -> bool {
        self.options.key.is_some()
    }

    /// What a call asks, as it may be shown.
    pub(super) fn asked(&self, request: &Request<'_>) -> Asked {
        Asked {
            method: request.method.to_string(),
            path: format!("/{}", request.path.join("/")),
            endpoint: self.endpoint.clone(),
        }
    }

    /// Sends a call, repeatedly where that is safe and may help; the body of an answer that says success.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Vec<u8>, VultrError> {
        let asked = self.asked(&request);
        if request.auth == Auth::Key && !self.has_key() {
            return Err(VultrError::new(&asked, Kind::Unauthorized(Denial::NoKey)));
        }
        let url = self.url(&asked, &request)?;
        let mut retry = Retry::new(&self.options);
        loop {
            self.pace.turn().await;
            let limit = retry.send();
            let error = match self.once(&asked, &request, url.clone(), limit).await {
                Ok(body) => return Ok(body),
                Err(error) => error.with_tries(retry.sent()),
            };
            let Some(pause) = retry.pause(&error) else {
                return Err(error);
            };
            if matches!(error.kind(), Kind::RateLimited { .. }) {
                self.pace.hold(pause);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// The address of a call. Segments that would make it another call's are refused.
    fn url(&self, asked: &Asked, request: &Request<'_>) -> Result<Url, VultrError> {
        let bad = || VultrError::new(asked, Kind::BadId);
        if request
            .path
            .iter()
            .any(|part| matches!(*part, "" | "." | ".."))
        {
            return Err(bad());
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| bad())?
            .pop_if_empty()
            .extend(&request.path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        Ok(url)
    }

    async fn once(
        &self,
        asked: &Asked,
        request: &Request<'_>,
        url: Url,
        limit: Duration,
    ) -> Result<Vec<u8>, VultrError> {
        let mut builder = self
            .http
            .request(request.method.clone(), url)
            .timeout(limit);
        if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = match builder.send().await {
            Ok(response) => response,
            Err(error) => return Err(failure(asked, limit, error)),
        };
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let body = read(asked, limit, response).await?;
        if status.is_success() {
            return whole(asked, status.as_u16(), body).map_err(|error| self.mask(error));
        }
        let answer = Answer {
            status: status.as_u16(),
            retry_after,
            body: &String::from_utf8_lossy(&body),
        };
        Err(self.mask(classify(asked, &answer)))
    }

    /// Takes the key out of a text that came from outside, should something echo it.
    fn mask(&self, error: VultrError) -> VultrError {
        match &self.options.key {
            Some(key) if error.text().contains(key.expose()) => {
                let text = error.text().replace(key.expose(), "***");
                error.with_text(text)
            }
            _ => error,
        }
    }
}

fn headers(options: &Options) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(key) = &options.key {
        if key.is_empty() {
            return Err(SetupError::Key("is empty"));
        }
        let fault = SetupError::Key("holds characters that no key has");
        if !key.expose().chars().all(|c| c.is_ascii_graphic()) {
            return Err(fault);
        }
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| fault)?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
    }
    Ok(headers)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

async fn read(
    asked: &Asked,
    limit: Duration,
    mut response: Response,
) -> Result<Vec<u8>, VultrError> {
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_BYTES => {
                let text = format!("it is longer than {MAX_BYTES} bytes");
                return Err(VultrError::new(asked, Kind::Form)
                    .with_status(status)
                    .with_text(text));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(failure(asked, limit, error).with_status(status)),
        }
    }
}

/// An answer that says success must be JSON, all of it, or nothing at all. Of what might be an object nothing is shown: it
/// may hold a password.
fn whole(asked: &Asked, status: u16, body: Vec<u8>) -> Result<Vec<u8>, VultrError> {
    if body.is_empty() {
        return Ok(body);
    }
    let (kind, text) = match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => return Ok(body),
        Err(error) if error.is_eof() => (Kind::BodyCut, String::new()),
        Err(_) if body.starts_with(b"{") => (Kind::NotJson, String::new()),
        Err(_) => (Kind::NotJson, excerpt(&String::from_utf8_lossy(&body))),
    };
    let error = VultrError::new(asked, kind).with_status(status);
    Err(error.with_text(text))
}

fn failure(asked: &Asked, limit: Duration, error: reqwest::Error) -> VultrError {
    let kind = if error.is_connect() {
        Kind::Connect
    } else if error.is_timeout() {
        Kind::TimedOut { limit }
    } else {
        Kind::BodyCut
    };
    VultrError::new(asked, kind).with_source(error)
}
