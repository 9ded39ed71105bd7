//! Where a host is in a play: which task comes next, and where a failure leads.
//!
//! Owned by `host`; asked by the strategies. Knows blocks, includes and handlers as a stack of lists under way.
//! Pure: nothing is evaluated or run here.

use std::collections::HashMap;
use std::sync::Arc;

use edgewright_template::Map;

use crate::load::model::{Block, LoadedRole, RoleUse, Step, Task};
use crate::value::merged;

/// A list of tasks that is under way.
#[derive(Clone, Debug)]
enum List {
    /// Everything of a play.
    Play(Arc<Vec<Step>>),
    /// What a block does.
    Body(Arc<Block>),
    /// What is done when that fails.
    Rescue(Arc<Block>),
    /// What is done in any case, and what comes after it.
    Always(Arc<Block>, Then),
    /// Tasks of a file.
    Included(Arc<Vec<Step>>),
    /// Tasks of a role.
    Role(Arc<LoadedRole>),
    /// Handlers.
    Handlers(Arc<Vec<Arc<Task>>>),
    /// What one include adds, once for each element of its loop.
    Includes(Arc<Vec<(Included, Arc<Map>)>>),
}

/// What follows when something that is done in any case has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// What comes next.
    GoOn,
    /// The failure that led there.
    Fail,
}

/// One element of a list.
enum Element {
    /// A task or block.
    Step(Step),
    /// A list of its own, with parameters.
    List(List, Arc<Map>),
}

impl List {
    fn get(&self, at: usize) -> Option<Element> {
        let step = match self {
            Self::Play(steps) | Self::Included(steps) => steps.get(at),
            Self::Body(block) => block.body.get(at),
            Self::Rescue(block) => block.rescue.get(at),
            Self::Always(block, _) => block.always.get(at),
            Self::Role(role) => role.steps.get(at),
            Self::Handlers(handlers) => {
                return handlers.get(at).cloned().map(Step::Task).map(Element::Step);
            }
            Self::Includes(added) => {
                let (included, params) = added.get(at)?;
                let list = match included {
                    Included::Tasks(steps) => Self::Included(Arc::clone(steps)),
                    Included::Role(role) => Self::Role(Arc::clone(role)),
                };
                return Some(Element::List(list, Arc::clone(params)));
            }
        };
        step.cloned().map(Element::Step)
    }

    /// Parts of a block come one after the other.
    fn part(&self) -> usize {
        match self {
            Self::Rescue(_) => 1,
            Self::Always(..) => 2,
            _ => 0,
        }
    }
}

#[derive(Clone, Debug)]
struct Frame {
    list: List,
    /// Number of elements that were taken.
    at: usize,
    params: Arc<Map>,
}

/// What an include adds.
#[derive(Clone, Debug)]
pub(crate) enum Included {
    /// Tasks of a file.
    Tasks(Arc<Vec<Step>>),
    /// Tasks of a role.
    Role(Arc<LoadedRole>),
}

/// A task that is next, its place in the play, and the parameters that lead there.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    /// The task.
    pub task: Arc<Task>,
    /// Its place: the smaller comes first.
    pub path: Vec<(usize, usize)>,
    /// Parameters of the includes around it.
    pub params: Arc<Map>,
}

/// Where a host is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cursor {
    frames: Vec<Frame>,
    ahead: Option<Next>,
    leaving: Option<Arc<RoleUse>>,
    /// Roles that did something, by what makes two uses the same: another use is left out.
    ran: HashMap<Arc<str>, Arc<RoleUse>>,
    /// Whether a failure ended it.
    failed: bool,
}

impl Cursor {
    /// The beginning of a play.
    pub fn new(steps: Arc<Vec<Step>>) -> Self {
        let mut cursor = Self::default();
        cursor.push(List::Play(steps), Arc::default());
        cursor
    }

    fn push(&mut self, list: List, params: Arc<Map>) {
        self.frames.push(Frame {
            list,
            at: 0,
            params,
        });
    }

    fn params(&self) -> Arc<Map> {
        self.frames
            .last()
            .map(|frame| Arc::clone(&frame.params))
            .unwrap_or_default()
    }

    /// The task that is next; it stays next until [`Cursor::take`]. `notified` tells which handlers are to run.
    pub fn peek(&mut self, notified: &[Arc<Task>]) -> Option<&Next> {
        if self.ahead.is_none() {
            self.ahead = self.advance(notified);
        }
        self.ahead.as_ref()
    }

