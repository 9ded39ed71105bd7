//! Sending calls over HTTP: few connections, limits, and repetition of what may be repeated.
//!
//! `oned` serves 15 connections, and an idle one that is kept alive holds its place for 15 s: so at most four are open at
//! a time and an idle one is closed soon. Called by [`super::Client`] only.

use super::{Options, Repeat};
use crate::endpoint::Endpoint;
use crate::error::OneError;
use crate::wire::{Answer, Call, MAX_BYTES, WireError, decode_answer, encode_call};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, header};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Connections open at a time, of the 15 that `oned` serves everybody with (MAX_CONN).
const CONNECTIONS: usize = 4;

/// An idle connection blocks one of `oned`'s places for as long as it is kept (KEEPALIVE_TIMEOUT is 15 s).
const IDLE: Duration = Duration::from_secs(2);

pub(super) struct Transport {
    http: reqwest::Client,
    endpoint: Endpoint,
    options: Options,
    permits: Semaphore,
}

impl Transport {
    pub(super) fn new(endpoint: Endpoint, options: Options) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .http1_only()
            .redirect(Policy::none())
            .user_agent(concat!("edgewright/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_limit)
            .timeout(options.call_limit)
            .pool_max_idle_per_host(CONNECTIONS)
            .pool_idle_timeout(IDLE);
        if endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build()?,
            endpoint,
            options,
            permits: Semaphore::new(CONNECTIONS),
        })
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends a call, repeatedly if that is safe and the failure may pass.
    pub(super) async fn send(&self, call: &Call, repeat: Repeat) -> Result<Answer, OneError> {
        let body = encode_call(call);
        let mut pauses = self.options.pauses.iter();
        loop {
            let error = match self.once(&call.method, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if repeat == Repeat::Safe && error.is_passing() => {
                    tokio::time::sleep(*pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    async fn once(&self, method: &str, body: String) -> Result<Answer, OneError> {
        let _permit = self
            .permits
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let request = self
            .http
            .post(self.endpoint.url().clone())
            .header(header::CONTENT_TYPE, "text/xml")
            .body(body);
        let response = request
            .send()
            .await
            .map_err(|error| self.failure(method, error))?;
        if response.status() != StatusCode::OK {
            let (endpoint, status) = (self.endpoint.to_string(), response.status().as_u16());
            return Err(OneError::Http {
                method: method.to_owned(),
                endpoint,
                status,
            });
        }
        let bytes = self.read(method, response).await?;
        decode_answer(&bytes).map_err(|source| self.unreadable(method, source))
    }

    async fn read(&self, method: &str, mut response: Response) -> Result<Vec<u8>, OneError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failure(method, error))?
        {
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(self.unreadable(
                    method,
                    WireError::TooLong {
                        found: bytes.len() + chunk.len(),
                    },
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn unreadable(&self, method: &str, source: WireError) -> OneError {
        OneError::Wire {
            method: method.to_owned(),
            endpoint: self.endpoint.to_string(),
            source,
        }
    }

    fn failure(&self, method: &str, source: reqwest::Error) -> OneError {
        let (method, endpoint, source) = (
            method.to_owned(),
            self.endpoint.to_string(),
            source.without_url(),
        );
        if source.is_connect() {
            OneError::Connect {
                method,
                endpoint,
                source,
            }
        } else if source.is_timeout() {
            OneError::TimedOut {
                method,
                endpoint,
                limit: self.options.call_limit,
            }
        } else {
            OneError::Broken {
                method,
                endpoint,
                source,
            }
        }
    }
}
