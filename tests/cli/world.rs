//! Both sides of a cluster on loopback ports, without hosts behind them: enough for everything before the first connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use edgewright::cli::Exit;
use edgewright_emulated_opennebula as one;
use edgewright_emulated_vultr as vultr;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::builder::{Cli, Ran};

/// The cluster file of the tests here.
pub const LAB: &str = "\
plugin: edgewright.cluster
name: lab
provider: {vultr: {region: ams}}
opennebula: {frontend: local}
hosts: 2
";

/// What `plan` and `apply` show for it while nothing is there.
pub const PLAN: &str = "\
[TIME]  cluster      looking at what is there

Plan for cluster lab

Vultr
  + vpc             lab
      prefix chosen by Vultr
  + firewall group  lab
  + firewall rule   tcp 22 from 0.0.0.0/0
  + firewall rule   tcp 22 from ::/0
  + firewall rule   icmp from 0.0.0.0/0
  + firewall rule   icmp from ::/0
  + reserved ip     lab-0                  +$3.00 a month
  + instance        edge-vhost0            +$5.00 a month
      plan vc2-1c-1gb, Debian 12 x64 (bookworm), region ams
  + instance        edge-vhost1            +$5.00 a month
      plan vc2-1c-1gb, Debian 12 x64 (bookworm), region ams

OpenNebula
  + cluster           lab
  + datastore         lab-image
  + datastore         lab-system
  + host              edge-vhost0
  + host              edge-vhost1
  + virtual network   lab-public
  + network template  lab-private

16 to create, 0 to change, 0 to remove, 0 unchanged
costs $0.00 a month now, $13.00 then (+$13.00)
note: what has to be done on edge-vhost0, edge-vhost1 is not known before it is there
";