    /// Takes the task that is next.
    pub fn take(&mut self, notified: &[Arc<Task>]) -> Option<Next> {
        match self.ahead.take() {
            Some(next) => Some(next),
            None => self.advance(notified),
        }
    }

    fn advance(&mut self, notified: &[Arc<Task>]) -> Option<Next> {
        loop {
            let frame = self.frames.last_mut()?;
            let Some(element) = frame.list.get(frame.at) else {
                self.end();
                continue;
            };
            frame.at += 1;
            let handlers = matches!(frame.list, List::Handlers(_));
            match element {
                Element::Step(Step::Block(block)) => {
                    let params = self.params();
                    self.push(List::Body(block), params);
                }
                Element::List(list, params) => {
                    let params = Arc::new(merged(&self.params(), &params));
                    self.push(list, params);
                }
                Element::Step(Step::Task(task)) => {
                    let due = !handlers || notified.iter().any(|other| Arc::ptr_eq(other, &task));
                    if due && !self.leaves(&task) && !self.is_repeated(&task) {
                        return Some(self.next(task));
                    }
                }
            }
        }
    }

    /// Whether a task belongs to a role that is being left.
    fn leaves(&mut self, task: &Task) -> bool {
        let Some(left) = &self.leaving else {
            return false;
        };
        let within = task.role.iter().any(|role| {
            Arc::ptr_eq(role, left) || role.parents.iter().any(|parent| Arc::ptr_eq(parent, left))
        });
        if !within {
            self.leaving = None;
        }
        within
    }

    /// Whether a task belongs to a role that another use of it has done.
    fn is_repeated(&self, task: &Task) -> bool {
        let Some(role) = task.role.as_ref().filter(|_| !task.handler) else {
            return false;
        };
        let first = role.mark.as_ref().and_then(|mark| self.ran.get(mark));
        first.is_some_and(|first| !Arc::ptr_eq(first, role))
    }

    /// A task did something: the role that it belongs to is not done again.
    pub fn ran(&mut self, task: &Task) {
        if let Some(role) = task.role.as_ref().filter(|_| !task.handler)
            && let Some(mark) = &role.mark
        {
            self.ran
                .entry(Arc::clone(mark))
                .or_insert_with(|| Arc::clone(role));
        }
    }

    fn next(&self, task: Arc<Task>) -> Next {
        Next {
            task,
            path: self
                .frames
                .iter()
                .map(|frame| (frame.list.part(), frame.at))
                .collect(),
            params: self.params(),
        }
    }

    /// The last list has come to its end.
    fn end(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        match frame.list {
            List::Body(block) | List::Rescue(block) if !block.always.is_empty() => {
                self.push(List::Always(block, Then::GoOn), frame.params);
            }
            List::Always(_, Then::Fail) => self.fail(),
            _ => {}
        }
    }

    /// Whether a failure here will be rescued.
    pub fn is_rescued(&self) -> bool {
        self.frames
            .iter()
            .any(|frame| matches!(&frame.list, List::Body(block) if !block.rescue.is_empty()))
    }

    /// Goes where a failure leads: to `rescue`, to `always`, or out of the play.
    pub fn fail(&mut self) {
        self.ahead = None;
        while let Some(frame) = self.frames.pop() {
            match frame.list {
                List::Body(block) if !block.rescue.is_empty() => {
                    self.push(List::Rescue(block), frame.params);
                    return;
                }
                List::Body(block) | List::Rescue(block) if !block.always.is_empty() => {
                    self.push(List::Always(block, Then::Fail), frame.params);
                    return;
                }
                _ => {}
            }
        }
        self.failed = true;
    }

    /// Whether a failure ended it.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Goes through what an include adds, one after the other.
    pub fn include(&mut self, added: Vec<(Included, Arc<Map>)>) {
        self.ahead = None;
        let params = self.params();
        self.push(List::Includes(Arc::new(added)), params);
    }

    /// Goes through handlers.
    pub fn handlers(&mut self, handlers: Arc<Vec<Arc<Task>>>) {
        self.ahead = None;
        self.push(List::Handlers(handlers), Arc::default());
    }

    /// Leaves a role: what is left of it is not done.
    pub fn leave(&mut self, role: &Arc<RoleUse>) {
        self.ahead = None;
        self.leaving = Some(Arc::clone(role));
    }

    /// Ends the play for this host.
    pub fn stop(&mut self) {
        self.ahead = None;
        self.frames.clear();
    }
}
