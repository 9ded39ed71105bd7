//! The linear strategy: nobody begins a task while somebody has an earlier one to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::load::{Item, Play, Task};

/// Where every host of a play is.
pub(crate) struct Barrier {
    order: HashMap<usize, usize>,
    at: Mutex<HashMap<String, usize>>,
    moved: Notify,
}

impl Barrier {
    pub fn new(play: &Play, hosts: &[String]) -> Self {
        let tasks = play.sections.iter().flatten().flat_map(Item::tasks);
        let order = tasks
            .enumerate()
            .map(|(at, task)| (Arc::as_ptr(task).addr(), at))
            .collect();
        let at = hosts.iter().map(|host| (host.clone(), 0)).collect();
        Self {
            order,
            at: Mutex::new(at),
            moved: Notify::new(),
        }
    }

    /// Waits until no host has an earlier task to do. Handlers have no place in the order and do not wait.
    pub async fn reach(&self, host: &str, task: &Arc<Task>) {
        let Some(mine) = self.order.get(&Arc::as_ptr(task).addr()).copied() else {
            return;
        };
        self.go(host, mine);
        loop {
            let moved = self.moved.notified();
            let behind = self
                .at
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .values()
                .any(|at| *at < mine);
            if !behind {
                return;
            }
            moved.await;
        }
    }

    /// Takes a host out that has no more tasks to do.
    pub fn leave(&self, host: &str) {
        self.go(host, usize::MAX);
    }

    fn go(&self, host: &str, to: usize) {
        self.at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(host.to_owned(), to);
        self.moved.notify_waiters();
    }
}
