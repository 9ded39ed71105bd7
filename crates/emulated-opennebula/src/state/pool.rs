//! A pool: objects of one kind by id, and what calls of every kind need from them.

use super::{Meta, State};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Alone, with all there is.
    Info,
    /// Alone, with encrypted attributes in clear.
    Decrypted,
    /// Among others, as stored.
    Listed,
}

/// An object in a pool.
pub(crate) trait Stored: Sized {
    const KIND: Kind;

    /// Attributes that only admins may change.
    const RESTRICTED: &'static [&'static str] = &[];

    fn pool(state: &State) -> &Pool<Self>;
    fn pool_mut(state: &mut State) -> &mut Pool<Self>;
    fn meta(&self) -> &Meta;
    fn meta_mut(&mut self) -> &mut Meta;
    fn attributes_mut(&mut self) -> &mut Attributes;
    fn to_xml(&self, state: &State, view: View) -> String;

    /// Works out again what depends on the attributes, after they were updated; the error is the server's text.
    fn updated(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Objects by id; ids are never given twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pool<T> {
    next: i32,
    items: BTreeMap<i32, T>,
}

impl<T: Stored> Pool<T> {
    pub(crate) fn starting_at(next: i32) -> Self {
        Self {
            next,
            items: BTreeMap::new(),
        }
    }

    /// The id that the next object will have.
    pub(crate) fn next_id(&self) -> i32 {
        self.next
    }

    /// Stores an object under the id it has.
    pub(crate) fn put(&mut self, item: T) -> i32 {
        let id = item.meta().id;
        self.next = self.next.max(id.saturating_add(1));
        self.items.insert(id, item);
        id
    }

    pub(crate) fn get(&self, id: i32) -> Option<&T> {
        self.items.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: i32) -> Option<&mut T> {
        self.items.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: i32) -> Option<T> {
        self.items.remove(&id)
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.values_mut()
    }

    /// The id of the object with this name.
    pub(crate) fn named(&self, name: &str) -> Option<i32> {
        self.iter()
            .find(|item| item.meta().name == name)
            .map(|item| item.meta().id)
    }

    /// The id of the object with this name and owner.
    pub(crate) fn named_of(&self, name: &str, uid: i32) -> Option<i32> {
        let same = |item: &&T| item.meta().name == name && item.meta().uid == uid;
        self.iter().find(same).map(|item| item.meta().id)
    }
}
