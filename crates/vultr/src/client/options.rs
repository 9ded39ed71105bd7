//! How a client is set up: where it calls, as whom, and how long and how often it tries.

use crate::key::ApiKey;
use reqwest::Url;
use std::net::IpAddr;
use std::time::Duration;
use thiserror::Error;

/// Where Vultr's API is.
pub const DEFAULT_ENDPOINT: &str = "https://api.vultr.com/v2";

/// How a client is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where to call: `https`, or `http` for an emulator.
    pub endpoint: String,
    /// As whom; without a key only the catalogue can be read.
    pub key: Option<ApiKey>,
    /// Limit for making a connection.
    pub connect_timeout: Duration,
    /// Limit for one call, sent once. Lists take up to 2 s on Vultr.
    pub call_timeout: Duration,
    /// Limit for a call with all its repetitions, save for what [`Self::lock_limit`] says.
    pub retry_limit: Duration,
    /// Limit for repeating a call that is refused because the machine is being worked on.
    pub lock_limit: Duration,
    /// How often at most a call is sent that fails on the way or at Vultr.
    pub tries: u32,
    /// The pause before the first repetition; each further one is twice as long, and chance takes up to half of it away.
    pub first_pause: Duration,
    /// The longest pause between repetitions that Vultr did not ask for.
    pub longest_pause: Duration,
    /// Calls within a second, of all clones together. Vultr allows 30 from one address.
    pub calls_per_second: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            key: None,
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            retry_limit: Duration::from_secs(120),
            lock_limit: Duration::from_secs(300),
            tries: 5,
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(10),
            calls_per_second: 30,
        }
    }
}

/// Why a client cannot be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The endpoint is no address to call.
    #[error("the Vultr API endpoint `{endpoint}` {fault}")]
    Endpoint {
        /// The text given, without what might be a password.
        endpoint: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The key is empty or holds characters that no key has; it is not shown.
    #[error("the Vultr API key {0}")]
    Key(&'static str),
    /// The system's TLS roots or the like cannot be used.
    #[error("the HTTP client for Vultr cannot be set up")]
    Http(#[from] reqwest::Error),
}

impl SetupError {
    /// A name for the kind of error, to search for.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => "vultr::endpoint",
            Self::Key(_) => "vultr::key",
            Self::Http(_) => "vultr::setup",
        }
    }

    /// What the operator can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Endpoint { .. } => {
                format!("check `VULTR_API_ENDPOINT`; leave it out for {DEFAULT_ENDPOINT}")
            }
            Self::Key(_) => {
                "check `VULTR_API_KEY`: it is one word of letters and digits".to_owned()
            }
            Self::Http(_) => {
                "install the system's certificates (`apt-get install ca-certificates`)".to_owned()
            }
        }
    }
}

/// Reads the endpoint; a slash at its end does not count.
pub(super) fn endpoint(text: &str) -> Result<Url, SetupError> {
    let fault = |fault| SetupError::Endpoint {
        endpoint: text.to_owned(),
        fault,
    };
    let mut url = Url::parse(text.trim()).map_err(|_| fault("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SetupError::Endpoint {
            endpoint: url.host_str().unwrap_or_default().to_owned(),
            fault: "must not hold a user or a password",
        });
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fault("must begin with `https://` or `http://`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fault("must end with its path, such as `/v2`"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether the endpoint is this machine, which no proxy leads to.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || bare
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_does_not_count() {
        assert_eq!(
            endpoint("http://127.0.0.1:8080/v2/").unwrap().as_str(),
            "http://127.0.0.1:8080/v2"
        );
    }

    #[test]
    fn what_is_no_address_to_call_is_refused() {
        let said = |text| endpoint(text).unwrap_err().to_string();
        assert_eq!(
            said("api.vultr.com/v2"),
            "the Vultr API endpoint `api.vultr.com/v2` is not a URL"
        );
        assert_eq!(
            said("ftp://api.vultr.com/v2"),
            "the Vultr API endpoint `ftp://api.vultr.com/v2` must begin with `https://` or `http://`"
        );
        assert_eq!(
            said("https://api.vultr.com/v2?a=b"),
            "the Vultr API endpoint `https://api.vultr.com/v2?a=b` must end with its path, such as `/v2`"
        );
    }

    #[test]
    fn a_password_in_the_endpoint_is_refused_and_not_shown() {
        let error = endpoint("https://me:hunter2@api.vultr.com/v2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the Vultr API endpoint `api.vultr.com` must not hold a user or a password"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn loopback_is_told_in_every_spelling() {
        for text in [
            "http://127.0.0.1:1/v2",
            "http://[::1]:1/v2",
            "http://localhost/v2",
        ] {
            assert!(is_loopback(&endpoint(text).unwrap()), "{text}");
        }
        assert!(!is_loopback(&endpoint(DEFAULT_ENDPOINT).unwrap()));
        assert!(!is_loopback(
            &endpoint("http://localhost.example/v2").unwrap()
        ));
    }
}
