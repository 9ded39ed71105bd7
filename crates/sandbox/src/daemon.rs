//! The daemon: both APIs, the repository of packages, and the orders of the other verbs.
//!
//! Started by `up` as the hidden verb `serve`. What it serves on loopback can be reached from hosts on the public network's
//! gateway address too, with the same port.

use crate::calls::{Call, Recorder};
use crate::control::{self, Obey, Order};
use crate::fault::Rule;
use crate::frontend::{FrontendIpam, FrontendMonitor, container_name};
use crate::home::{Home, HomeError, Running, Settings};
use crate::machines::ContainerMachines;
use crate::{repository, say};
use edgewright_emulated_opennebula as opennebula;
use edgewright_emulated_vultr as vultr;
use ipnet::Ipv4Net;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// Time between two measurements of a host.
const MONITOR_PERIOD: Duration = Duration::from_secs(10);

/// The daemon cannot go on.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// There is nothing to serve.
    #[error("no sandbox was prepared in {0}")]
    NotPrepared(String),
    /// A port is taken.
    #[error("{what} cannot listen on {at}: {source}")]
    Port {
        /// What wanted to listen.
        what: &'static str,
        /// Where.
        at: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The rest.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Serves until it is told to end.
///
/// # Errors
/// [`DaemonError`].
pub async fn run(home: Home) -> Result<(), DaemonError> {
    let settings = home
        .settings()?
        .ok_or_else(|| DaemonError::NotPrepared(home.name().to_owned()))?;
    let recorder = Recorder::create(&home.calls())?;
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let vultr_listener = bind("the Vultr API", local(settings.vultr_port)).await?;
    let one_listener = bind("OpenNebula's API", local(settings.opennebula_port)).await?;
    let control_listener = bind("the daemon", local(0)).await?;
    let files_listener = bind("the repository", (settings.gateway(), 0).into()).await?;
    let (vultr_at, one_at) = (vultr_listener.local_addr()?, one_listener.local_addr()?);
    let running = Running {
        pid: std::process::id(),
        since: crate::now(),
        control: control_listener.local_addr()?,
        token: crate::random_word(32),
        vultr: format!("http://{vultr_at}/v2"),
        opennebula: format!("http://{one_at}/RPC2"),
        repository: format!("http://{}/repo", files_listener.local_addr()?),
    };

    let account = vultr_account(&home, &settings, &recorder);
    let nebula = opennebula_server(&home, &settings, &recorder, &running.opennebula);
    let end = Arc::new(Notify::new());
    let obey = obedience(account.clone(), nebula.clone(), Arc::clone(&end));
    let mut terminate = signal(SignalKind::terminate())?;
    let gateway = IpAddr::V4(settings.gateway());
    let relays =
        [vultr_at, one_at].map(|inner| relay(SocketAddr::new(gateway, inner.port()), inner));
    let [vultr_relay, one_relay] = relays;
    home.announce(&running)?;
    say::log(&format!(
        "vultr {}, opennebula {}",
        running.vultr, running.opennebula
    ));

    let ended = tokio::select! {
        ended = account.serve(vultr_listener) => ended,
        ended = nebula.serve(one_listener) => ended,
        ended = axum::serve(files_listener, repository::router(home.file("repo"))) => ended,
        ended = control::serve(control_listener, running.token.clone(), obey) => ended,
        never = vultr_relay => match never {},
        never = one_relay => match never {},
        () = end.notified() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    say::log("ended");
    Ok(ended?)
}

async fn bind(what: &'static str, at: SocketAddr) -> Result<TcpListener, DaemonError> {
    TcpListener::bind(at)
        .await
        .map_err(|source| DaemonError::Port { what, at, source })
}

fn vultr_account(home: &Home, settings: &Settings, recorder: &Recorder) -> vultr::Emulator {
    let config = vultr::Config {
        api_key: settings.api_key.clone(),
        public_net: settings.public_net,
        reserved_net: upper_quarter(settings.public_net),
        vpc_pool: settings.vpc_pool,
        timing: vultr::Timing::scaled(settings.scale),
        ..vultr::Config::default()
    };
    let recorder = recorder.clone();
    vultr::Emulator::builder(config)
        .machines(ContainerMachines::new(home.clone(), settings.clone()))
        .observer(move |record| recorder.record(&Call::from(record)))
        .trouble(|trouble| {
            let vultr::Trouble {
                id, action, error, ..
            } = trouble;
            say::log(&format!("{action} of {id} failed: {error}"));
        })
        .fresh()
}

fn opennebula_server(
    home: &Home,
    settings: &Settings,
    recorder: &Recorder,
    endpoint: &str,
) -> opennebula::Emulator {
    let config = opennebula::Config {
        password: settings.password.clone(),
        endpoint: endpoint.to_owned(),
        monitor_period: MONITOR_PERIOD,
        ..opennebula::Config::default()
    };
    let recorder = recorder.clone();
    let container = container_name(home);
    opennebula::Emulator::builder(config)
        .monitor(FrontendMonitor {
            container: container.clone(),
        })
        .ipam(FrontendIpam { container })
        .observer(move |record| recorder.record(&Call::from(record)))
        .fresh()
}

fn obedience(
    account: vultr::Emulator,
    nebula: opennebula::Emulator,
    end: Arc<Notify>,
) -> Arc<Obey> {
    Arc::new(move |order| {
        match order {
            Order::Ping => {}
            Order::Stop => end.notify_one(),
            Order::Fault(fault) => match fault.rule().map_err(|error| error.to_string())? {
                Rule::Vultr(rule) => account.inject(rule),
                Rule::Opennebula(rule) => nebula.inject(rule),
            },
            Order::ClearFaults => {
                account.clear_faults();
                nebula.clear_faults();
            }
        }
        Ok(())
    })
}

/// The part of the public network that reserved addresses come from.
fn upper_quarter(net: Ipv4Net) -> Ipv4Net {
    let quarters = net.subnets(net.prefix_len() + 2);
    quarters.ok().and_then(Iterator::last).unwrap_or(net)
}

/// Passes on connections; one that fails fails alone. Where it cannot listen hosts cannot reach the API, and the log says so.
async fn relay(outer: SocketAddr, inner: SocketAddr) -> std::convert::Infallible {
    let listener = match TcpListener::bind(outer).await {
        Ok(listener) => listener,
        Err(error) => {
            say::log(&format!("hosts cannot reach {inner} on {outer}: {error}"));
            return std::future::pending().await;
        }
    };
    loop {
        let Ok((mut from, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        tokio::spawn(async move {
            if let Ok(mut to) = TcpStream::connect(inner).await {
                tokio::io::copy_bidirectional(&mut from, &mut to).await.ok();
            }
        });
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Settings for tests.
    pub(crate) fn settings() -> Settings {
        Settings {
            public_net: Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 7, 0), 24),
            public_name: "edgewright-1-public".to_owned(),
            public_mtu: 1500,
            vpc_pool: Ipv4Net::new_assert(Ipv4Addr::new(198, 19, 112, 0), 20),
            api_key: "KEY".to_owned(),
            password: "secret".to_owned(),
            scale: 0.0,
            vultr_port: 0,
            opennebula_port: 0,
            images: ["12", "13"]
                .map(|n| (n.to_owned(), format!("i:{n}")))
                .to_vec(),
            cgroups_v2: false,
            proxied: false,
        }
    }

    #[test]
    fn reserved_addresses_come_from_the_end_of_the_public_network() {
        let net = settings().public_net;
        assert_eq!(upper_quarter(net), "198.18.7.192/26".parse().unwrap());
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = taken.local_addr().unwrap();
        assert_eq!(
            bind("the Vultr API", at).await.unwrap_err().to_string(),
            format!("the Vultr API cannot listen on {at}: Address already in use (os error 98)")
        );
    }

    #[tokio::test]
    async fn a_sandbox_that_was_not_prepared_is_not_served() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(directory.path()).unwrap();
        let name = home.name().to_owned();
        assert_eq!(
            run(home).await.unwrap_err().to_string(),
            format!("no sandbox was prepared in {name}")
        );
    }
}
