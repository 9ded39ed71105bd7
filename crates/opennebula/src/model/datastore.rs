//! Datastores.

use super::{ClusterId, DatastoreId, Fields, ImageId, Object, Owner};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// What a datastore holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatastoreType {
    /// 0: images. Also what OpenNebula takes an unknown `TYPE` for.
    Image,
    /// 1: disks of running machines.
    System,
    /// 2: kernels and other files.
    File,
    /// 3: backups.
    Backup,
    /// A number not known here.
    Other(i32),
}

/// Whether a datastore is in use. Only system datastores can be disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatastoreState {
    /// 0.
    Ready,
    /// 1.
    Disabled,
    /// A number not known here.
    Other(i32),
}

/// A datastore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datastore {
    /// Its id.
    pub id: DatastoreId,
    /// Its name, unique.
    pub name: String,
    /// Who owns it.
    pub owner: Owner,
    /// The datastore driver; `-` for system datastores.
    pub ds_mad: String,
    /// The transfer driver.
    pub tm_mad: String,
    /// Its directory on the front-end.
    pub base_path: String,
    /// What it holds.
    pub kind: DatastoreType,
    /// Whether it is in use.
    pub state: DatastoreState,
    /// The clusters it is in; there may be none.
    pub clusters: Vec<ClusterId>,
    /// Its size in MB; 0 until monitored, and always for system datastores on hosts.
    pub total_mb: i64,
    /// Its images.
    pub images: Vec<ImageId>,
    /// Its attributes, those OpenNebula added included.
    pub template: Template,
}

impl Object for Datastore {
    const ELEMENT: &'static str = "DATASTORE";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        let kind = match fields.number_or("TYPE", 0)? {
            0 => DatastoreType::Image,
            1 => DatastoreType::System,
            2 => DatastoreType::File,
            3 => DatastoreType::Backup,
            other => DatastoreType::Other(other),
        };
        let state = match fields.number_or("STATE", 0)? {
            0 => DatastoreState::Ready,
            1 => DatastoreState::Disabled,
            other => DatastoreState::Other(other),
        };
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            owner: fields.owner()?,
            ds_mad: fields.text_or_empty("DS_MAD"),
            tm_mad: fields.text_or_empty("TM_MAD"),
            base_path: fields.text_or_empty("BASE_PATH"),
            kind,
            state,
            clusters: fields.ids("CLUSTERS")?,
            total_mb: fields.number_or("TOTAL_MB", 0)?,
            images: fields.ids("IMAGES")?,
            template: fields.template(),
        })
    }
}
