//! Both sides of a cluster on loopback ports, without hosts behind them: enough for everything before the first connection.

use std::sync::{Arc, Mutex};

use edgewright_emulated_opennebula as one;
use edgewright_emulated_vultr as vultr;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::builder::Cli;

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

/// An account and an OpenNebula, both fresh.
pub struct World {
    vultr: String,
    opennebula: String,
    mutations: Arc<Mutex<Vec<String>>>,
    /// Ends both servers when it is dropped.
    _runtime: Runtime,
}

impl World {
    /// Starts both; nothing takes any time.
    pub fn start() -> Self {
        Self::with(vultr::Timing::INSTANT)
    }

    /// Starts both; things take a twentieth of the time that they take at Vultr.
    pub fn slow() -> Self {
        Self::with(vultr::Timing::scaled(0.05))
    }

    fn with(timing: vultr::Timing) -> Self {
        let runtime = Runtime::new().unwrap();
        let mutations = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&mutations);
        let (vultr, opennebula) = runtime.block_on(async move {
            let config = vultr::Config {
                rate_limit: 0,
                timing,
                ..vultr::Config::default()
            };
            let account = vultr::Emulator::builder(config)
                .observer(move |call| {
                    if call.mutating {
                        seen.lock()
                            .unwrap()
                            .push(format!("{} {}", call.method, call.path));
                    }
                })
                .fresh();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let vultr = listener.local_addr().unwrap();
            tokio::spawn(account.serve(listener));
            let server = one::Emulator::builder(one::Config::default()).fresh();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let opennebula = listener.local_addr().unwrap();
            tokio::spawn(server.serve(listener));
            (vultr, opennebula)
        });
        Self {
            vultr: format!("http://{vultr}/v2"),
            opennebula: format!("http://{opennebula}/RPC2"),
            mutations,
            _runtime: runtime,
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
    }

    /// Calls that changed something in the account.
    pub fn mutations(&self) -> Vec<String> {
        self.mutations.lock().unwrap().clone()
    }
}
