//! An OpenSSH server of a test: keys of its own, a port of its own, ended with it.

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use edgewright_transport::{HostKeys, Identity, SshTarget};

/// A running sshd. Its directory holds the host's key (`host`), the key that may log in (`login`), one that may not
/// (`stranger`), and whatever a test adds.
pub struct Sshd {
    process: Child,
    directory: tempfile::TempDir,
    /// Where it listens on loopback.
    pub port: u16,
}

/// How an sshd differs from the plain one.
#[derive(Default)]
pub struct Setup {
    /// Lines of its configuration; the first line about a thing counts.
    pub config: String,
    /// Whether it keeps its accounts and passwords apart from the machine's: root's password is [`PASSWORD`].
    pub own_accounts: bool,
    /// Types of host key, `ed25519` when empty.
    pub host_keys: &'static [&'static str],
}

/// Root's password at a server with accounts of its own.
pub const PASSWORD: &str = "lamp-black-42";

/// The same under SHA-512, made with `openssl passwd -6`.
const HASH: &str = "$6$edgewright$4GuASp9RXXq5BUQ0W6bUKRGNTKGN70yzyACcNSPkCtGzAhHttWYLec4Xzsw/TNSLHhzuSrcoDJcW6u2E8XzGE1";

impl Sshd {
    /// The plain one: an ed25519 key, logins with a key only.
    pub fn start() -> Self {
        Self::with(&Setup::default())
    }

    /// One that differs.
    pub fn with(setup: &Setup) -> Self {
        assert!(
            Path::new("/usr/sbin/sshd").exists(),
            "this test needs sshd; type: apt-get install --yes openssh-server"
        );
        fs_err::create_dir_all("/run/sshd").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let kinds = if setup.host_keys.is_empty() {
            &["ed25519"]
        } else {
            setup.host_keys
        };
        let mut config = setup.config.clone();
        for kind in kinds {
            let name = if kinds.len() == 1 {
                "host".to_owned()
            } else {
                format!("host_{kind}")
            };
            key(&path(&name), kind, "");
            writeln!(config, "HostKey {}", path(&name).display()).unwrap();
        }
        key(&path("login"), "ed25519", "");
        key(&path("stranger"), "ed25519", "");
        fs_err::copy(path("login.pub"), path("authorized")).unwrap();
        let port = free_port();
        write!(
            config,
            "Port {port}\nListenAddress 127.0.0.1\nAuthorizedKeysFile {}\nStrictModes no\nPidFile none\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin yes\n",
            path("authorized").display()
        )
        .unwrap();
        fs_err::write(path("config"), config).unwrap();
        let process = command(directory.path(), setup.own_accounts)
            .stderr(fs_err::File::create(path("log")).unwrap().into_parts().0)
            .spawn()
            .unwrap();
        let this = Self {
            process,
            directory,
            port,
        };
        this.wait();
        this
    }

    fn wait(&self) {
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "sshd does not start: {}",
                fs_err::read_to_string(self.path("log")).unwrap()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A file in its directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The public key in a file, without comment.
    pub fn public(&self, name: &str) -> String {
        let text = fs_err::read_to_string(self.path(&format!("{name}.pub"))).unwrap();
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        words.join(" ")
    }

    /// The fingerprint of a key.
    pub fn fingerprint(&self, name: &str) -> String {
        fingerprint(&self.path(&format!("{name}.pub")))
    }

    /// The way here with a key and what the host key is compared with.
    pub fn target(&self, key: &str, host_keys: HostKeys) -> SshTarget {
        SshTarget {
            port: self.port,
            identities: vec![Identity::File(self.path(key))],
            use_agent: false,
            ..SshTarget::new("127.0.0.1", "root", host_keys)
        }
    }

    /// The way here as it should be.
    pub fn pinned(&self) -> SshTarget {
        self.target("login", self.pin())
    }

    /// The fingerprint of its only host key.
    pub fn pin(&self) -> HostKeys {
        HostKeys::Fingerprints(vec![self.fingerprint("host")])
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// With accounts of its own the server gets a mount namespace in which the machine's files are covered by others.
fn command(directory: &Path, own_accounts: bool) -> Command {
    let config = directory.join("config");
    let mut command;
    if own_accounts {
        let shadow = directory.join("shadow");
        fs_err::write(&shadow, format!("root:{HASH}:19000:0:99999:7:::\n")).unwrap();
        command = Command::new("unshare");
        command
            .args([
                "--mount",
                "/bin/sh",
                "-c",
                "mount --bind \"$1\" /etc/shadow && exec /usr/sbin/sshd -D -e -f \"$2\"",
                "sh",
            ])
            .args([shadow, config]);
    } else {
        command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(config);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Whether this machine lets us cover files in a mount namespace; says so when it does not.
pub fn may_cover_files() -> bool {
    let tried = Command::new("unshare")
        .args([
            "--mount",
            "/bin/sh",
            "-c",
            "mount --bind /etc/hostname /etc/shadow",
        ])
        .output();
    let may = tried.as_ref().is_ok_and(|output| output.status.success());
    if !may {
        println!("SKIPPED: this machine does not let us mount in a namespace: {tried:?}");
    }
    may
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Makes a pair of keys.
pub fn key(path: &Path, kind: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", passphrase, "-C", "of-a-test", "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
}

/// The fingerprint of a public key.
pub fn fingerprint(path: &Path) -> String {
    let shown = Command::new("ssh-keygen")
        .arg("-lf")
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8(shown.stdout)
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .to_owned()
}
