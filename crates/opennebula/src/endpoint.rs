//! Where OpenNebula listens: the value of `ONE_XMLRPC`.

use reqwest::Url;
use std::fmt;
use thiserror::Error;

/// Why a text is not the address of an OpenNebula server.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// Not a URL.
    #[error("`{text}` is not a URL; write it like `{}`", Endpoint::DEFAULT)]
    Url {
        /// The text, without credentials.
        text: String,
    },
    /// Neither `http` nor `https`, or no host.
    #[error(
        "`{text}` is not an `http` or `https` address; write it like `{}`",
        Endpoint::DEFAULT
    )]
    Scheme {
        /// The text, without credentials.
        text: String,
    },
    /// A user or password in the address, where it would show up in logs.
    #[error(
        "the OpenNebula address must not hold a user or password; credentials go into the file that `ONE_AUTH` names"
    )]
    Credentials,
}

/// The address of an XML-RPC server, such as `http://localhost:2633/RPC2`.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Where `oned` listens on its own machine.
    pub const DEFAULT: &'static str = "http://localhost:2633/RPC2";

    /// Reads an address; the path is taken as it stands.
    ///
    /// # Errors
    /// [`EndpointError`] if it is not a plain `http` or `https` URL.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        if text.rsplit_once('/').is_some() && text.contains('@') {
            return Err(EndpointError::Credentials);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::Url {
            text: text.to_owned(),
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(EndpointError::Scheme {
                text: text.to_owned(),
            });
        }
        Ok(Self(url))
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it is this very machine, which no proxy can reach.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::parse(Self::DEFAULT).expect("the default address is a URL")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_path() {
        for text in [
            "http://localhost:2633/RPC2",
            "https://one.example.org/one/RPC2",
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused_with_an_example() {
        let error = Endpoint::parse("localhost").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`localhost` is not a URL; write it like `http://localhost:2633/RPC2`"
        );
        let error = Endpoint::parse("localhost:2633/RPC2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`localhost:2633/RPC2` is not an `http` or `https` address; write it like `http://localhost:2633/RPC2`"
        );
    }

    #[test]
    fn credentials_in_the_address_are_refused_and_not_shown() {
        let error = Endpoint::parse("http://oneadmin:hunter2@localhost:2633/RPC2").unwrap_err();
        assert_eq!(error, EndpointError::Credentials);
    }

    #[test]
    fn loopback_is_recognized() {
        for text in [
            "http://localhost/RPC2",
            "http://127.0.0.3:1/RPC2",
            "http://[::1]:2/RPC2",
        ] {
            assert!(Endpoint::parse(text).unwrap().is_loopback(), "{text}");
        }
        assert!(
            !Endpoint::parse("http://198.18.0.1/RPC2")
                .unwrap()
                .is_loopback()
        );
    }
}
