//! The operations journal and the history of runs: one SQLite file in the state directory.
//!
//! Called by `cluster`. What belongs to a cluster is written on the things themselves, so this file may be deleted at any
//! time: it makes it quick to see what a run was about when it was cut off, never possible-or-not. Every write is on disk
//! (fsync) before the call that it announces.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Version of the tables, in SQLite's `user_version`.
const SCHEMA: i32 = 1;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory cannot be made or written to.
    #[error("cannot make the state directory: {0}")]
    Directory(#[from] std::io::Error),
    /// SQLite failed.
    #[error("cannot use the journal `{}`: {reason}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: rusqlite::Error,
    },
    /// A newer edgewright wrote it.
    #[error("the journal `{}` was written by a newer edgewright (version {found} of its tables, {SCHEMA} is known)", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: i32,
    },
}

/// The journal of this state directory. Clones share it.
#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

/// One run of a verb.
#[derive(Clone, Debug)]
pub struct Run {
    journal: Journal,
    id: i64,
}

/// An operation that was announced and has not been reported as ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its id, which new instances carry as a tag.
    pub operation: String,
    /// What it makes, changes or removes: `instance`, `vpc`.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// When it was announced (RFC 3339).
    pub at: String,
}

impl Journal {
    /// Opens the journal in a directory; both are made when they are not there.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        fs_err::create_dir_all(directory)?;
        let path = directory.join("journal.sqlite");
        let database = |reason| JournalError::Database {
            path: path.clone(),
            reason,
        };
        let connection = Connection::open(&path).map_err(database)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000;")
            .map_err(database)?;
        let found: i32 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(database)?;
        if found > SCHEMA {
            return Err(JournalError::Newer { path, found });
        }
        connection.execute_batch(TABLES).map_err(database)?;
        Ok(Self {
            path: path.clone(),
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Notes that a verb starts on a cluster.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub fn begin(&self, cluster: &str, verb: &str) -> Result<Run, JournalError> {
        let connection = self.lock();
        connection
            .execute(
                "INSERT INTO run (cluster, verb, started) VALUES (?1, ?2, ?3)",
                params![cluster, verb, now()],
            )
            .map_err(|reason| self.failed(reason))?;
        Ok(Run {
            journal: self.clone(),
            id: connection.last_insert_rowid(),
        })
    }

    /// Operations on a cluster that were announced and never ended, the oldest first.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub fn pending(&self, cluster: &str) -> Result<Vec<Pending>, JournalError> {
        let connection = self.lock();
        let mut statement = connection
            .prepare(
                "SELECT operation.id, kind, name, at FROM operation JOIN run ON run.id = operation.run
                 WHERE run.cluster = ?1 AND operation.outcome IS NULL ORDER BY at",
            )
            .map_err(|reason| self.failed(reason))?;
        let rows = statement
            .query_map([cluster], |row| {
                Ok(Pending {
                    operation: row.get(0)?,
                    kind: row.get(1)?,
                    name: row.get(2)?,
                    at: row.get(3)?,
                })
            })
            .and_then(Iterator::collect);
        rows.map_err(|reason| self.failed(reason))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, reason: rusqlite::Error) -> JournalError {
        JournalError::Database {
            path: self.path.clone(),
            reason,
        }
    }
}

impl Run {
    /// Announces an operation before it is done; `operation` is the id that new instances carry as a tag.
    ///
    /// # Errors
    /// [`JournalError::Database`]: the operation must not be done then.
    pub fn announce(&self, operation: &str, kind: &str, name: &str) -> Result<(), JournalError> {
        let inserted = self.journal.lock().execute(
            "INSERT INTO operation (id, run, kind, name, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![operation, self.id, kind, name, now()],
        );
        inserted
            .map(|_| ())
            .map_err(|reason| self.journal.failed(reason))
    }

    /// Notes how an operation ended.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub fn ended(&self, operation: &str, outcome: &str) -> Result<(), JournalError> {
        let updated = self.journal.lock().execute(
            "UPDATE operation SET outcome = ?2 WHERE id = ?1",
            params![operation, outcome],
        );
        updated
            .map(|_| ())
            .map_err(|reason| self.journal.failed(reason))
    }

    /// Notes how the run ended. Operations that earlier runs on the cluster left open are settled by it: what they made
    /// was observed by this run.
    ///
    /// # Errors
    /// [`JournalError::Database`].
    pub fn end(&self, outcome: &str) -> Result<(), JournalError> {
        let connection = self.journal.lock();
        connection
            .execute("UPDATE run SET ended = ?2, outcome = ?3 WHERE id = ?1", params![self.id, now(), outcome])
            .and_then(|_| {
                connection.execute(
                    "UPDATE operation SET outcome = 'observed by a later run' WHERE outcome IS NULL AND run < ?1
                     AND run IN (SELECT id FROM run WHERE cluster = (SELECT cluster FROM run WHERE id = ?1))",
                    params![self.id],
                )
            })
            .map(|_| ())
            .map_err(|reason| self.journal.failed(reason))
    }
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS run (
        id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, verb TEXT NOT NULL,
        started TEXT NOT NULL, ended TEXT, outcome TEXT
    );
    CREATE TABLE IF NOT EXISTS operation (
        id TEXT PRIMARY KEY, run INTEGER NOT NULL REFERENCES run (id),
        kind TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT
    );
    PRAGMA user_version = 1;
";

fn now() -> String {
    Timestamp::now().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> (tempfile::TempDir, Journal) {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(&directory.path().join("state")).unwrap();
        (directory, journal)
    }

    #[test]
    fn what_was_announced_and_not_ended_is_pending() {
        let (directory, journal) = journal();
        let run = journal.begin("lab", "apply").unwrap();
        run.announce("1", "instance", "a").unwrap();
        run.announce("2", "instance", "b").unwrap();
        run.ended("1", "made").unwrap();
        drop((run, journal));
        let again = Journal::open(&directory.path().join("state")).unwrap();
        let pending = again.pending("lab").unwrap();
        assert_eq!(
            pending
                .iter()
                .map(|one| (&*one.operation, &*one.name))
                .collect::<Vec<_>>(),
            [("2", "b")]
        );
        assert_eq!(again.pending("other").unwrap(), []);
    }

    #[test]
    fn a_later_run_settles_what_an_earlier_one_left_open() {
        let (_directory, journal) = journal();
        journal
            .begin("lab", "apply")
            .unwrap()
            .announce("1", "instance", "a")
            .unwrap();
        journal.begin("lab", "apply").unwrap().end("done").unwrap();
        assert_eq!(journal.pending("lab").unwrap(), []);
    }

    #[test]
    fn a_journal_of_a_newer_version_is_refused() {
        let (directory, journal) = journal();
        journal
            .lock()
            .execute_batch("PRAGMA user_version = 7")
            .unwrap();
        drop(journal);
        let error = Journal::open(&directory.path().join("state")).unwrap_err();
        assert!(
            matches!(error, JournalError::Newer { found: 7, .. }),
            "{error}"
        );
    }
}
