//! The configuration of `oned`, which holds a secret in clear.

use super::Object;
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;
use std::fmt;

/// `oned`'s configuration. It contains `ONE_KEY`, the master key of encrypted attributes, whoever asks; it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SystemConfig {
    attributes: Template,
}

impl SystemConfig {
    /// The attributes, secrets included: not for logs.
    pub fn attributes(&self) -> &Template {
        &self.attributes
    }

    /// The names of the drivers configured under a key such as `VN_MAD_CONF`, `TM_MAD_CONF`, `DS_MAD_CONF`.
    pub fn drivers<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.attributes
            .vectors(key)
            .filter_map(|driver| driver.get("NAME"))
    }
}

impl fmt::Debug for SystemConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SystemConfig({} attributes, ONE_KEY=***)",
            self.attributes.len()
        )
    }
}

impl Object for SystemConfig {
    const ELEMENT: &'static str = "OPENNEBULA_CONFIGURATION";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        Ok(Self {
            attributes: Template::from_element(element),
        })
    }
}