const CAT: &str = "\
#!/bin/sh
case \"$*\" in
/var/lib/one/.ssh/*) echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Nf6e7mYyS3l1oZ3v0x3mXn1b0a8q9w7v6u5t4s3r2 oneadmin' ;;
*) exec /bin/cat \"$@\" ;;
esac
";

/// What is said on the way to every plan.
pub const LOOKING: &str = "[TIME]  cluster      looking at what is there\n";

/// An account and an OpenNebula, both fresh.
pub struct World {
    /// The account: faults are injected here.
    pub account: vultr::Emulator,
    /// The OpenNebula: faults are injected here, too.
    pub server: one::Emulator,
    pub vultr: String,
    pub opennebula: String,
    mutations: Mutations,
    calls: Arc<AtomicUsize>,
    /// Ends both servers when it is dropped.
    pub runtime: Runtime,
}

/// Calls that changed something, at Vultr and in OpenNebula.
#[derive(Clone, Default)]
struct Mutations {
    vultr: Arc<Mutex<Vec<String>>>,
    opennebula: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Starts both; nothing takes any time.
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// Starts both; things take a twentieth of the time that they take at Vultr.
    pub fn slow() -> Self {
        Self::with(|config| config.timing = vultr::Timing::scaled(0.05))
    }

    /// Starts both; the account is as `change` makes it.
    pub fn with(change: impl FnOnce(&mut vultr::Config)) -> Self {
        let mut config = vultr::Config {
            rate_limit: 0,
            timing: vultr::Timing::INSTANT,
            // Nobody is at home there, and no other test either.
            public_net: "127.18.0.0/24".parse().unwrap(),
            reserved_net: "127.18.0.192/26".parse().unwrap(),
            ..vultr::Config::default()
        };
        change(&mut config);
        let runtime = Runtime::new().unwrap();
        let mutations = Mutations::default();
        let calls = Arc::<AtomicUsize>::default();
        let (seen, counted) = (mutations.clone(), Arc::clone(&calls));
        let account = vultr::Emulator::builder(config)
            .observer(move |call| {
                counted.fetch_add(1, Ordering::Relaxed);
                if call.mutating {
                    let call = format!("{} {}", call.method, call.path);
                    seen.vultr.lock().unwrap().push(call);
                }
            })
            .fresh();
        let seen = mutations.clone();
        let server = one::Emulator::builder(one::Config::default())
            .observer(move |call| {
                if call.mutating {
                    seen.opennebula.lock().unwrap().push(call.method.clone());
                }
            })
            .fresh();
        let (at_vultr, in_opennebula) = (account.clone(), server.clone());
        let (vultr, opennebula) = runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let vultr = listener.local_addr().unwrap();
            tokio::spawn(at_vultr.serve(listener));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let opennebula = listener.local_addr().unwrap();
            tokio::spawn(in_opennebula.serve(listener));
            (vultr, opennebula)
        });
        Self {
            account,
            server,
            vultr: format!("http://{vultr}/v2"),
            opennebula: format!("http://{opennebula}/RPC2"),
            mutations,
            calls,
            runtime,
        }
    }

    /// A command that finds both, and the cluster file as `lab.yml`. This machine is the front-end; a `cat` of its own
    /// answers for the one file of a front-end that is asked for.
    pub fn cli(&self) -> Cli {
        let cli = Cli::new();
        let bin = cli.directory().join("bin");
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", bin.display());
        let cli = cli.file("bin/cat", CAT);
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(bin.join("cat"), executable).unwrap();
        cli.env("PATH", &path)
            .file("lab.yml", LAB)
            .file("one_auth", "oneadmin:opennebula\n")
            .env("ONE_AUTH", "one_auth")
            .env("ONE_XMLRPC", &self.opennebula)
            .env("VULTR_API_KEY", "EMULATED-KEY")
            .env("VULTR_API_ENDPOINT", &self.vultr)
            .named(&self.vultr, "[VULTR]")
            .named(&self.opennebula, "[OPENNEBULA]")
            .times_vary()
    }

    /// The next calls to Vultr of this method and path go so.
    pub fn at_vultr(&self, method: &str, path: &str, times: u32, action: vultr::FaultAction) {
        self.account.inject(vultr::FaultRule {
            times,
            ..vultr::FaultRule::once(method, path, action)
        });
    }

    /// The next calls to OpenNebula of this method go so.
    pub fn in_opennebula(&self, method: &str, times: u32, action: one::FaultAction) {
        self.server.inject(one::FaultRule {
            method: method.to_owned(),
            times,
            action,
        });
    }

    /// Expects that `plan` and `apply` refuse alike and that neither touches anything.
    #[track_caller]
    pub fn refuses(&self, cli: impl Fn(&Self) -> Cli, stderr: &str) {
        cli(self)
            .args(["cluster", "plan", "lab.yml"])
            .stdout(LOOKING)
            .stderr(stderr)
            .fails_with(Exit::BadInput);
        self.apply_refuses(cli(self), stderr);
    }

    /// Expects that `apply` refuses and touches nothing.
    #[track_caller]
    pub fn apply_refuses(&self, cli: Cli, stderr: &str) {
        let touched = (self.mutations(), self.opennebula_mutations());
        cli.args(["cluster", "apply", "--yes", "lab.yml"])
            .stdout(LOOKING)
            .stderr(stderr)
            .fails_with(Exit::BadInput);
        assert_eq!((self.mutations(), self.opennebula_mutations()), touched);
    }

    /// The same before anybody is asked: nothing is sent at all.
    #[track_caller]
    pub fn refuses_at_once(&self, cli: Cli, stderr: &str) {
        cli.args(["cluster", "apply", "--yes", "lab.yml"])
            .stderr(stderr)
            .fails_with(Exit::BadInput);
        assert_eq!(self.calls.load(Ordering::Relaxed), 0, "calls to Vultr");
    }

    /// Goes on with `apply` until hosts are waited for, and expects that every object is there, once.
    #[track_caller]
    pub fn goes_on(&self, cli: Cli) {
        let ran = apply_until(cli, "waiting for SSH");
        assert_eq!(
            ran.stderr,
            "interrupted; what was created stays and carries the cluster's tags; run the same command again to go on\n",
            "{}",
            ran.stdout
        );
        let books = self.account.books();
        let count = |kind: &str| books[kind].as_object().unwrap().len();
        let counts = ["vpcs", "firewall_groups", "reserved_ips"].map(count);
        assert_eq!(counts, [1, 1, 1], "{books:#}");
        let mut labels: Vec<&str> = books["instances"]
            .as_object()
            .unwrap()
            .values()
            .map(|instance| instance["label"].as_str().unwrap())
            .collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count("instances"), "{books:#}");
    }

    /// Removes the cluster and expects that nothing of it is left at Vultr.
    #[track_caller]
    pub fn is_destroyed(&self, cli: Cli) {
        let ran = destroy(cli).run();
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (Some(0), ""),
            "{}",
            ran.stdout
        );
        let books = self.account.books();
        for (kind, left) in books.as_object().unwrap() {
            let left = left.as_object().map_or(0, serde_json::Map::len);
            assert_eq!(left, 0, "{kind}: {books:#}");
        }
    }

    /// Calls that changed something in the account.
    pub fn mutations(&self) -> Vec<String> {
        self.mutations.vultr.lock().unwrap().clone()
    }

    /// Calls that changed something in OpenNebula, or would have.
    pub fn opennebula_mutations(&self) -> Vec<String> {
        self.mutations.opennebula.lock().unwrap().clone()
    }
}

/// Runs `apply --yes` until a line of standard output holds `text`, then interrupts it. Without such a line it ends by
/// itself.
pub fn apply_until(cli: Cli, text: &str) -> Ran {
    cli.args(["cluster", "apply", "--yes", "lab.yml"])
        .interrupted_at(text)
}

/// The command that removes the cluster.
pub fn destroy(cli: Cli) -> Cli {
    cli.args(["cluster", "destroy", "lab.yml", "--yes"])
}
