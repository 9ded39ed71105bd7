//! `up`: images, networks, front-end, daemon, and `DIR/env` at the end.

use super::{Place, SandboxError, down};
use crate::control::{Order, send};
use crate::docker::{docker, engine};
use crate::home::{Home, Running, Settings};
use crate::{env, frontend, image, network, random_word, repository, say};
use clap::Args;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time until the daemon is ready; it needs some 20 ms.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// How long things take, as a share of what they take at Vultr: 1 is real, 0 is at once
    #[arg(long, value_name = "SHARE", default_value_t = 0.03, value_parser = share)]
    scale: f64,
    /// Port of the Vultr API on loopback; 0 is any
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    vultr_port: u16,
    /// Port of OpenNebula's API on loopback; 0 is any
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    opennebula_port: u16,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=10.0).contains(&share) => Ok(share),
        _ => Err("a number from 0 to 10 is needed".to_owned()),
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), SandboxError> {
    let home = Home::make(&arguments.place.dir)?;
    if let Some(running) = home.running()?
        && send(&running, Order::Ping).await.is_ok()
    {
        say::out(&format!("a sandbox is up in {} already", home.name()));
        say_where(&home);
        return Ok(());
    }
    let engine = engine().await?;
    // What a sandbox left that was killed.
    down::remove(&home).await?;
    let images = image::ensure(&home).await?;
    let work = start(&home, &arguments, images, engine.cgroups_v2);
    let done = tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => Err(SandboxError::Interrupted),
    };
    if let Err(error) = done {
        down::remove(&home).await?;
        return Err(error);
    }
    say::progress("both sides answer");
    say_where(&home);
    Ok(())
}

fn say_where(home: &Home) {
    say::out(&format!(
        "in a shell that is to use it: . {}",
        home.env().display()
    ));
}

async fn start(
    home: &Home,
    arguments: &Arguments,
    images: image::Images,
    cgroups_v2: bool,
) -> Result<(), SandboxError> {
    let debian12 = images
        .names
        .first()
        .map(|(_, name)| name.clone())
        .unwrap_or_default();
    let public = network::create_public(home).await?;
    say::progress(&format!(
        "public network {}, VPCs from {}",
        public.net, public.vpc_pool
    ));
    repository::prepare(home, &debian12).await?;
    say::progress("keys and packages made");
    let settings = Settings {
        public_net: public.net,
        public_name: public.name,
        public_mtu: public.mtu,
        vpc_pool: public.vpc_pool,
        api_key: random_word(36),
        password: random_word(24),
        scale: arguments.scale,
        vultr_port: arguments.vultr_port,
        opennebula_port: arguments.opennebula_port,
        images: images.names,
        cgroups_v2,
        proxied: images.proxied,
    };
    home.remember(&settings)?;
    frontend::create(home, &settings, &debian12).await?;
    say::progress(&format!("front-end answers on {}", settings.frontend()));
    let running = start_daemon(home).await?;
    check_reach(home, &running).await?;
    env::write(home, &settings, &running)?;
    Ok(())
}

/// Starts this program again as the daemon and waits until it is ready.
async fn start_daemon(home: &Home) -> Result<Running, SandboxError> {
    let log = fs_err::File::create(home.log())?.into_parts().0;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["serve", "--dir", home.name()])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .current_dir("/")
        .spawn()?;
    let begun = Instant::now();
    let waited = loop {
        if let Some(running) = home.running()?
            && send(&running, Order::Ping).await.is_ok()
        {
            return Ok(running);
        }
        if child.try_wait()?.is_some() {
            let log = fs_err::read_to_string(home.log())?;
            break SandboxError::DaemonEnded(image::last_lines(&log, 15));
        }
        if begun.elapsed() > PATIENCE {
            let log = home.log().display().to_string();
            break SandboxError::DaemonSlow(PATIENCE.as_secs(), log);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    end(&mut child)?;
    Err(waited)
}

fn end(child: &mut Child) -> std::io::Result<()> {
    if child.try_wait()?.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

/// Looks from the front-end whether hosts reach this machine: firewalls often drop what comes from containers.
async fn check_reach(home: &Home, running: &Running) -> Result<(), SandboxError> {
    let at = running
        .repository
        .trim_start_matches("http://")
        .trim_end_matches("/repo");
    let (address, port) = at.split_once(':').unwrap_or((at, "80"));
    let name = frontend::container_name(home);
    let path = format!("exec 3<> /dev/tcp/{address}/{port}");
    match docker(&["exec", &name, "timeout", "5", "bash", "-c", &path]).await {
        Ok(_) => Ok(()),
        Err(error) => Err(SandboxError::Firewall(at.to_owned(), error.to_string())),
    }
}
